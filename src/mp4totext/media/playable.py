"""Recognises what browsers can play, and writes a copy of the sound for the rest."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from mp4totext.media.container import open_media
from mp4totext.media.decode import SAMPLE_RATE, Channels

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


def is_playable(path: Path) -> bool:
    """Whether browsers play the file as it is: its first sound track, and its video."""
    with open_media(path) as container:
        name = container.format.name
        sound = [_codec(stream) for stream in container.streams.audio]
        pictures = [_codec(each) for each in container.streams.video if not is_cover(each)]
    plays = bool(sound) and sound[0] in _SOUND_IN.get(name, ())
    return plays and all(codec in _PICTURES_IN.get(name, ()) for codec in pictures)


def _codec(stream: Any) -> str:
    """The codec's name, not the decoder's: several decoders exist for MP3."""
    return str(stream.codec_context.codec.canonical_name)


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
