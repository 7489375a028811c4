"""Real voices from an installed package, and diarization requests for samples."""

from importlib import metadata
from pathlib import Path

import numpy as np

from mp4totext.media.decode import AudioReader
from mp4totext.providers.base import SAMPLE_RATE, Samples, SpeakerLimits
from mp4totext.providers.diarization.base import DiarizationRequest


def voice(name: str) -> Samples:
    """``two_cities`` (one reader, 44 s), ``beckett`` (10 s), ``endgame_nagg_nell`` (two voices)."""
    for file in metadata.files("moonshine-voice") or []:
        if file.name == f"{name}.wav":
            with AudioReader(Path(str(file.locate()))) as reader:
                return reader.read(0, 120_000)
    raise FileNotFoundError(name)


def other_voice() -> Samples:
    """Ten seconds of another voice than that of ``two_cities``."""
    both = voice("endgame_nagg_nell")
    spans = ((20.4, 27.4), (4.9, 7.9))  # what one of the two says, where it sounds alike
    return np.concatenate([both[int(a * SAMPLE_RATE) : int(b * SAMPLE_RATE)] for a, b in spans])


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * SAMPLE_RATE), np.float32)


def request_for(
    samples: Samples, *, min_speakers: int | None = None, max_speakers: int | None = None
) -> DiarizationRequest:
    per_ms = SAMPLE_RATE // 1_000
    return DiarizationRequest(
        path=Path("recording.wav"),
        duration_ms=len(samples) // per_ms,
        read=lambda start_ms, end_ms: samples[start_ms * per_ms : end_ms * per_ms],
        limits=SpeakerLimits(min_speakers=min_speakers, max_speakers=max_speakers),
    )
