"""Real speech from an installed wheel, and noise without speech."""

import tempfile
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from mp4totext.media.decode import AudioReader
from mp4totext.providers.base import Samples, SpeakerLimits
from mp4totext.providers.speech.base import Feature, FileRequest, GatewayRequest, SpeechOptions


def recording(name: str = "two_cities.wav") -> Path:
    files = metadata.files("moonshine-voice") or []
    return next(Path(str(file.locate())) for file in files if file.name == name)


@cache
def two_cities(start_ms: int = 0, end_ms: int = 20_000) -> Samples:
    """A part of a reading by one voice, with pauses and little noise; 44 s in all."""
    with AudioReader(recording()) as reader:
        samples = reader.read(start_ms, end_ms)
    samples.setflags(write=False)
    return samples


def hiss(seconds: float) -> Samples:
    """The noise of a microphone without speech."""
    noise = np.random.default_rng(1).standard_normal(int(16_000 * seconds))
    return (noise * 1e-4).astype(np.float32)


def file_request(
    samples: Samples,
    *,
    work_dir: Path | None = None,
    media_url: str | None = None,
    diarize: bool = False,
    min_speakers: int | None = None,
    max_speakers: int | None = None,
    features: frozenset[Feature] = frozenset(),
    gateway: GatewayRequest | None = None,
    **options: Any,
) -> FileRequest:
    """A request for a recording in memory, whose path is not read."""
    limits = SpeakerLimits(min_speakers=min_speakers, max_speakers=max_speakers)
    return FileRequest(
        path=Path("recording.wav"),
        work_dir=work_dir or Path(tempfile.gettempdir()),
        duration_ms=len(samples) * 1_000 // 16_000,
        read=lambda start_ms, end_ms: samples[start_ms * 16 : end_ms * 16],
        media_url=media_url,
        options=SpeechOptions(**options),
        speakers=limits if diarize else None,
        features=features,
        gateway=gateway,
    )
