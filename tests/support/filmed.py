"""Videos with pictures at known times, and measurements of videos made from them."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.support.ffmpeg import ffmpeg, program

Pictures = NDArray[np.uint8]  # (frames, height, width, 3) of RGB
BLACK = "color=black:size=320x180:rate=30"


def filmed(path: Path, sound: Path, *, picture: str = BLACK, seconds: float | None = None) -> Path:
    """A video of the audio with a picture that FFmpeg's ``lavfi`` draws."""
    length = ("-t", seconds) if seconds else ("-shortest",)
    codecs = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac")
    ffmpeg("-f", "lavfi", "-i", picture, "-i", sound, *codecs, *length, path)
    return path


def flashes_and_beeps(path: Path, *, seconds: int, at: tuple[int, ...], late_s: float = 0) -> Path:
    """A video with a white flash and a tone of 100 ms at each of the given seconds.

    ``late_s``: the time stamps at which audio and pictures begin.
    """
    lit = "+".join(f"between(t,{s},{s + 0.1})" for s in at)
    drawn = lit.replace("(t,", "(T,")  # the two filters name the time differently
    picture = f"color=black:size=320x180:rate=25,geq=lum='if({drawn},235,16)':cb=128:cr=128"
    sound = f"aevalsrc='0.5*sin(2*PI*1000*t)*({lit})':s=48000"
    ffmpeg(
        *("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound, "-t", seconds),
        *("-c:v", "libx264", "-g", 50, "-pix_fmt", "yuv420p", "-c:a", "aac"),
        *("-output_ts_offset", late_s, path),
    )
    return path


def pictures_of(path: Path, *, width: int, height: int, scaled: bool = False) -> Pictures:
    """All frames of a video of this size, or, of a larger one, ``scaled`` to it."""
    command = [program(), "-v", "error", "-nostdin", "-i", str(path), "-map", "0:v"]
    command += ["-s", f"{width}x{height}"] if scaled else []
    command += ["-f", "rawvideo", "-pix_fmt", "rgb24", "-fps_mode", "passthrough", "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)


def warnings_of(path: Path) -> str:
    """The warnings of FFmpeg while it decodes the whole file."""
    command = [program(), "-v", "warning", "-nostdin", "-i", str(path), "-f", "null", "-"]
    return subprocess.run(command, capture_output=True, check=True, text=True).stderr


def loudness_of(path: Path) -> float:
    command = [program(), "-nostdin", "-i", str(path), "-af", "ebur128=framelog=quiet"]
    said = subprocess.run([*command, "-f", "null", "-"], capture_output=True, check=True, text=True)
    return float(said.stderr.rpartition("I:")[2].split()[0])


@dataclass(frozen=True)
class Ellipse:
    """The axes of the bright area, in pixels."""

    width: float
    height: float


def bright_ellipse(picture: Pictures, *, above: int = 200) -> Ellipse:
    """The bright ellipse, computed from second moments for a precision below one pixel."""
    rows, columns = np.nonzero(picture.mean(axis=2) > above)
    return Ellipse(width=4 * float(columns.std()), height=4 * float(rows.std()))
