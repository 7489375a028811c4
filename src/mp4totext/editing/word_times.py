"""Word times for a segment whose text no longer matches its recognised words. Pure."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from wcwidth import iter_graphemes

from mp4totext.kit import unicode
from mp4totext.transcript import Segment, Word

# A short spoken word; inserted words use a pause only if it is long enough for them.
_MS_PER_WORD = 120


@dataclass(frozen=True, slots=True)
class _Span:
    start_ms: int
    end_ms: int


def retimed(segment: Segment) -> Segment:
    """The segment with words that spell its text, in order, inside its times.

    Words the edit kept keep their measured times; changed and new ones get a share of the time
    between their neighbours by length and are marked ``estimated``. A segment without words is
    spread over its whole time. Returned as it is when its words already spell the text.
    """
    if _bare(segment.text) == "".join(_bare(word.text) for word in segment.words):
        return segment
    tokens = tokens_of(segment.text)
    whole = _Span(segment.start_ms, max(segment.start_ms, segment.end_ms))
    if not segment.words:
        words = tuple(_spread(tokens, whole, speaker=segment.speaker))
    else:
        words = tuple(_aligned(tokens, _split_words(segment.words), whole))
    return replace(segment, words=_ordered(words, whole))


def refitted(segment: Segment) -> Segment:
    """The segment with all words inside its times, after those have changed.

    Words that exceed an end share, by length, the time up to the first one inside; if that is too
    short, also the time of some that are inside.
    """
    words, whole = segment.words, _Span(segment.start_ms, segment.end_ms)
    inside = [
        n for n, w in enumerate(words) if whole.start_ms <= w.start_ms and w.end_ms <= whole.end_ms
    ]
    if len(inside) == len(words):
        return segment
    first, stop = (inside[0], inside[-1] + 1) if inside else (0, 0)
    while first < stop and words[first].start_ms - whole.start_ms < _MS_PER_WORD * first:
        first += 1
    while first < stop and whole.end_ms - words[stop - 1].end_ms < _MS_PER_WORD * (
        len(words) - stop
    ):
        stop -= 1
    if first == stop:
        return replace(segment, words=_shared_out(words, whole))
    front = _shared_out(words[:first], _Span(whole.start_ms, words[first].start_ms))
    back = _shared_out(words[stop:], _Span(words[stop - 1].end_ms, whole.end_ms))
    return replace(segment, words=_ordered((*front, *words[first:stop], *back), whole))


def _shared_out(words: Sequence[Word], span: _Span) -> tuple[Word, ...]:
    shares = _shares([word.text for word in words], span)
    return tuple(
        replace(word, start_ms=share.start_ms, end_ms=share.end_ms, estimated=True)
        for word, share in zip(words, shares, strict=True)
    )


def in_order(words: Sequence[Word]) -> tuple[Word, ...]:
    """The words with starts that never run backwards, even where people talk at once."""
    ordered: list[Word] = []
    for word in words:
        earliest = ordered[-1].start_ms if ordered else word.start_ms
        if word.start_ms >= earliest:
            ordered.append(word)
        else:
            end_ms = max(earliest, word.end_ms)
            ordered.append(replace(word, start_ms=earliest, end_ms=end_ms, estimated=True))
    return tuple(ordered)


def mean_confidence(words: Sequence[Word], otherwise: float | None) -> float | None:
    known = [word.confidence for word in words if word.confidence is not None]
    return round(sum(known) / len(known), 3) if known else otherwise


def tokens_of(text: str) -> list[str]:
    """The units that get times: stretches without spaces, single Chinese characters."""
    return [piece for chunk in text.split() for piece in _pieces(chunk)]


def word_spans(text: str, words: Sequence[str]) -> list[tuple[int, int]] | None:
    """The position of each word in the text, as (begin, end); None if the words do not spell it."""
    bare = [_bare(word) for word in words]
    if "".join(bare) != _bare(text):
        return None
    places = [n for n, character in enumerate(text) if not character.isspace()]
    spans, at, end = [], 0, 0
    for word in bare:
        begin, end = (places[at], places[at + len(word) - 1] + 1) if word else (end, end)
        spans.append((begin, end))
        at += len(word)
    return spans


def _bare(text: str) -> str:
    return "".join(text.split())


def _pieces(chunk: str) -> list[str]:
    """Single characters for Chinese and Japanese, the chunk itself for spaced scripts."""
    if not unicode.is_ideographic(chunk):
        return [chunk]
    pieces: list[str] = []
    for cluster in iter_graphemes(chunk):
        both_plain = pieces and not (
            unicode.is_ideographic(cluster) or unicode.is_ideographic(pieces[-1])
        )
        if both_plain:
            pieces[-1] += cluster
        else:
            pieces.append(cluster)
    return pieces


def _split_words(words: Sequence[Word]) -> list[Word]:
    """The words cut where tokens are cut, sharing the time; so "日本" can match "日", "本"."""
    split: list[Word] = []
    for word in words:
        pieces = tokens_of(word.text)
        spans = _shares(pieces, _Span(word.start_ms, word.end_ms))
        for piece, span in zip(pieces, spans, strict=True):
            estimated = word.estimated or len(pieces) > 1
            split.append(
                replace(
                    word,
                    text=piece,
                    start_ms=span.start_ms,
                    end_ms=span.end_ms,
                    estimated=estimated,
                )
            )
    return split


def _key(text: str) -> str:
    """Letters and digits in lower case, which two spellings of a spoken word have in common."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if c.isalnum() or unicodedata.combining(c)) or folded


def _aligned(tokens: list[str], words: list[Word], whole: _Span) -> Iterator[Word]:
    # difflib drops very common tokens from its index ("autojunk") on long inputs; for the few
    # segments that are that long, speed matters more than matching every "the".
    long = len(tokens) * len(words) > 4_000_000
    matcher = SequenceMatcher(
        None, [_key(w.text) for w in words], [_key(t) for t in tokens], autojunk=long
    )
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            kept = zip(words[a:b], tokens[c:d], strict=True)
            yield from (replace(word, text=token) for word, token in kept)
        elif c < d:
            yield from _changed(tokens[c:d], words, slice(a, b), whole)


def _changed(tokens: list[str], words: list[Word], at: slice, whole: _Span) -> Iterator[Word]:
    """Words for new tokens standing where ``words[at]`` stood; ``at`` may be empty."""
    before = words[at.start - 1] if at.start > 0 else None
    after = words[at.stop] if at.stop < len(words) else None
    replaced = words[at]
    start = replaced[0].start_ms if replaced else (before.end_ms if before else whole.start_ms)
    end = replaced[-1].end_ms if replaced else (after.start_ms if after else whole.end_ms)
    neighbour = replaced[0] if replaced else before or after
    needed_ms = _MS_PER_WORD * len(tokens)
    if not replaced and end - start < needed_ms and before:
        # No pause to insert them into: they share the last part of the previous word, whose own
        # start stays measured.
        start = max(before.start_ms, min(start, end - needed_ms))
    return _spread(
        tokens, _Span(start, max(start, end)), speaker=neighbour.speaker if neighbour else None
    )


def _spread(tokens: list[str], span: _Span, *, speaker: str | None) -> Iterator[Word]:
    for token, share in zip(tokens, _shares(tokens, span), strict=True):
        yield Word(
            text=token,
            start_ms=share.start_ms,
            end_ms=share.end_ms,
            speaker=speaker,
            estimated=True,
        )


def _shares(tokens: Sequence[str], span: _Span) -> list[_Span]:
    """The span divided by length plus one for each token, so that short words get enough."""
    weights = [len(token) + 1 for token in tokens]
    total, length = sum(weights), span.end_ms - span.start_ms
    shares, done = [], 0
    for weight in weights:
        start = span.start_ms + length * done // total
        done += weight
        shares.append(_Span(start, span.start_ms + length * done // total))
    return shares


def _ordered(words: tuple[Word, ...], whole: _Span) -> tuple[Word, ...]:
    """The same words with starts that never run backwards and all times inside the segment."""
    ordered: list[Word] = []
    earliest = whole.start_ms
    for position, word in enumerate(words):
        start = min(max(word.start_ms, earliest), whole.end_ms)
        end = min(max(word.end_ms, start), whole.end_ms)
        # A kept word is shortened if new words were inserted directly after it.
        following = words[position + 1] if position + 1 < len(words) else None
        if following and following.estimated and not word.estimated:
            end = max(start, min(end, following.start_ms))
        ordered.append(replace(word, start_ms=start, end_ms=end))
        earliest = start
    return tuple(ordered)
