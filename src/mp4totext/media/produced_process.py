"""The child process that reads the index of a finished video, which grows with its length."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import av

from mp4totext.media.sandbox_process import Answer


class Produced:
    """A task of the sandbox."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def answer(self, _request: Mapping[str, Any]) -> Iterator[Answer]:
        with av.open(str(self._path)) as container:
            video, audio = container.streams.video[0], container.streams.audio[0]
            stamps = sorted(
                int(packet.pts) for packet in container.demux(video) if packet.pts is not None
            )
            gaps = {after - before for before, after in pairwise(stamps)}
            facts = {
                "frames": len(stamps),
                "steady": len(gaps) <= 1,
                "video_ms": _length_ms(video),
                "audio_ms": _length_ms(audio),
                "width": video.codec_context.width,
                "height": video.codec_context.height,
            }
            yield facts, b""


def _length_ms(stream: Any) -> int:
    return round(float((stream.duration or 0) * stream.time_base) * 1_000)
