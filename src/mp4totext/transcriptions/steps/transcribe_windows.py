"""Transcribes windows, and assembles them to one transcript."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from mp4totext.media.quiet_voices import with_quiet_voices
from mp4totext.providers.base import SAMPLE_RATE, Report, Samples
from mp4totext.providers.speech.base import SpeechRequest, SpeechResult, SpeechToText
from mp4totext.providers.vad import Vad
from mp4totext.transcript import Coverage, CoverageKind, Segment, Transcript, renumbered
from mp4totext.transcriptions.steps import per_channel
from mp4totext.transcriptions.steps.prepare import Prepared
from mp4totext.writing import chinese

Clean = Callable[[Samples], Samples]

_VAD = Vad()
NO_SAMPLES: Samples = np.zeros(0, np.float32)


def transcribe_window(
    engine: SpeechToText,
    path: Path,
    *,
    prepared: Prepared,
    request: SpeechRequest,
    end_ms: int,
    report: Report,
    clean: Clean | None = None,
) -> SpeechResult:
    """``request`` has the window's start; its samples are read here.

    ``clean`` removes noise from them.
    """
    with prepared.open(path) as reader:
        feeds = reader.read_feeds(request.offset_ms, end_ms)
    length = (end_ms - request.offset_ms) * SAMPLE_RATE // 1000
    feeds = np.pad(feeds, ((0, 0), (0, max(0, length - feeds.shape[1]))))
    if clean is not None:
        feeds = np.stack([clean(feed) for feed in feeds])
    if prepared.mix.apart:
        return per_channel.transcribe(
            engine,
            feeds,
            prepared.mix,
            request=request,
            voice=_VAD.probabilities,
            report=report,
        )
    samples = with_quiet_voices(feeds[0], _VAD.probabilities)
    return engine.transcribe(replace(request, samples=samples), report)


def assembled(
    results: Sequence[SpeechResult],
    *,
    duration_ms: int,
    engine: str,
    requested_language: str | None,
) -> Transcript:
    """One transcript of ordered windows, whose coverage tiles the recording.

    ``requested_language``: BCP 47, None if it was detected; it decides the script of Chinese.
    """
    segments: list[Segment] = []
    for result in results:
        segments.extend(result.segments)
    language, confidence = _language(results)
    coverage = _joined(result.coverage for result in results)
    return Transcript(
        duration_ms=duration_ms,
        language=chinese.tag_of(language, requested_language),
        language_confidence=confidence,
        segments=renumbered(
            chinese.written_segments(segments, requested=requested_language, detected=language)
        ),
        speakers=next((result.speakers for result in results if result.speakers), ()),
        coverage=chinese.written_coverage(
            coverage, requested=requested_language, detected=language
        ),
        engine=engine,
        model=next((result.model for result in results if result.model), ""),
        warnings=tuple(dict.fromkeys(w for result in results for w in result.warnings)),
    )


def _language(results: Sequence[SpeechResult]) -> tuple[str | None, float | None]:
    """The language of most of the words."""
    words: Counter[str] = Counter()
    for result in results:
        if result.language is not None:
            words[result.language] += sum(len(s.text.split()) or 1 for s in result.segments)
    if not words:
        return None, None
    language = words.most_common(1)[0][0]
    sure = [
        result.language_confidence
        for result in results
        if result.language == language and result.language_confidence is not None
    ]
    return language, sum(sure) / len(sure) if sure else None


def _joined(parts: Iterable[Sequence[Coverage]]) -> tuple[Coverage, ...]:
    """Join stretches of the same kind that meet at a window's edge."""
    joined: list[Coverage] = []
    for part in parts:
        for stretch in part:
            last = joined[-1] if joined else None
            plain = stretch.kind in (CoverageKind.SPEECH, CoverageKind.NO_SPEECH)
            if last is not None and plain and last.kind == stretch.kind:
                joined[-1] = replace(last, end_ms=stretch.end_ms)
            else:
                joined.append(stretch)
    return tuple(joined)
