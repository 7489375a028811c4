"""Two transcripts of the same sound to one: where they differ, the surer words win. Pure.

The idea is ROVER's (Fiscus 1997): align the words, then vote in each place. With two engines the
vote is one of confidences.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from mp4totext.providers.speech.decoding.sentences import segments_from_words
from mp4totext.transcript import Segment, Word

# How much surer the second engine must be. On clips, an audiobook, dialogues, videos and hard sound
# (3,305 words) Whisper base has 377 errors alone; with Moonshine's words at margins of 0, 0.1 and
# 0.2 it is 321, 316 and 324.
MARGIN = 0.1
_MISMATCH = 1.2  # two words beside each other are cheaper than one left out and one put in
_APART = 2.0  # added where they are not said at the same time
_SAME_TIME_MS = 600
_LETTERS = re.compile(r"[^\w']+")
_TAIL = re.compile(r"(?<![^\w'])[^\w']*$")

Pair = tuple[tuple[Word, ...], tuple[Word, ...]]  # the first engine's words and the second's


def voted(first: Sequence[Segment], second: Sequence[Segment]) -> tuple[Segment, ...]:
    """Sentences with the casing and punctuation of the first, which is the better one."""
    words: list[Word] = []
    for own, other in _places(_words(first), _words(second)):
        words += _chosen(own, other)
    ordered: list[Word] = []
    floor_ms = 0
    for word in words:
        start_ms = max(word.start_ms, floor_ms)
        ordered.append(replace(word, start_ms=start_ms, end_ms=max(word.end_ms, start_ms)))
        floor_ms = ordered[-1].end_ms
    language = first[0].language if first else None
    return tuple(replace(s, language=language) for s in segments_from_words(ordered))


def ending_like(segment: Segment, like: Segment) -> Segment:
    """With the punctuation at the end that another one has there."""
    found = _TAIL.search(like.text)
    return _respelled(segment, -1, lambda text: _TAIL.sub("", text) + (found[0] if found else ""))


def with_capital(segment: Segment) -> Segment:
    return _respelled(segment, 0, lambda text: text[:1].upper() + text[1:])


def _respelled(segment: Segment, at: int, spelled: Callable[[str], str]) -> Segment:
    """``spelled``: of the text, and of the word that is at that end of it."""
    words = list(segment.words)
    if words:
        words[at] = replace(words[at], text=spelled(words[at].text) or words[at].text)
    return replace(segment, words=tuple(words), text=spelled(segment.text) or segment.text)


def _words(segments: Sequence[Segment]) -> list[Word]:
    return [word for segment in segments for word in segment.words]


def _chosen(own: Sequence[Word], other: Sequence[Word]) -> list[Word]:
    if not other or not own:
        return list(own)  # a word that only the second engine has is more often wrong than right
    if [_spelling(word) for word in own] == [_spelling(word) for word in other]:
        return [_agreed(a, b) for a, b in zip(own, other, strict=True)]
    return _dressed(other, own) if _sure(other) > _sure(own) + MARGIN else list(own)


def _sure(words: Sequence[Word]) -> float:
    return sum(word.confidence or 0.0 for word in words) / len(words)


def _agreed(word: Word, other: Word) -> Word:
    doubt = (1.0 - (word.confidence or 0.0)) * (1.0 - (other.confidence or 0.0))
    return replace(word, confidence=round(1.0 - doubt, 3))


def _dressed(words: Sequence[Word], like: Sequence[Word]) -> list[Word]:
    """With the capital and the punctuation that the words had which they replace."""
    dressed = [replace(word, text=_TAIL.sub("", word.text) or word.text) for word in words]
    if like[0].text[:1].isupper():
        text = dressed[0].text
        dressed[0] = replace(dressed[0], text=text[:1].upper() + text[1:])
    tail = _TAIL.search(like[-1].text)
    dressed[-1] = replace(dressed[-1], text=dressed[-1].text + (tail[0] if tail else ""))
    return dressed


def _spelling(word: Word) -> str:
    return _LETTERS.sub("", word.text.lower())


def _places(first: Sequence[Word], second: Sequence[Word]) -> Iterator[Pair]:
    """Words that agree one by one; between them, groups of words that differ."""
    own: list[Word] = []
    other: list[Word] = []
    for n, m in _alignment(first, second):
        if n is not None and m is not None and _spelling(first[n]) == _spelling(second[m]):
            if own or other:
                yield tuple(own), tuple(other)
                own, other = [], []
            yield (first[n],), (second[m],)
            continue
        own += [first[n]] if n is not None else []
        other += [second[m]] if m is not None else []
    if own or other:
        yield tuple(own), tuple(other)


def _alignment(
    first: Sequence[Word], second: Sequence[Word]
) -> list[tuple[int | None, int | None]]:
    """The cheapest way from one to the other. A window has some 300 words: 0.1 s."""
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
