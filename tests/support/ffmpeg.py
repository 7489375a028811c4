"""Runs the FFmpeg program, to make recordings of every kind and to decode them."""

import subprocess
from functools import cache
from pathlib import Path

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

Channels = NDArray[np.float32]  # (channels, samples) at 16 kHz


@cache
def program() -> str:
    return str(imageio_ffmpeg.get_ffmpeg_exe())


def ffmpeg(*arguments: object) -> None:
    """Run FFmpeg. Raises CalledProcessError with its messages."""
    command = [program(), "-y", "-v", "error", "-nostdin", *(str(a) for a in arguments)]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stderr[-2_000:]}")


def decoded(path: Path, *, track: int = 0, channels: int = 1) -> Channels:
    """The samples of an audio track as FFmpeg decodes it with default options."""
    command = [program(), "-v", "quiet", "-nostdin", "-i", str(path), "-map", f"0:a:{track}"]
    command += ["-f", "f32le", "-ar", "16000", "-"]
    raw = subprocess.run(command, capture_output=True, check=False).stdout
    whole = np.frombuffer(raw[: len(raw) // (4 * channels) * 4 * channels], np.float32)
    return whole.reshape(-1, channels).T
