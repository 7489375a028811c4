"""Transcribes each channel of a recording separately, as in a call, and merges the results."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from mp4totext.media.crosstalk import muted, separated
from mp4totext.media.quiet_voices import each_with_quiet_voices
from mp4totext.media.samples import PER_MS, Channels
from mp4totext.media.sources import Mix
from mp4totext.media.survey import Voice
from mp4totext.providers.base import Report, Samples
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

_SAME_TIME_MS = 400  # a word and its crosstalk are recognised this close to each other
_TWINS_SHARE = 0.6  # share of a sentence's words: the rest of crosstalk is misrecognised
_LEAK_LEVEL = 0.5  # crosstalk is at most half as loud (6 dB) as its source
_SAME_SOUND = 0.9  # correlation of two channels at one time that have one sound, equally loud
_COVERED_SHARE = 0.3  # share of a sentence: with more, it is what others say


def transcribe(
    engine: SpeechToText,
    feeds: Channels,
    mix: Mix,
    *,
    request: SpeechRequest,
    voice: Voice,
    report: Report,
) -> SpeechResult:
    """One window. The speaker of a segment is the number of its feed: "1", "2" and so on.

    ``voice``: the probability of voice in each frame.
    """
    length_ms = feeds.shape[1] // PER_MS
    clean = muted(separated(feeds), feeds, [feed.voice_db for feed in mix.feeds])
    clean = each_with_quiet_voices(clean, feeds, voice)
    results = [
        engine.transcribe(
            replace(request, samples=feed), _share(report, number, len(feeds), length_ms)
        )
        for number, feed in enumerate(clean)
    ]
    return merged(results, feeds, mix, offset_ms=request.offset_ms)


def _share(report: Report, number: int, feeds: int, length_ms: int) -> Report:
    """Report the progress of one feed as a share of the window."""
    return lambda done_ms: report((number * length_ms + done_ms) // feeds)


def merged(
    results: Sequence[SpeechResult], audio: Channels, mix: Mix, *, offset_ms: int
) -> SpeechResult:
    """The results of all feeds by time, without crosstalk."""
    segments = [
        _labelled(segment, str(n + 1))
        for n, own in enumerate(results)
        for segment in own.segments
        if not _is_leak(segment, n, results, audio, offset_ms)
        and not (mix.feeds[n].fills and _is_covered(segment, results, mix))
    ]
    segments.sort(key=lambda segment: (segment.start_ms, segment.end_ms))
    main = max(results, key=lambda result: sum(len(s.words) for s in result.segments))
    return replace(
        main,
        segments=renumbered(tuple(segments)),
        coverage=_covered([result.coverage for result in results]),
        model=next((result.model for result in results if result.model), ""),
        warnings=tuple(dict.fromkeys(w for result in results for w in result.warnings)),
        turns=(),
    )


def _is_covered(segment: Segment, results: Sequence[SpeechResult], mix: Mix) -> bool:
    """Whether another channel with a signal of its own has speech at the same time."""
    spoken_ms = sum(
        max(0, min(segment.end_ms, s.end_ms) - max(segment.start_ms, s.start_ms))
        for result, feed in zip(results, mix.feeds, strict=True)
        if not feed.fills
        for s in result.segments
    )
    return spoken_ms > _COVERED_SHARE * (segment.end_ms - segment.start_ms)


def _labelled(segment: Segment, speaker: str) -> Segment:
    words = tuple(replace(word, speaker=speaker) for word in segment.words)
    return replace(segment, words=words, speaker=speaker)


def _is_leak(
    segment: Segment, own: int, results: Sequence[SpeechResult], audio: Channels, offset_ms: int
) -> bool:
    """Whether another feed has the same words at the same time, clearly louder.

    Or an earlier one has the same sound: a call may be on both channels until the other side
    answers.
    """
    for other, result in enumerate(results):
        if other == own or not segment.words:
            continue
        near = [
            word
            for candidate in result.segments
            if candidate.start_ms <= segment.end_ms and candidate.end_ms >= segment.start_ms
            for word in candidate.words
        ]
        twins = sum(any(_are_twins(word, theirs) for theirs in near) for word in segment.words)
        if twins < _TWINS_SHARE * len(segment.words):
            continue
        span = slice((segment.start_ms - offset_ms) * PER_MS, (segment.end_ms - offset_ms) * PER_MS)
        if _level(audio[own, span]) < _LEAK_LEVEL * _level(audio[other, span]):
            return True
        if other < own and _likeness(audio[own, span], audio[other, span]) > _SAME_SOUND:
            return True
    return False


def _are_twins(word: Word, other: Word) -> bool:
    return (
        abs(word.start_ms - other.start_ms) <= _SAME_TIME_MS
        and word.text.strip(".,!?").lower() == other.text.strip(".,!?").lower()
    )


def _likeness(a: Samples, b: Samples) -> float:
    """From 0 to 1, whatever the sign."""
    scale = float(np.sqrt(np.dot(a, a) * np.dot(b, b)))
    return abs(float(np.dot(a, b))) / scale if scale > 0 else 0.0


def _level(samples: Samples) -> float:
    return float(np.sqrt(np.mean(samples**2))) if len(samples) else 0.0


def _covered(sides: Sequence[Sequence[Coverage]]) -> tuple[Coverage, ...]:
    """The coverage of all feeds; a failure on one feed is not hidden by another."""
    first = sides[0]
    coverage = quality.tiled(first[0].start_ms, first[-1].end_ms, ()) if first else ()
    for kind in (CoverageKind.SPEECH, CoverageKind.FAILED, CoverageKind.QUARANTINED):
        for side in sides:
            coverage = quality.overlaid(coverage, (s for s in side if s.kind is kind))
    return tuple(_joined(coverage))


def _joined(coverage: Sequence[Coverage]) -> Iterator[Coverage]:
    """Join neighbours of the same kind."""
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
