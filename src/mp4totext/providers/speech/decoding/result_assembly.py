"""Makes a result of an engine's raw segments: times, coverage, quarantine. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from mp4totext.providers.speech.base import SpeechResult
from mp4totext.providers.speech.decoding import quality
from mp4totext.providers.speech.decoding.word_timing import RawSegment, RawWord, timed_segments
from mp4totext.providers.vad import Region
from mp4totext.transcript import Coverage, CoverageKind, Segment

# Voice this close to a word belongs to it, as VAD and engines differ at the edges of pauses.
REACH_MS = 1_000
LOST_MS = 1_500  # voice of this length without a word was missed
LOST_ALONE_MS = 250  # the same for isolated voice: "yes" lasts about 200 ms


def assemble_result(
    raw_segments: Iterable[RawSegment],
    *,
    start_ms: int,
    end_ms: int,
    voice: Sequence[Region],
    language: str | None = None,
    language_confidence: float | None = None,
    model: str = "",
    warnings: tuple[str, ...] = (),
) -> SpeechResult:
    """The result. ``voice`` is ordered; all times are the recording's."""
    all_segments = [part for raw in raw_segments for part in quality.without_loop(raw)]
    trusted = [raw for raw in all_segments if raw.doubt is None]
    segments = timed_segments(trusted, start_ms=start_ms, end_ms=end_ms)
    coverage = coverage_of(segments, voice=voice, start_ms=start_ms, end_ms=end_ms)
    result = SpeechResult(
        segments=segments,
        coverage=quality.overlaid(coverage, _doubted(all_segments, segments, start_ms, end_ms)),
        language=language,
        language_confidence=language_confidence,
        model=model,
        warnings=warnings,
    )
    return quality.quarantined(result, voice=voice)


def _doubted(
    raw_segments: Iterable[RawSegment], segments: Sequence[Segment], start_ms: int, end_ms: int
) -> list[Coverage]:
    """Quarantine for segments that the engine itself doubts, where no trusted text is."""
    trusted = _merged((segment.start_ms, segment.end_ms) for segment in segments)
    doubted: list[Coverage] = []
    floor_ms = start_ms
    for raw in raw_segments:
        if raw.doubt is None:
            continue
        low_ms = max(floor_ms, round(raw.start_ms or start_ms))
        high_ms = min(end_ms, round(raw.end_ms or end_ms))
        for a, b in _without(low_ms, high_ms, trusted):
            doubted.append(
                Coverage(
                    start_ms=a,
                    end_ms=b,
                    kind=CoverageKind.QUARANTINED,
                    text=raw.text,
                    reason=raw.doubt,
                )
            )
            floor_ms = b
    return doubted


def coverage_of(
    segments: Sequence[Segment], *, voice: Sequence[Region], start_ms: int, end_ms: int
) -> tuple[Coverage, ...]:
    """Speech at words, failed where long voice has no words, no speech elsewhere."""
    spoken = _merged((segment.start_ms, segment.end_ms) for segment in segments)
    lost = [
        Coverage(
            start_ms=a,
            end_ms=b,
            kind=CoverageKind.FAILED,
            reason="voiced, but no words were recognised",
        )
        for a, b in voice_without_words(segments, voice=voice)
    ]
    speech = [Coverage(start_ms=a, end_ms=b, kind=CoverageKind.SPEECH) for a, b in spoken if b > a]
    return quality.overlaid(quality.tiled(start_ms, end_ms, speech), lost)


def voice_without_words(
    segments: Sequence[Segment], *, voice: Sequence[Region]
) -> tuple[tuple[int, int], ...]:
    """(start_ms, end_ms) of voice without a word close to it, ordered and disjoint."""
    near = _merged(
        (word.start_ms - REACH_MS, word.end_ms + REACH_MS)
        for segment in segments
        for word in segment.words
    )
    lost: list[tuple[int, int]] = []
    for region in voice:
        for a, b in _without(region.start_ms, region.end_ms, near):
            alone = (a, b) == (region.start_ms, region.end_ms)
            if b - a >= (LOST_ALONE_MS if alone else LOST_MS):
                lost.append((a, b))
    return tuple(lost)


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for a, b in sorted(spans):
        if merged and a <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], b))
        else:
            merged.append((a, b))
    return merged


def _without(start: int, end: int, cut: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    at = start
    for a, b in cut:
        if b <= at or a >= end:
            continue
        if a > at:
            yield at, a
        at = max(at, b)
    if at < end:
        yield at, end


def spread_over_voice(raw: RawSegment, *, voice: Sequence[Region]) -> RawSegment:
    """Estimated times for a text without any: its letters distributed over the voice."""
    words = raw.words or tuple(RawWord(text=text) for text in raw.text.split())
    letters = sum(len(word.text) for word in words)
    total = sum(region.length_ms for region in voice)
    if not letters or not total:
        return raw
    spread: list[RawWord] = []
    done = 0
    for word in words:
        start = _time_of_voiced(voice, total * done / letters)
        done += len(word.text)
        end = _time_of_voiced(voice, total * done / letters)
        spread.append(replace(word, start_ms=start, end_ms=max(start, end), estimated=True))
    return replace(raw, words=tuple(spread))


def _time_of_voiced(voice: Sequence[Region], voiced_ms: float) -> float:
    """The time in the recording before which there is ``voiced_ms`` of voice."""
    for region in voice:
        if voiced_ms <= region.length_ms:
            return region.start_ms + voiced_ms
        voiced_ms -= region.length_ms
    return voice[-1].end_ms
