"""The transcript as tiers of research programs: phrases and words of each speaker."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mp4totext.editing.word_times import retimed
from mp4totext.kit import unicode
from mp4totext.transcript import Segment, Transcript, Word


@dataclass(frozen=True, slots=True)
class Interval:
    start_ms: int
    end_ms: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """A tier: intervals in order, none empty, without overlaps."""

    name: str
    speaker: str  # the name, "" when unknown
    intervals: tuple[Interval, ...]


def tiers(transcript: Transcript, *, speakers: bool) -> list[Tier]:
    """Two tiers (phrases, words) for each speaker, or two for all speakers."""
    grouped: dict[str | None, list[Segment]] = {}
    for segment in transcript.segments:
        grouped.setdefault(segment.speaker if speakers else None, []).append(segment)
    found: list[Tier] = []
    for speaker, segments in grouped.items():
        label = unicode.clean(transcript.speaker_label(speaker) or "")
        name = label or "Speech"
        if {name, f"{name}: words"} & {tier.name for tier in found}:  # two people have one name
            name = f"{name} ({speaker})"
        spoken = [word for segment in segments for word in words_of(segment)]
        for tier, parts in ((name, segments), (f"{name}: words", spoken)):
            intervals = tuple(_apart(parts))
            found.append(Tier(name=tier, speaker=label, intervals=intervals))
    return found


def words_of(segment: Segment) -> tuple[Word, ...]:
    """Words that spell the segment's text. Without times of the engine they share its duration."""
    return retimed(segment).words


def _apart(parts: Iterable[Segment | Word]) -> Iterator[Interval]:
    """Remove overlaps of intervals. A part without a duration is joined with the one before."""
    last: Interval | None = None
    for part in sorted(parts, key=lambda part: part.start_ms):
        text = unicode.clean(part.text)
        if not text:
            continue
        start_ms = max(part.start_ms, last.end_ms if last else 0)
        if last is not None and part.end_ms <= start_ms:
            last = Interval(last.start_ms, last.end_ms, unicode.joined([last.text, text]))
            continue
        if last is not None:
            yield last
        last = Interval(start_ms, max(part.end_ms, start_ms + 1), text)
    if last is not None:
        yield last
