"""Synthetic speech as samples: decoded from any format, and encoded for playback."""

import io
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from mp4totext.media.errors import MediaError
from mp4totext.media.samples import SAMPLE_RATE, Samples

Codec = Literal["mp3", "wav", "flac", "opus", "aac", "pcm"]
MEDIA_TYPES: dict[Codec, str] = {
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "pcm": "application/octet-stream",
}
_CONTAINERS = {"mp3": ("mp3", "libmp3lame"), "flac": ("flac", "flac"), "aac": ("adts", "aac")}
_OPUS_RATE = 48_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """One channel of 16-bit samples."""

    samples: NDArray[np.int16]
    rate: int

    @property
    def duration_ms(self) -> int:
        return len(self.samples) * 1000 // self.rate

    def for_engine(self) -> Samples:
        """The sound as speech engines need it: 16 kHz, floats."""
        at_rate = resampled(self, SAMPLE_RATE)
        return at_rate.samples.astype(np.float32) / np.float32(32_768)


class NoSound(MediaError):
    code = "no_sound"


def decoded(data: bytes, *, rate: int) -> Sound:
    """Decode sound in any format to one channel at ``rate``. Raises NoSound for anything else."""
    blocks: list[NDArray[np.int16]] = []
    try:
        with av.open(io.BytesIO(data)) as container:
            resampler = av.AudioResampler(format="s16", layout="mono", rate=rate)
            for frame in container.decode(audio=0):
                blocks += [_array(ready) for ready in resampler.resample(frame)]
            blocks += [_array(ready) for ready in resampler.resample(None)]
    except (FFmpegError, IndexError, ValueError) as error:
        raise NoSound("The audio from the voice cannot be read.") from error
    samples = np.concatenate(blocks) if blocks else np.zeros(0, np.int16)
    if not samples.any():
        raise NoSound("The audio from the voice is silent.")
    return Sound(samples=samples, rate=rate)


def resampled(sound: Sound, rate: int) -> Sound:
    if sound.rate == rate:
        return sound
    resampler = av.AudioResampler(format="s16", layout="mono", rate=rate)
    ready = [*resampler.resample(_frame(sound)), *resampler.resample(None)]
    return Sound(samples=np.concatenate([_array(frame) for frame in ready]), rate=rate)


def at_speed(sound: Sound, speed: float) -> Sound:
    """Faster or slower speech at the same pitch; ``speed`` is 0.5 to 2, and 1 changes nothing."""
    graph = av.filter.Graph()
    source = graph.add_abuffer(sample_rate=sound.rate, format="s16", layout="mono")
    tempo = graph.add("atempo", f"{speed:.4f}")
    form = graph.add("aformat", "sample_fmts=s16:channel_layouts=mono")
    sink = graph.add("abuffersink")
    source.link_to(tempo)
    tempo.link_to(form)
    form.link_to(sink)
    graph.configure()
    source.push(_frame(sound))
    source.push(None)
    blocks: list[NDArray[np.int16]] = []
    while True:
        try:
            blocks.append(_array(sink.pull()))
        except EOFError:  # FFmpeg has output everything
            break
    return Sound(samples=np.concatenate(blocks), rate=sound.rate)


def joined(sounds: Sequence[Sound], *, pause_ms: int) -> Sound:
    """The sounds one after the other; all must have the same rate."""
    rate = sounds[0].rate
    pause = np.zeros(rate * pause_ms // 1000, np.int16)
    parts = [part for sound in sounds for part in (sound.samples, pause)]
    return Sound(samples=np.concatenate(parts[:-1]), rate=rate)


def encoded(sound: Sound, codec: Codec) -> bytes:
    if codec == "pcm":
        return sound.samples.astype("<i2").tobytes()
    file = io.BytesIO()
    if codec == "wav":
        with wave.open(file, "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(sound.rate)
            out.writeframes(sound.samples.astype("<i2").tobytes())
        return file.getvalue()
    if codec == "opus":
        sound = resampled(sound, _OPUS_RATE)
    container, encoder = _CONTAINERS.get(codec, ("ogg", "libopus"))
    with av.open(file, "w", format=container) as target:
        stream: Any = target.add_stream(encoder, rate=sound.rate)
        stream.layout = "mono"
        if codec != "flac":
            stream.bit_rate = 64_000
        resampler = av.AudioResampler(
            format=stream.codec_context.format,
            layout="mono",
            rate=sound.rate,
            frame_size=stream.codec_context.frame_size or 0,
        )
        for frame in [*resampler.resample(_frame(sound)), *resampler.resample(None)]:
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return file.getvalue()


def _array(frame: Any) -> NDArray[np.int16]:
    return np.ascontiguousarray(frame.to_ndarray().reshape(-1))


def _frame(sound: Sound) -> Any:
    frame = av.AudioFrame.from_ndarray(sound.samples[None], format="s16", layout="mono")
    frame.sample_rate = sound.rate
    return frame
