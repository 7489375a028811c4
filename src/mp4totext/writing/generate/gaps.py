"""Gaps: the parts of a recording that a text does not cover, and the warnings about them."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from mp4totext.kit.timecode import short_clock
from mp4totext.transcript import Segment
from mp4totext.writing.generate.source import Source

RANGES_LISTED_MAX = 20  # warnings of one text

Reason = Literal["refused", "not_returned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Neighbouring segments that are missing for one reason.

    ``refused``: by the vendor's safety rules; ``not_returned``: the model left them out.
    """

    transcription_id: str
    segment_ids: tuple[str, ...]
    start_ms: int
    end_ms: int
    reason: Reason

    @property
    def range(self) -> str:
        return f"{short_clock(self.start_ms, hours=True)} to {short_clock(self.end_ms, hours=True)}"


def gaps_of(
    source: Source, *, missing: Collection[str], refused: Collection[str]
) -> tuple[Gap, ...]:
    """In the recording's order. Segments without words neither begin, end nor split a gap."""

    def reason_of(segment: Segment) -> Reason | None:
        if segment.id not in missing:
            return None
        return "refused" if segment.id in refused else "not_returned"

    spoken = [segment for segment in source.transcript.segments if segment.text.strip()]
    gaps = []
    for reason, segments in groupby(spoken, key=reason_of):
        if reason is None:
            continue
        for place in source.places([segment.id for segment in segments]):
            gap = Gap(
                transcription_id=place.transcription_id,
                segment_ids=place.segment_ids,
                start_ms=place.start_ms,
                end_ms=place.end_ms,
                reason=reason,
            )
            gaps.append(gap)
    return tuple(gaps)


def refusal_warnings(gaps: Collection[Gap], *, refused_by: str, outcome: str) -> Iterator[str]:
    """Warnings for people. ``outcome``: what the text has instead, such as "is missing"."""
    refused = [gap for gap in gaps if gap.reason == "refused"]
    for gap in refused[:RANGES_LISTED_MAX]:
        yield (
            f"{gap.range} {outcome}: the safety rules of {refused_by} blocked it. It is not billed."
        )
    if len(refused) > RANGES_LISTED_MAX:
        yield f"{len(refused) - RANGES_LISTED_MAX} more stretches were blocked."


def missing_note(gaps: Collection[Gap]) -> str:
    """The last line of a merged text, which states that it does not cover the whole recording."""
    ranges = ", ".join(gap.range for gap in gaps)
    return f"\n\n> Missing here: {ranges} (blocked by safety rules)." if ranges else ""
