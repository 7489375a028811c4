"""Transcribes a file with the bundled engine alone: no service, no database."""

from pathlib import Path

import numpy as np

from mp4totext.media.decode import SAMPLE_RATE, AudioReader
from mp4totext.media.probe import probe
from mp4totext.media.windows import plan
from mp4totext.providers.base import no_report
from mp4totext.providers.speech.base import SpeechRequest, SpeechToText
from mp4totext.providers.vad import Vad, regions
from mp4totext.transcript import Coverage, Segment, Transcript, renumbered


def transcribe_file(path: Path, engine: SpeechToText) -> Transcript:
    """Probe, choose channels, plan windows at pauses, transcribe window by window."""
    info = probe(path)
    segments: list[Segment] = []
    coverage: list[Coverage] = []
    warnings: list[str] = list(info.warnings)
    language = None
    with AudioReader(path, structure=info.structure) as reader:
        probabilities = Vad().stream(reader.windows(60_000, duration_ms=info.duration_ms))
        speech = regions(probabilities, length_ms=info.duration_ms)
        spans = [(region.start_ms, region.end_ms) for region in speech]
        for window in plan(spans, duration_ms=info.duration_ms):
            samples = reader.read(window.start_ms, window.end_ms)
            wanted = (window.end_ms - window.start_ms) * SAMPLE_RATE // 1_000
            samples = np.pad(samples, (0, wanted - len(samples)))
            result = engine.transcribe(
                SpeechRequest(samples=samples, offset_ms=window.start_ms), no_report
            )
            segments += result.segments
            coverage += result.coverage
            warnings += [w for w in result.warnings if w not in warnings]
            language = language or result.language
        warnings += reader.warnings
    return Transcript(
        duration_ms=info.duration_ms,
        language=language,
        segments=renumbered(tuple(segments)),
        coverage=tuple(coverage),
        warnings=tuple(warnings),
    )
