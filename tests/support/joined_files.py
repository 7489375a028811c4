"""Recordings of two formats, one behind the other in one file, as ``cat`` joins them."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tests.support.ffmpeg import decoded, ffmpeg
from tests.support.media_matrix import problems_of_file, source_of

FORMS: dict[str, tuple[object, ...]] = {
    "mp3": ("-ar", 44_100, "-b:a", "64k"),
    "aac": ("-ar", 44_100, "-c:a", "aac"),
    "m4a": ("-ar", 44_100, "-c:a", "aac"),
    "wav": (),
    "flac": (),
    "ogg": ("-ar", 44_100, "-c:a", "libvorbis"),
    "opus": ("-c:a", "libopus"),
    "amr": ("-ar", 8_000, "-c:a", "libopencore_amrnb", "-b:a", "12.2k"),
    "mp2": ("-ar", 48_000, "-b:a", "96k"),
    "ac3": ("-ar", 44_100, "-b:a", "96k"),
    "eac3": ("-ar", 48_000, "-b:a", "96k"),
    "ts": ("-ar", 44_100, "-c:a", "mp2"),
    "webm": ("-c:a", "libopus"),
    "wv": (),
    "flv": ("-ar", 44_100, "-c:a", "libmp3lame"),
    "wma": ("-ar", 44_100, "-c:a", "wmav2"),
    "mpg": ("-ar", 48_000, "-c:a", "mp2", "-f", "mpeg"),
    "avi": ("-ar", 44_100, "-c:a", "libmp3lame"),
    "m2ts": ("-ar", 44_100, "-c:a", "aac"),
    "w64": (),
    "au": (),
    "tta": (),
    "aiff": (),
    "dts": ("-ar", 48_000, "-c:a", "dca", "-strict", "-2"),
    "loas": ("-ar", 44_100, "-c:a", "aac", "-f", "latm"),
    "mxf": (
        *("-f", "lavfi", "-i", "testsrc2=s=64x64:r=25:d=3", "-map", "1", "-map", "0"),
        *("-c:v", "mpeg2video", "-ar", 48_000, "-c:a", "pcm_s16le"),
    ),
}


def pairs() -> Iterator[tuple[str, str]]:
    return ((first, second) for first in FORMS for second in FORMS)


def problems_of_join(joined: tuple[str, ...], folder: Path) -> list[str]:
    """Join recordings of these formats; return the differences from what FFmpeg reads of each."""
    parts = [folder / f"{number}.{form}" for number, form in enumerate(joined)]
    for number, (part, form) in enumerate(zip(parts, joined, strict=True)):
        ffmpeg("-t", 3, "-i", source_of(folder, 1, number % 2), *FORMS[form], part)
    path = folder / f"joined.{joined[0]}"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    expected = np.concatenate([decoded(part) for part in parts], axis=1)
    return problems_of_file(path, {1: expected}, frames=len(joined))
