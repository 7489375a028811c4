"""A call with one side a channel: each side is heard by itself, also while both speak."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mp4totext.media.decode import AudioReader
from mp4totext.providers.base import SAMPLE_RATE, Report, Samples
from mp4totext.providers.speech.base import SpeechRequest, SpeechResult, SpeechToText
from mp4totext.providers.speech.decoding import quality
from mp4totext.transcript import (
    Coverage,
    CoverageKind,
    Segment,
    Speaker,
    Transcript,
    Word,
    renumbered,
)

_PER_MS = SAMPLE_RATE // 1_000
_SAME_TIME_MS = 400  # a word and its leak are recognised this near to each other
_TWINS_SHARE = 0.6  # of a sentence's words: the rest of a leak is misheard
_LEAK_LEVEL = 0.5  # a leak is at most half as loud (6 dB) as what it is a leak of

_Channels = NDArray[np.float32]  # (channels, samples)


def transcribe(
    engine: SpeechToText, path: Path, *, request: SpeechRequest, end_ms: int, report: Report
) -> SpeechResult:
    """One window. Segments carry their channel as speaker, "1" or "2"."""
    with AudioReader(path) as reader:
        audio = reader.read_channels(request.offset_ms, end_ms)
        warnings = tuple(reader.warnings)
    wanted = (end_ms - request.offset_ms) * _PER_MS
    audio = np.pad(audio, ((0, 0), (0, max(0, wanted - audio.shape[1]))))
    heard = [
        engine.transcribe(replace(request, samples=side), _share(report, n, len(audio)))
        for n, side in enumerate(audio)
    ]
    return merged(heard, audio, offset_ms=request.offset_ms, warnings=warnings)


def _share(report: Report, number: int, sides: int) -> Report:
    """Progress of one side as its share of the window: it runs once, not once a side."""
    return lambda done_ms: report(done_ms // sides) if number == 0 else report(0)


def merged(
    heard: Sequence[SpeechResult], audio: _Channels, *, offset_ms: int, warnings: tuple[str, ...]
) -> SpeechResult:
    """Both sides in order of time, without what leaked from one into the other."""
    segments = [
        _labelled(segment, str(n + 1))
        for n, own in enumerate(heard)
        for segment in own.segments
        if not _is_leak(segment, n, heard, audio, offset_ms)
    ]
    segments.sort(key=lambda segment: (segment.start_ms, segment.end_ms))
    main = max(heard, key=lambda result: sum(len(s.words) for s in result.segments))
    return replace(
        main,
        segments=renumbered(tuple(segments)),
        coverage=_covered([result.coverage for result in heard]),
        model=next((result.model for result in heard if result.model), ""),
        warnings=tuple(dict.fromkeys([*(w for r in heard for w in r.warnings), *warnings])),
        turns=(),
    )


def _labelled(segment: Segment, speaker: str) -> Segment:
    words = tuple(replace(word, speaker=speaker) for word in segment.words)
    return replace(segment, words=words, speaker=speaker)


def _is_leak(
    segment: Segment, own: int, heard: Sequence[SpeechResult], audio: _Channels, offset_ms: int
) -> bool:
    """Whether the other side says the same at the same time, and is clearly louder."""
    for other, result in enumerate(heard):
        if other == own or not segment.words:
            continue
        near = list(_near(segment, result))
        twins = sum(any(_are_twins(word, theirs) for theirs in near) for word in segment.words)
        if twins < _TWINS_SHARE * len(segment.words):
            continue
        span = slice(
            (segment.start_ms - offset_ms) * _PER_MS, (segment.end_ms - offset_ms) * _PER_MS
        )
        if _level(audio[own, span]) < _LEAK_LEVEL * _level(audio[other, span]):
            return True
    return False


def _near(segment: Segment, result: SpeechResult) -> Iterator[Word]:
    for other in result.segments:
        if other.start_ms <= segment.end_ms and other.end_ms >= segment.start_ms:
            yield from other.words


def _are_twins(word: Word, other: Word) -> bool:
    return (
        abs(word.start_ms - other.start_ms) <= _SAME_TIME_MS
        and word.text.strip(".,!?").lower() == other.text.strip(".,!?").lower()
    )


def _level(samples: Samples) -> float:
    return float(np.sqrt(np.mean(samples**2))) if len(samples) else 0.0


def _covered(sides: Sequence[Sequence[Coverage]]) -> tuple[Coverage, ...]:
    """What any side says of a stretch; what went wrong on one is not hidden by the other."""
    found = [replace(s, kind=CoverageKind.NO_SPEECH, text=None, reason=None) for s in sides[0]]
    coverage = quality.tiled(found[0].start_ms, found[-1].end_ms, ()) if found else ()
    for kind in (CoverageKind.SPEECH, CoverageKind.FAILED, CoverageKind.QUARANTINED):
        for side in sides:
            coverage = quality.overlaid(coverage, (s for s in side if s.kind is kind))
    return tuple(_joined(coverage))


def _joined(coverage: Sequence[Coverage]) -> Iterator[Coverage]:
    """Neighbours that say the same as one stretch."""
    last: Coverage | None = None
    for stretch in coverage:
        if last is not None and replace(last, end_ms=stretch.end_ms) == replace(
            stretch, start_ms=last.start_ms
        ):
            last = replace(last, end_ms=stretch.end_ms)
            continue
        if last is not None:
            yield last
        last = stretch
    if last is not None:
        yield last


def with_speakers(transcript: Transcript) -> Transcript:
    """The channels as speakers, named in order of first appearance."""
    order = dict.fromkeys(s.speaker for s in transcript.segments if s.speaker is not None)
    names = {channel: f"S{n}" for n, channel in enumerate(order, 1)}
    segments = tuple(_labelled(s, names[s.speaker or ""]) for s in transcript.segments)
    return replace(
        transcript,
        segments=segments,
        speakers=tuple(Speaker(id=name) for name in names.values()),
    )


def without_speakers(transcript: Transcript) -> Transcript:
    """For who did not ask who speaks."""
    return replace(
        transcript,
        segments=tuple(
            replace(
                segment,
                speaker=None,
                words=tuple(replace(word, speaker=None) for word in segment.words),
            )
            for segment in transcript.segments
        ),
    )
