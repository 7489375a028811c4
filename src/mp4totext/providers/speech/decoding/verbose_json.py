"""Answers of the OpenAI audio API and of those that follow it (Groq), as Heard. Pure.

Nothing in an answer is trusted: a missing, null or wrong field costs its own value, never text.
"""

import math
from collections.abc import Iterator, Sequence

from mp4totext.providers.json_fields import JsonObject, number, objects, seconds_to_ms, text
from mp4totext.providers.speech.decoding.word_timing import Heard, HeardWord


def heard_in(answer: JsonObject, *, offset_ms: int) -> list[Heard]:
    """Segments with their words; the plain text when it holds more than they do."""
    segments = [s for s in objects(answer.get("segments")) if text(s.get("text"))]
    words = [_word(w, offset_ms) for w in objects(answer.get("words"))]
    words = [word for word in words if word.text]
    whole = text(answer.get("text"))
    if _squeezed("".join(text(s.get("text")) for s in segments)) != _squeezed(whole) and whole:
        return [Heard(text=whole, words=tuple(words) or tuple(_segment_words(segments, offset_ms)))]
    if not segments and words:
        return [Heard(text=" ".join(word.text for word in words), words=tuple(words))]
    return list(_segments(segments, words, offset_ms))


def _segments(
    segments: Sequence[JsonObject], words: Sequence[HeardWord], offset_ms: int
) -> Iterator[Heard]:
    """Words are one list for the whole answer: each goes to the segment whose text has its turn."""
    at = 0
    for segment in segments:
        spoken = text(segment.get("text"))
        taken = _taken(spoken, words[at:])
        yield Heard(
            text=spoken,
            start_ms=seconds_to_ms(segment.get("start"), offset_ms),
            end_ms=seconds_to_ms(segment.get("end"), offset_ms),
            words=tuple(words[at : at + taken]),
            confidence=_probability(segment.get("avg_logprob")),
            speaker=text(segment.get("speaker")) or None,
        )
        at += taken


def _taken(spoken: str, words: Sequence[HeardWord]) -> int:
    """How many of the words in turn are this text's, by counting letters and digits."""
    room = sum(c.isalnum() for c in spoken)
    used = 0
    for n, word in enumerate(words):
        length = sum(c.isalnum() for c in word.text)
        # Half a word over the end is a spelling that differs; more belongs to the next segment.
        if used + length > room + length // 2:
            return n
        used += length
    return len(words)


def _segment_words(segments: Sequence[JsonObject], offset_ms: int) -> Iterator[HeardWord]:
    """The first word of each segment, as an anchor in a text that has more than its segments."""
    for segment in segments:
        first, _, _ = text(segment.get("text")).partition(" ")
        yield HeardWord(text=first, start_ms=seconds_to_ms(segment.get("start"), offset_ms))


def _word(word: JsonObject, offset_ms: int) -> HeardWord:
    return HeardWord(
        text=text(word.get("word")),
        start_ms=seconds_to_ms(word.get("start"), offset_ms),
        end_ms=seconds_to_ms(word.get("end"), offset_ms),
        confidence=number(word.get("probability")),
    )


def words_with_confidence(answer: JsonObject) -> tuple[HeardWord, ...]:
    """Untimed words of a ``json`` answer with log probabilities by token."""
    words: list[HeardWord] = []
    pieces: list[tuple[str, float]] = []
    for entry in objects(answer.get("logprobs")):
        token, log_prob = entry.get("token"), number(entry.get("logprob"))
        if not isinstance(token, str) or log_prob is None:
            continue
        if token[:1].isspace() and pieces:
            words.append(_joined(pieces))
            pieces = []
        pieces.append((token, log_prob))
    if pieces:
        words.append(_joined(pieces))
    return tuple(word for word in words if word.text)


def _joined(pieces: Sequence[tuple[str, float]]) -> HeardWord:
    mean = sum(log_prob for _, log_prob in pieces) / len(pieces)
    return HeardWord(
        text="".join(token for token, _ in pieces).strip(), confidence=math.exp(min(mean, 0.0))
    )


def turns_in(heard: Sequence[Heard]) -> Iterator[tuple[float, float, str]]:
    """(start_ms, end_ms, label) of labelled segments; neighbours by one person are joined."""
    open_turn: tuple[float, float, str] | None = None
    for h in heard:
        if h.speaker is None or h.start_ms is None or h.end_ms is None or h.end_ms < h.start_ms:
            continue
        if open_turn and open_turn[2] == h.speaker:
            open_turn = (open_turn[0], max(open_turn[1], h.end_ms), h.speaker)
            continue
        if open_turn:
            yield open_turn
        open_turn = (h.start_ms, h.end_ms, h.speaker)
    if open_turn:
        yield open_turn


def _probability(log_prob: object) -> float | None:
    found = number(log_prob)
    return None if found is None else math.exp(min(found, 0.0))


def _squeezed(words: str) -> str:
    return "".join(words.split())
