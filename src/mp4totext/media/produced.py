"""Probes a video that this service made, before it is delivered."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import av


@dataclass(frozen=True, slots=True, kw_only=True)
class ProducedVideo:
    frames: int
    steady: bool  # every frame is equally long
    video_ms: int
    audio_ms: int
    width: int
    height: int


def facts_of(path: Path) -> ProducedVideo:
    with av.open(str(path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        stamps = sorted(
            int(packet.pts) for packet in container.demux(video) if packet.pts is not None
        )
        gaps = {after - before for before, after in pairwise(stamps)}
        return ProducedVideo(
            frames=len(stamps),
            steady=len(gaps) <= 1,
            video_ms=_length_ms(video),
            audio_ms=_length_ms(audio),
            width=video.codec_context.width,
            height=video.codec_context.height,
        )


def _length_ms(stream: Any) -> int:
    return round(float((stream.duration or 0) * stream.time_base) * 1_000)
