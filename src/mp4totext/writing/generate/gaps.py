"""What a delivered text leaves out of its recording, by time, and how its reader is told."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from mp4totext.kit.timecode import short_clock
from mp4totext.transcript import Segment
from mp4totext.writing.generate.source import Material

MOST_TOLD = 20

Reason = Literal["refused", "not_returned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Neighbouring segments; ``refused``: by the vendor's safety rules."""

    transcription_id: str
    segment_ids: tuple[str, ...]
    start_ms: int
    end_ms: int
    reason: Reason

    @property
    def range(self) -> str:
        return f"{short_clock(self.start_ms, hours=True)} to {short_clock(self.end_ms, hours=True)}"


def gaps_of(
    material: Material, *, missing: Collection[str], refused: Collection[str]
) -> tuple[Gap, ...]:
    """In the recording's order; segments without words neither begin nor end one."""

    def state(segment: Segment) -> Reason | None:
        if segment.id not in missing:
            return None
        return "refused" if segment.id in refused else "not_returned"

    spoken = [segment for segment in material.transcript.segments if segment.text.strip()]
    return tuple(
        gap
        for reason, segments in groupby(spoken, key=state)
        if reason is not None
        for gap in _placed(material, [one.id for one in segments], reason)
    )


def _placed(material: Material, segment_ids: list[str], reason: Reason) -> Iterator[Gap]:
    for place in material.places(segment_ids):
        yield Gap(
            transcription_id=place.transcription_id,
            segment_ids=place.segment_ids,
            start_ms=place.start_ms,
            end_ms=place.end_ms,
            reason=reason,
        )


def refusals(gaps: Collection[Gap], *, by: str, stands: str) -> Iterator[str]:
    """Warnings. ``stands``: what became of the stretch in the text."""
    found = [gap for gap in gaps if gap.reason == "refused"]
    for gap in found[:MOST_TOLD]:
        yield f"{gap.range} {stands}: {by} refused it for its safety rules. It is not billed."
    if len(found) > MOST_TOLD:
        yield f"{len(found) - MOST_TOLD} more stretches were refused."


def note(gaps: Collection[Gap]) -> str:
    """The last line of a merged text, so that nobody takes it for the whole."""
    ranges = ", ".join(gap.range for gap in gaps)
    return f"\n\n> Missing here: {ranges} (refused for safety rules)." if ranges else ""
