"""Merges two transcripts of the same sound: where they differ, the more confident words win. Pure.

After ROVER (Fiscus 1997): align the words, then vote at each position. With two engines the vote is
one of confidences.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from mp4totext.providers.speech.decoding.sentences import ends_sentence, segments_from_words
from mp4totext.transcript import Segment, Word

# How much more confident the second engine must be, and how confident where it alone has words. On
# clips, an audiobook, dialogues, a call, videos and hard sound (4,252 words) Whisper base has 665
# errors alone. With Moonshine's words at margins of 0, 0.05, 0.1 and 0.2 it has 575, 571, 576 and
# 578, and at 0.05 with words that it alone has from 0.5, 0.6 and 0.7, 546, 546 and 548.
MARGIN = 0.05
_ALONE = 0.6
_MISMATCH = 1.2  # substituting a word costs less than a deletion plus an insertion
_APART = 2.0  # added if two words are not at the same time
_SAME_TIME_MS = 600
_LETTERS = re.compile(r"[^\w']+")
_TAIL = re.compile(r"(?<![^\w'])[^\w']*$")

Pair = tuple[tuple[Word, ...], tuple[Word, ...]]  # words of the first engine and of the second


def voted(first: Sequence[Segment], second: Sequence[Segment]) -> tuple[Segment, ...]:
    """Sentences with the casing and punctuation of the first engine, the more accurate one."""
    words: list[Word] = []
    for ours, theirs in _places(_words(first), _words(second)):
        words += _winners(ours, theirs, begins=not words or ends_sentence(words[-1].text))
    ordered: list[Word] = []
    floor_ms = 0
    for word in words:
        start_ms = max(word.start_ms, floor_ms)
        ordered.append(replace(word, start_ms=start_ms, end_ms=max(word.end_ms, start_ms)))
        floor_ms = ordered[-1].end_ms
    language = first[0].language if first else None
    return tuple(replace(s, language=language) for s in segments_from_words(ordered))


def ending_like(segment: Segment, like: Segment) -> Segment:
    """The segment with the final punctuation of ``like``."""
    tail = _TAIL.search(like.text)
    return _respelled(segment, -1, lambda text: _TAIL.sub("", text) + (tail[0] if tail else ""))


def with_capital(segment: Segment) -> Segment:
    return _respelled(segment, 0, lambda text: text[:1].upper() + text[1:])


def _respelled(segment: Segment, at: int, spelled: Callable[[str], str]) -> Segment:
    """Apply ``spelled`` to the text, and to its first (``at`` 0) or last (-1) word."""
    words = list(segment.words)
    if words:
        words[at] = replace(words[at], text=spelled(words[at].text) or words[at].text)
    return replace(segment, words=tuple(words), text=spelled(segment.text) or segment.text)


def _words(segments: Sequence[Segment]) -> list[Word]:
    return [word for segment in segments for word in segment.words]


def _winners(first: Sequence[Word], second: Sequence[Word], *, begins: bool) -> list[Word]:
    """The words for one position, for which at least one engine has some.

    ``begins``: whether they begin a sentence.
    """
    if not second:
        return list(first)
    if not first:
        return list(second) if _mean_confidence(second) >= _ALONE else []
    if [_spelling(word) for word in first] == [_spelling(word) for word in second]:
        return [_agreed(a, b) for a, b in zip(first, second, strict=True)]
    if _mean_confidence(second) > _mean_confidence(first) + MARGIN:
        return _punctuated(second, like=first, begins=begins)
    return list(first)


def _mean_confidence(words: Sequence[Word]) -> float:
    return sum(word.confidence or 0.0 for word in words) / len(words)


def _agreed(word: Word, other: Word) -> Word:
    """Both engines would have to be wrong, so their doubts are multiplied.

    The times are the second engine's, whose words end closer to the voice (docs/accuracy.md).
    """
    doubt = (1.0 - (word.confidence or 0.0)) * (1.0 - (other.confidence or 0.0))
    meet = word.start_ms < other.end_ms and other.start_ms < word.end_ms
    times = other if meet else word
    return replace(
        word,
        confidence=round(1.0 - doubt, 3),
        start_ms=times.start_ms,
        end_ms=times.end_ms,
        estimated=times.estimated,
    )


def _punctuated(words: Sequence[Word], *, like: Sequence[Word], begins: bool) -> list[Word]:
    """The words with the final punctuation of those that they replace, and a capital if they begin
    a sentence. Inside, they keep their own: a capital that they replace may be that of a name.
    """
    punctuated = list(words)
    if begins and like[0].text[:1].isupper():
        text = punctuated[0].text
        punctuated[0] = replace(punctuated[0], text=text[:1].upper() + text[1:])
    tail = _TAIL.search(like[-1].text)
    last = _TAIL.sub("", punctuated[-1].text) or punctuated[-1].text
    punctuated[-1] = replace(punctuated[-1], text=last + (tail[0] if tail else ""))
    return punctuated


def _spelling(word: Word) -> str:
    return _LETTERS.sub("", word.text.lower())


def _places(first: Sequence[Word], second: Sequence[Word]) -> Iterator[Pair]:
    """Words that agree one by one; between them, groups of words that differ."""
    ours: list[Word] = []
    theirs: list[Word] = []
    for n, m in _alignment(first, second):
        if n is not None and m is not None and _spelling(first[n]) == _spelling(second[m]):
            if ours or theirs:
                yield tuple(ours), tuple(theirs)
                ours, theirs = [], []
            yield (first[n],), (second[m],)
            continue
        ours += [first[n]] if n is not None else []
        theirs += [second[m]] if m is not None else []
    if ours or theirs:
        yield tuple(ours), tuple(theirs)


def _alignment(
    first: Sequence[Word], second: Sequence[Word]
) -> list[tuple[int | None, int | None]]:
    """The cheapest alignment. A window has about 300 words: 0.1 s."""
    spellings = [_spelling(word) for word in first], [_spelling(word) for word in second]

    def cost(n: int, m: int) -> float:
        differs = 0.0 if spellings[0][n] == spellings[1][m] else _MISMATCH
        a, b = first[n], second[m]
        apart = max(a.start_ms - b.end_ms, b.start_ms - a.end_ms) > _SAME_TIME_MS
        return differs + (_APART if apart else 0.0)

    rows: list[list[float]] = [[float(m) for m in range(len(second) + 1)]]
    for n in range(len(first)):
        row = [float(n + 1)]
        for m in range(len(second)):
            row.append(min(rows[n][m] + cost(n, m), rows[n][m + 1] + 1, row[m] + 1))
        rows.append(row)
    n, m = len(first), len(second)
    path: list[tuple[int | None, int | None]] = []
    while n or m:
        if n and m and rows[n][m] == rows[n - 1][m - 1] + cost(n - 1, m - 1):
            n, m = n - 1, m - 1
            path.append((n, m))
        elif n and rows[n][m] == rows[n - 1][m] + 1:
            n -= 1
            path.append((n, None))
        else:
            m -= 1
            path.append((None, m))
    return path[::-1]
