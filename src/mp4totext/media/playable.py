"""Recognises what browsers can play, and writes a copy of the sound for the rest."""

import struct
from collections.abc import Collection
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from mp4totext.media import heads
from mp4totext.media.container import open_part, packets_of
from mp4totext.media.decode import SAMPLE_RATE, Channels
from mp4totext.media.structure import Structure

SOUND_TYPE = "audio/mp4"
_BIT_RATES = {1: 48_000, 2: 64_000}  # of AAC at 16 kHz by channels: speech sounds the same

# FFmpeg's names of what Chrome, Firefox and Safari of the last two years all play.
_SOUND_IN = {
    "mov,mp4,m4a,3gp,3g2,mj2": {"aac", "mp3"},
    "matroska,webm": {"opus", "vorbis"},
    "mp3": {"mp3"},
    "flac": {"flac"},
    "wav": {"pcm_s16le", "pcm_s24le", "pcm_u8", "pcm_f32le"},
}
_PICTURES_IN = {
    "mov,mp4,m4a,3gp,3g2,mj2": {"h264", "av1"},
    "matroska,webm": {"vp8", "vp9", "av1"},  # Matroska with other codecs is not WebM
}
_CHANNELS_MAX = 8  # with more, browsers play only the first two
_TO_EDITS = (b"moov", b"trak", b"edts")  # boxes that lead to an edit list
_EDITS_BYTES = 4_096
_LATE_US = 200_000  # browsers disagree whether a later first time stamp counts as 0


def is_playable(path: Path, structure: Structure, tracks: Collection[int]) -> bool:
    """Whether browsers play the file as it is: these ``tracks``, at the times of the words.

    They play the first sound track, and the first recording of a file in which several are joined.
    """
    if set(tracks) != {1} or structure.tracks[0].channels > _CHANNELS_MAX:
        return False
    if not _keeps_time(structure) or _has_cuts(path):
        return False
    with open_part(path, structure.parts[0]) as container:
        name = container.format.name
        sound = _codec(container.streams.audio[0])
        pictures = [_codec(each) for each in container.streams.video if not is_cover(each)]
        plays = sound in _SOUND_IN.get(name, ())
        plays = plays and all(codec in _PICTURES_IN.get(name, ()) for codec in pictures)
        return plays and (name != "mp3" or _has_equal_frames(container))


def _keeps_time(structure: Structure) -> bool:
    times = structure.parts[0].times[0]
    return structure.is_plain and times is not None and abs(times.breaks[0].shift_us) <= _LATE_US


def _has_cuts(path: Path) -> bool:
    """Whether an edit list of an MP4 joins several stretches: some browsers show only the first."""
    return any(
        _stretches(path, begin, end) > 1
        for kind, begin, end in heads.inner_boxes(path, _TO_EDITS)
        if kind == b"elst"
    )


def _stretches(path: Path, begin: int, end: int) -> int:
    """The number of edits that show something; others are pauses."""
    with path.open("rb") as file:
        file.seek(begin)
        content = file.read(min(end - begin, _EDITS_BYTES))
    form = ">8xq4x" if content[:1] == b"\1" else ">4xi4x"  # its length, start and rate
    size = struct.calcsize(form)
    edits = content[8 : 8 + (len(content) - 8) // size * size]
    return sum(start >= 0 for (start,) in struct.iter_unpack(form, edits))


def _has_equal_frames(container: av.container.InputContainer) -> bool:
    """Whether an MP3 has one bit rate: in others browsers estimate the place of a time.

    They do not play on where the sample rate or the number of channels changes.
    """
    found = {_head_of(packet) for packet in packets_of(container, container.streams.audio)}
    return len(found - {None}) == 1


def _head_of(packet: Any) -> tuple[int, int, bool] | None:
    """Version and rates of an MP3 frame, and whether it is mono; None: not a frame."""
    head = bytes(memoryview(packet)[:4])
    if len(head) < 4 or head[0] != 0xFF:
        return None
    return head[1], head[2] & ~2, head[3] >> 6 == 3  # without the padding bit


def _codec(stream: Any) -> str:
    """The codec's name, not the decoder's: several decoders exist for MP3. "": not known."""
    context = stream.codec_context
    return "" if context is None else str(context.codec.canonical_name)


def is_cover(stream: Any) -> bool:
    """Whether a video stream is a still picture beside the sound."""
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


class SoundWriter:
    """Writes AAC in MP4 with the index at the start. The file is complete once it is closed."""

    def __init__(self, path: Path, *, channels: int) -> None:
        """Two channels stay two; more become one."""
        self._channels = channels if channels in _BIT_RATES else 1
        self._container = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        layout = "stereo" if self._channels == 2 else "mono"
        self._stream: Any = self._container.add_stream("aac", rate=SAMPLE_RATE, layout=layout)
        self._stream.bit_rate = _BIT_RATES[self._channels]
        self._at = 0

    def write(self, channels: Channels) -> None:
        if channels.shape[0] != self._channels:
            channels = channels.mean(axis=0, keepdims=True)
        sound = np.ascontiguousarray(np.clip(np.nan_to_num(channels), -1, 1), np.float32)
        frame = av.AudioFrame.from_ndarray(
            sound, format="fltp", layout="stereo" if self._channels == 2 else "mono"
        )
        frame.rate, frame.pts, frame.time_base = SAMPLE_RATE, self._at, Fraction(1, SAMPLE_RATE)
        self._at += sound.shape[1]
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        self._container.mux(self._stream.encode(None))
        self._container.close()
