"""Recordings in every container, codec, layout and damage, with their expected samples.

The samples of a recording differ everywhere, so that any second can be located. They are compared
with FFmpeg's own decode, second by second.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mp4totext.media.decode import AudioReader
from mp4totext.media.errors import MediaError
from mp4totext.media.probe import probe
from mp4totext.media.sources import Mix
from tests.support.ffmpeg import Channels, decoded, ffmpeg
from tests.support.media_files import chirps

RATE = 48_000
LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1", 16: "hexadecagonal"}
DAMAGES = ("clean", "offset", "restart", "jump", "cut", "joined")
_SECONDS = (7.0, 5.0)  # of the two halves
_FRAME_MS = 100  # the longest frame of all codecs here, with what its decoder holds back


@dataclass(frozen=True, slots=True)
class Kind:
    """A combination of container and codec."""

    extension: str
    codec: str
    channels: tuple[int, ...]
    options: tuple[str, ...] = ()
    clock: bool = True  # its packets carry stamps of their own
    reads_on: bool = True  # FFmpeg goes on after the end of the first of two joined files
    rate: int = RATE

    @property
    def name(self) -> str:
        return f"{self.extension}/{self.codec}"


_READS_ON_ONCE = ("mkv", "mka", "webm")  # FFmpeg leaves out the third of three joined ones
_SMALL = (1, 2)
_SURROUND = (1, 2, 6)
_ANY = (1, 2, 6, 8, 16)
KINDS = (
    Kind("mp4", "aac", (1, 2, 6, 8), reads_on=False),
    Kind("mp4", "libmp3lame", _SMALL, reads_on=False),
    Kind("mp4", "ac3", _SURROUND, reads_on=False),
    Kind("m4a", "alac", (1, 2, 6), reads_on=False),
    Kind("mov", "pcm_s16le", _ANY, reads_on=False),
    Kind("mov", "aac", _SMALL, reads_on=False),
    Kind("3gp", "aac", _SMALL, reads_on=False),
    Kind("mkv", "aac", _SURROUND),
    Kind("mkv", "ac3", _SURROUND),
    Kind("mka", "flac", (1, 2, 6, 8)),
    Kind("mka", "libmp3lame", _SMALL),
    Kind("mka", "pcm_f32le", _ANY),
    Kind("webm", "libopus", (1, 2, 6, 8)),
    Kind("webm", "libvorbis", _SURROUND),
    Kind("opus", "libopus", (1, 2, 6, 8)),
    Kind("ogg", "libvorbis", (1, 2, 6, 8)),
    Kind("ogg", "flac", (1, 2, 6, 8)),
    Kind("flac", "flac", (1, 2, 6, 8), clock=False),
    Kind("mp3", "libmp3lame", _SMALL, clock=False),
    Kind("mp2", "mp2", _SMALL, clock=False),
    Kind("aac", "aac", _SURROUND, clock=False),
    Kind("ac3", "ac3", _SURROUND, clock=False),
    Kind("eac3", "eac3", _SURROUND, clock=False),
    Kind("dts", "dca", (2, 6), ("-strict", "-2"), clock=False),
    Kind("wav", "pcm_s16le", _ANY, clock=False, reads_on=False),
    Kind("wav", "pcm_f32le", _ANY, clock=False, reads_on=False),
    Kind("wav", "pcm_s24le", _ANY, clock=False, reads_on=False),
    Kind("wav", "pcm_u8", _ANY, clock=False, reads_on=False),
    Kind("wav", "pcm_mulaw", _SMALL, clock=False, reads_on=False),
    Kind("wav", "adpcm_ms", _SMALL, clock=False, reads_on=False),
    Kind("w64", "pcm_s16le", _ANY, clock=False, reads_on=False),
    Kind("aiff", "pcm_s16be", _ANY, clock=False, reads_on=False),
    Kind("caf", "alac", (1, 2), clock=False, reads_on=False),
    Kind("caf", "pcm_s16le", _ANY, clock=False, reads_on=False),
    Kind("au", "pcm_s16be", _ANY, clock=False, reads_on=False),
    Kind("avi", "libmp3lame", _SMALL, clock=False),
    Kind("avi", "pcm_s16le", _SMALL, clock=False),
    Kind("wma", "wmav2", _SMALL, ("-b:a", "128k"), clock=False, reads_on=False),
    Kind("wma", "wmav1", _SMALL, ("-b:a", "128k"), clock=False, reads_on=False),
    Kind("flv", "aac", _SMALL, clock=False, reads_on=False, rate=44_100),
    Kind("flv", "libmp3lame", _SMALL, clock=False, reads_on=False, rate=44_100),
    Kind("ts", "aac", _SURROUND),
    Kind("ts", "mp2", _SMALL),
    Kind("ts", "ac3", _SURROUND),
    Kind("m2ts", "ac3", _SURROUND),
    Kind("mpg", "mp2", _SMALL),
    Kind("mpg", "ac3", _SURROUND),
    Kind("nut", "aac", _SURROUND),
    Kind("wv", "wavpack", _ANY, clock=False, reads_on=False),
    Kind("tta", "tta", (1, 2, 6, 8), clock=False, reads_on=False),
    Kind("amr", "libopencore_amrnb", (1,), clock=False, reads_on=False, rate=8_000),
    Kind("loas", "aac", _SMALL, ("-f", "latm"), clock=False),
)


@dataclass(frozen=True, slots=True)
class Case:
    kind: Kind
    channels: int
    damage: str

    @property
    def name(self) -> str:
        return f"{self.kind.name}/{self.channels}/{self.damage}"

    def make(self, folder: Path) -> Path:
        """Make the file of a case."""
        path = folder / f"case.{self.kind.extension}"
        if self.damage == "clean":
            return self._half(0, path)
        if self.damage == "offset":
            return self._half(0, path, "-output_ts_offset", "1234.5")
        if self.damage == "cut":
            whole = self._half(0, path).read_bytes()
            path.write_bytes(whole[: len(whole) * 3 // 5])
            return path
        second = {"jump": ("-output_ts_offset", "20000"), "joined": (), "restart": ()}[self.damage]
        for number in range(2):
            more = second if number else ()
            self._half(number, self._half_path(folder, number), *more)
        halves = [self._half_path(folder, number).read_bytes() for number in range(2)]
        path.write_bytes(b"".join(halves + (halves[:1] if self.damage == "joined" else [])))
        return path

    def expected(self, folder: Path, path: Path) -> Channels:
        """The expected samples: FFmpeg's decode, of each half separately if FFmpeg stops early."""
        joined = self.damage == "joined"
        to_end = self.kind.reads_on and not (joined and self.kind.extension in _READS_ON_ONCE)
        if to_end or self.damage in ("clean", "offset", "cut"):
            return decoded(path, channels=self.channels)
        files = [self._half_path(folder, number) for number in range(2)]
        if self.kind.reads_on:
            pair = folder / f"pair.{self.kind.extension}"
            pair.write_bytes(b"".join(each.read_bytes() for each in files))
            read = [pair, files[0]]
        else:
            read = files + (files[:1] if joined else [])
        return np.concatenate([decoded(each, channels=self.channels) for each in read], axis=1)

    def _half_path(self, folder: Path, number: int) -> Path:
        return folder / f"half{number}.{self.kind.extension}"

    def _half(self, number: int, path: Path, *more: str) -> Path:
        source = source_of(path.parent, self.channels, number)
        rate = ("-ar", self.kind.rate)
        return_options = (*self.kind.options, *more)
        ffmpeg("-i", source, *rate, "-c:a", self.kind.codec, *return_options, path)
        return path


def source_of(folder: Path, channels: int, number: int) -> Path:
    """A WAV whose samples differ everywhere and between channels."""
    path = folder / f"source-{channels}-{number}.wav"
    if path.exists():
        return path
    sound = chirps(_SECONDS[0] + _SECONDS[1] + 1)[0]
    start = 0 if number == 0 else int(_SECONDS[0] * RATE)
    part = sound[start : start + int(_SECONDS[number] * RATE)]
    layers = [np.roll(part, 997 * n) * (0.9**n) for n in range(channels)]
    raw = folder / f"source-{channels}-{number}.f32"
    raw.write_bytes(np.ascontiguousarray(np.stack(layers).T, np.float32).tobytes())
    form = ("-f", "f32le", "-ar", RATE, "-ch_layout", LAYOUTS[channels])
    ffmpeg(*form, "-i", raw, "-c:a", "pcm_f32le", path)
    raw.unlink()
    return path


def cases() -> Iterator[Case]:
    for kind in KINDS:
        for channels in kind.channels:
            for damage in DAMAGES:
                if damage in ("offset", "jump") and not kind.clock:
                    continue
                yield Case(kind, channels, damage)


def problems_of(case: Case, folder: Path) -> list[str]:
    """Make and read the file of a case; return the differences from the expected samples."""
    path = case.make(folder)
    return problems_of_file(
        path,
        {1: case.expected(folder, path)},
        frames=3 if case.damage == "joined" else 1,
        may_warn=case.damage == "cut",
    )


def problems_of_file(
    path: Path, expected: dict[int, Channels], *, frames: int = 1, may_warn: bool = False
) -> list[str]:
    """How a file differs from the expected samples of its tracks, by their numbers.

    ``frames``: the probed length may differ by so many from the one that is read.
    """
    try:
        info = probe(path)
    except MediaError as error:  # a file that was cut may be refused when FFmpeg gives nothing too
        is_empty = not any(samples.shape[1] for samples in expected.values())
        return [] if is_empty else [f"refused: {error.message}"]
    problems, longest = [], 0
    with AudioReader(path) as reader:
        for number, samples in expected.items():
            mix = Mix.each_channel(reader.structure, number)
            found = reader.read_feeds(0, int(4_000 * sum(_SECONDS)), mix=mix)
            named = f"track {number}: " if number > 1 else ""
            problems += [named + difference for difference in differences(samples, found)]
            longest = max(longest, found.shape[1])
        warnings = [*info.warnings, *reader.warnings]
    if abs(info.duration_ms - longest / 16) > frames * _FRAME_MS:
        problems.append(f"probed {info.duration_ms} ms, read {longest / 16:.0f} ms")
    return problems if may_warn else [*problems, *(f"warns: {warning}" for warning in warnings)]


def differences(expected: Channels, found: Channels) -> list[str]:
    """Samples that are lost, moved or added by more than one frame; empty if there are none."""
    problems = []
    longer_ms = (found.shape[1] - expected.shape[1]) / 16
    if abs(longer_ms) > _FRAME_MS:
        problems.append(f"{longer_ms:+.0f} ms in length")
    if expected.shape[0] != found.shape[0]:
        return [*problems, f"{found.shape[0]} channels of {expected.shape[0]}"]
    for channel in {0, expected.shape[0] - 1}:
        problems += _moved(expected[channel], found[channel], f"channel {channel + 1}")
    return problems


def _moved(expected: Channels, found: Channels, name: str) -> Iterator[str]:
    """Quarters of a second that are not found near their place."""
    size, around = 4_000, _FRAME_MS * 16
    for start in range(around, len(expected) - size + 1, size):
        wanted = expected[start : start + size]
        if _is_silent(wanted):
            continue
        there = found[start - around : start + size + around]
        if _similarity(there, wanted) < 0.8 and not _is_joined(there, wanted):
            yield f"{name}: other sound at {start / 16_000:.1f} s"


def _is_joined(there: Channels, wanted: Channels) -> bool:
    """Whether all but the part with a join is there: what comes after it may be a frame off."""
    parts = np.split(wanted, 4)
    return sum(not _is_silent(part) and _similarity(there, part) < 0.7 for part in parts) <= 1


def _is_silent(sound: Channels) -> bool:
    return float(np.sqrt(np.mean(sound**2))) < 0.01


def _similarity(there: Channels, wanted: Channels) -> float:
    if len(there) < len(wanted):
        return 0.0
    scores = np.correlate(there, wanted, "valid")
    sums = np.concatenate([[0.0], np.cumsum(there.astype(np.float64) ** 2)])
    power = sums[len(wanted) :] - sums[: -len(wanted)]
    return float((scores / np.sqrt(power * np.sum(wanted**2) + 1e-9)).max())
