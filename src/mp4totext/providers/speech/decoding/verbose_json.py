"""Converts responses of OpenAI's audio API, and of similar vendors, to raw segments. Pure.

No field is trusted: one that is missing, null or mistyped loses its own value, but no text.
"""

import math
from collections.abc import Iterator, Sequence

from mp4totext.providers.json_fields import JsonObject, number, objects, seconds_to_ms, text
from mp4totext.providers.speech.decoding.word_timing import RawSegment, RawWord


def segments_in(answer: JsonObject, *, offset_ms: int) -> list[RawSegment]:
    """Segments with their words; or the plain text, if it contains more than the segments."""
    segments = [item for item in objects(answer.get("segments")) if text(item.get("text"))]
    words = [_word(item, offset_ms) for item in objects(answer.get("words"))]
    words = [word for word in words if word.text]
    whole = text(answer.get("text"))
    in_segments = "".join(text(segment.get("text")) for segment in segments)
    if whole and _without_spaces(in_segments) != _without_spaces(whole):
        anchors = tuple(words) or tuple(_first_words(segments, offset_ms))
        return [RawSegment(text=whole, words=anchors)]
    if not segments and words:
        return [RawSegment(text=" ".join(word.text for word in words), words=tuple(words))]
    return list(_with_words(segments, words, offset_ms))


def _with_words(
    segments: Sequence[JsonObject], words: Sequence[RawWord], offset_ms: int
) -> Iterator[RawSegment]:
    """The response has one list of words: each is assigned to the next segment with its text."""
    at = 0
    for segment in segments:
        segment_text = text(segment.get("text"))
        taken = _count_of_words(segment_text, words[at:])
        log_prob = number(segment.get("avg_logprob"))
        yield RawSegment(
            text=segment_text,
            start_ms=seconds_to_ms(segment.get("start"), offset_ms),
            end_ms=seconds_to_ms(segment.get("end"), offset_ms),
            words=tuple(words[at : at + taken]),
            confidence=None if log_prob is None else math.exp(min(log_prob, 0.0)),
            speaker=text(segment.get("speaker")) or None,
        )
        at += taken


def _count_of_words(segment_text: str, words: Sequence[RawWord]) -> int:
    """How many of the words belong to this text, by counting letters and digits."""
    room = sum(c.isalnum() for c in segment_text)
    used = 0
    for n, word in enumerate(words):
        length = sum(c.isalnum() for c in word.text)
        # Exceeding by half a word is a difference in spelling; more belongs to the next segment.
        if used + length > room + length // 2:
            return n
        used += length
    return len(words)


def _first_words(segments: Sequence[JsonObject], offset_ms: int) -> Iterator[RawWord]:
    """The first word of each segment, as an anchor in a text that has more than the segments."""
    for segment in segments:
        first, _, _ = text(segment.get("text")).partition(" ")
        yield RawWord(text=first, start_ms=seconds_to_ms(segment.get("start"), offset_ms))


def _word(item: JsonObject, offset_ms: int) -> RawWord:
    return RawWord(
        text=text(item.get("word")),
        start_ms=seconds_to_ms(item.get("start"), offset_ms),
        end_ms=seconds_to_ms(item.get("end"), offset_ms),
        confidence=number(item.get("probability")),
    )


def words_with_confidence(answer: JsonObject) -> tuple[RawWord, ...]:
    """Words without times of a ``json`` response with log-probabilities of tokens."""
    words: list[RawWord] = []
    tokens: list[tuple[str, float]] = []
    for item in objects(answer.get("logprobs")):
        token, log_prob = item.get("token"), number(item.get("logprob"))
        if not isinstance(token, str) or log_prob is None:
            continue
        if token[:1].isspace() and tokens:
            words.append(_word_of_tokens(tokens))
            tokens = []
        tokens.append((token, log_prob))
    if tokens:
        words.append(_word_of_tokens(tokens))
    return tuple(word for word in words if word.text)


def _word_of_tokens(tokens: Sequence[tuple[str, float]]) -> RawWord:
    mean = sum(log_prob for _, log_prob in tokens) / len(tokens)
    return RawWord(
        text="".join(token for token, _ in tokens).strip(), confidence=math.exp(min(mean, 0.0))
    )


def turns_in(segments: Sequence[RawSegment]) -> Iterator[tuple[float, float, str]]:
    """(start_ms, end_ms, label) of labelled segments; neighbours of one speaker are joined."""
    turn: tuple[float, float, str] | None = None
    for raw in segments:
        start, end = raw.start_ms, raw.end_ms
        if raw.speaker is None or start is None or end is None or end < start:
            continue
        if turn and turn[2] == raw.speaker:
            turn = (turn[0], max(turn[1], end), raw.speaker)
            continue
        if turn:
            yield turn
        turn = (start, end, raw.speaker)
    if turn:
        yield turn


def _without_spaces(words: str) -> str:
    return "".join(words.split())
