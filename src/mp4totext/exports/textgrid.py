"""Praat's TextGrid in its long format: a tier of phrases and a tier of words for each speaker."""

from collections.abc import Iterator

from mp4totext.exports.options import ExportOptions
from mp4totext.exports.tiers import Interval, Tier, tiers
from mp4totext.kit.timecode import seconds
from mp4totext.transcript import Transcript


def render(transcript: Transcript, options: ExportOptions) -> bytes:
    found = tiers(transcript, speakers=options.speakers)
    found = found or [Tier(name="Speech", speaker="", intervals=())]
    ends = (each.intervals[-1].end_ms for each in found if each.intervals)
    end_ms = max(1, transcript.duration_ms, *ends)
    lines = [
        'File type = "ooTextFile"',
        'Object class = "TextGrid"',
        "",
        "xmin = 0",
        f"xmax = {seconds(end_ms)}",
        "tiers? <exists>",
        f"size = {len(found)}",
        "item []:",
    ]
    for number, tier in enumerate(found, 1):
        lines += _tier(number, tier, end_ms)
    return ("\n".join(lines) + "\n").encode()


def _tier(number: int, tier: Tier, end_ms: int) -> Iterator[str]:
    intervals = list(_tiled(tier, end_ms))
    yield f"    item [{number}]:"
    yield '        class = "IntervalTier"'
    yield f"        name = {_quoted(tier.name)}"
    yield "        xmin = 0"
    yield f"        xmax = {seconds(end_ms)}"
    yield f"        intervals: size = {len(intervals)}"
    for position, interval in enumerate(intervals, 1):
        yield f"        intervals [{position}]:"
        yield f"            xmin = {seconds(interval.start_ms)}"
        yield f"            xmax = {seconds(interval.end_ms)}"
        yield f"            text = {_quoted(interval.text)}"


def _tiled(tier: Tier, end_ms: int) -> Iterator[Interval]:
    """Fill the silence with empty intervals, as a Praat tier must not have gaps."""
    at_ms = 0
    for interval in tier.intervals:
        if interval.start_ms > at_ms:
            yield Interval(at_ms, interval.start_ms, "")
        yield interval
        at_ms = interval.end_ms
    if at_ms < end_ms:
        yield Interval(at_ms, end_ms, "")


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
