"""Makes recordings during a test, in any container and codec."""

import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

Audio = NDArray[np.float32]  # (channels, samples)

LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1", 16: "hexadecagonal"}


def chirps(seconds: float, rate: int = 48_000) -> Audio:
    """Mono samples that differ everywhere, so that any part can be located."""
    time = np.arange(int(seconds * rate)) / rate
    noise = np.random.default_rng(7).standard_normal(len(time))
    wobble = np.sin(2 * np.pi * (300 * time + 40 * np.sin(2 * np.pi * 0.9 * time) + 9 * time**2))
    burst = (np.sin(2 * np.pi * 1.7 * time + np.sin(0.31 * time) * 3) > 0.2).astype(np.float32)
    sound: Audio = ((0.25 * wobble + 0.02 * noise) * burst).astype(np.float32)
    return sound[None]


def write(
    path: Path, audio: Audio, *, codec: str, rate: int = 48_000, form: str | None = None
) -> Path:
    """Encode ``audio`` under the container of ``path``'s name (or ``form``)."""
    with av.open(str(path), "w", format=form) as container:
        add_sound(container, audio, codec=codec, rate=rate)
    return path


def add_sound(
    container: av.container.OutputContainer, audio: Audio, *, codec: str, rate: int
) -> None:
    layout = LAYOUTS[audio.shape[0]]
    stream = container.add_stream(codec, rate=rate, layout=layout)
    if codec == "wmav2":
        stream.bit_rate = 128_000  # it has no default
    # Packed: PyAV counts the planes of eight planar channels wrongly.
    packed = np.ascontiguousarray(audio.T).reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=layout)
    frame.sample_rate = rate
    frame.time_base = Fraction(1, rate)
    frame.pts = 0
    resampler = av.AudioResampler(
        format=stream.codec_context.format.name,
        layout=layout,
        rate=rate,
        frame_size=stream.codec_context.frame_size or 1_024,
    )
    for part in [*resampler.resample(frame), *resampler.resample(None)]:
        container.mux(stream.encode(part))
    container.mux(stream.encode(None))


def write_wav(path: Path, audio: Audio, *, rate: int = 16_000) -> Path:
    return write(path, audio, codec="pcm_s16le", rate=rate)


def write_video(path: Path, audio: Audio | None, *, codec: str = "aac", rate: int = 48_000) -> Path:
    """A grey picture of 2 s at 10 frames a second, with sound when there is some."""
    with av.open(str(path), "w") as container:
        picture = container.add_stream("mpeg4", rate=10)
        picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
        if audio is not None:
            add_sound(container, audio, codec=codec, rate=rate)
        for _ in range(20):
            grey = np.full((48, 64, 3), 128, np.uint8)
            container.mux(picture.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        container.mux(picture.encode(None))
    return path


def write_cut(path: Path) -> Path:
    """An MP4 of 7 s, of which an edit list shows 2 s at the start and 2 s after the fourth."""
    write(path, chirps(7.0, 44_100), codec="aac", rate=44_100)
    data = bytearray(path.read_bytes())
    at, second = data.index(b"elst"), data.index(b"mvhd") + 16
    (scale,) = struct.unpack_from(">I", data, second)
    cuts = [(2 * scale, 1_024), (2 * scale, 4 * 44_100)]
    content = bytes(4) + struct.pack(">I", len(cuts))
    content += b"".join(struct.pack(">Iihh", length, start, 1, 0) for length, start in cuts)
    (size,) = struct.unpack_from(">I", data, at - 4)
    data[at + 4 : at - 4 + size] = content
    for kind in (b"moov", b"trak", b"edts", b"elst"):
        begin = data.index(kind) - 4
        (length,) = struct.unpack_from(">I", data, begin)
        struct.pack_into(">I", data, begin, length + 8 + len(content) - size)
    path.write_bytes(data)
    return path
