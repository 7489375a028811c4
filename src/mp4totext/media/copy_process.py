"""Copies a recording and adds captions and chapters, without decoding. Runs in the sandbox."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from mp4totext.media.container import open_part, packets_of
from mp4totext.media.errors import DamagedMedia
from mp4totext.media.sandbox_process import Answer
from mp4totext.media.structure import Part

_MS = Fraction(1, 1000)
# File extension -> the container written, and the codec of its captions; None: chapters only.
CONTAINERS = {
    ".mp4": ("mp4", "mov_text"),
    ".m4v": ("mp4", "mov_text"),
    ".m4a": ("ipod", "mov_text"),
    ".mov": ("mov", "mov_text"),
    ".mkv": ("matroska", "subrip"),
    ".mka": ("matroska", "subrip"),
    ".webm": ("webm", "webvtt"),
    ".mp3": ("mp3", None),
}
_KEPT = ("audio", "video")


class Copy:
    """A task of the sandbox. It may write no file, so it sends pieces with their positions."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def answer(self, request: Mapping[str, Any]) -> Iterator[Answer]:
        """``captions``: [start_ms, end_ms, text]. ``chapters``: [start_ms, end_ms, title].

        ``part``: the only one of the file.
        """
        container, codec = CONTAINERS[request["ending"]]
        pieces, part = _Pieces(), Part.from_json(request["part"])
        with (
            open_part(self._path, part) as source,
            av.open(pieces, "w", format=container) as target,
        ):
            target.metadata.update(source.metadata)
            # Times of a transcript count from the first moment of the recording.
            begin_ms = -next(t.breaks[0].shift_us for t in part.times if t is not None) // 1000
            streams = {}
            for stream in source.streams:
                if stream.type in _KEPT and stream.codec_context is not None:
                    streams[stream.index] = target.add_stream_from_template(stream)
                    streams[stream.index].metadata.update(stream.metadata)
            captions = _Captions(target, codec, request, begin_ms)
            target.set_chapters(list(_chapters(request["chapters"], begin_ms)))
            try:
                target.start_encoding()
                for packet in packets_of(source, [source.streams[index] for index in streams]):
                    if packet.size == 0:  # the end of a stream
                        continue
                    at = packet.pts if packet.dts is None else packet.dts
                    captions.write(until_ms=int((at or 0) * packet.time_base * 1000))
                    packet.stream = streams[packet.stream.index]
                    target.mux(packet)
                    yield from pieces.taken()
                captions.write(until_ms=None)
            except MemoryError:
                raise
            except (av.error.FFmpegError, ValueError) as e:
                raise DamagedMedia(f"It cannot be copied: {e}. Export it again, or try MP4.") from e
        yield from pieces.taken()


class _Captions:
    """Inserts caption packets between those of sound and video, in order of time."""

    def __init__(
        self, target: Any, codec: str | None, request: Mapping[str, Any], begin_ms: int
    ) -> None:
        self._target, self._codec, self._begin_ms = target, codec, begin_ms
        self._left = list(reversed(request["captions"])) if codec else []
        self._stream = target.add_mux_stream(codec) if self._left else None
        if self._stream is not None:
            self._stream.time_base = _MS
            self._stream.metadata["language"] = request["language"]

    def write(self, *, until_ms: int | None) -> None:
        """Write the captions that begin before ``until_ms``; None: all that are left."""
        while self._left and (until_ms is None or self._begin_ms + self._left[-1][0] <= until_ms):
            start_ms, end_ms, text = self._left.pop()
            data = text.encode()
            if self._codec == "mov_text":  # 3GPP timed text begins with its length
                data = data[:65_535]
                data = len(data).to_bytes(2, "big") + data
            packet = av.Packet(data)
            packet.stream, packet.time_base = self._stream, _MS
            packet.pts = packet.dts = max(0, self._begin_ms + start_ms)
            packet.duration = end_ms - start_ms
            self._target.mux(packet)


def _chapters(chapters: list[tuple[int, int, str]], begin_ms: int) -> Iterator[Any]:
    for number, (start_ms, end_ms, title) in enumerate(chapters, 1):
        yield {
            "id": number,
            "start": max(0, begin_ms + start_ms),
            "end": begin_ms + end_ms,
            "time_base": _MS,
            "metadata": {"title": title},
        }


class _Pieces:
    """A file object that FFmpeg writes to and seeks in."""

    def __init__(self) -> None:
        self._at = self._end = 0
        self._pieces: list[tuple[int, bytes]] = []

    def write(self, data: bytes) -> int:
        self._pieces.append((self._at, bytes(data)))
        self._at += len(data)
        self._end = max(self._end, self._at)
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + (0, self._at, self._end)[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def taken(self) -> Iterator[Answer]:
        pieces, self._pieces = self._pieces, []
        for at, data in pieces:
            yield {"at": at}, data
