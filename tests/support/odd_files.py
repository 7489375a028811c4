"""Files as phones, recorders and programs write them, all with the same two sentences.

Each has the file name of its source. Files that FFmpeg can write are in ``odd_files.toml``, others
(DSD, Dahua, NIST, damage) in ``odd_bytes``.
"""

import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from mp4totext.media.probe import probe
from tests.support import odd_bytes
from tests.support.ffmpeg import decoded, ffmpeg, program
from tests.support.media_matrix import problems_of_file
from tests.support.two_reader_recordings import cities, wav
from tests.support.voice_recordings import silence

WORDS = (
    "it was the best of times it was the worst of times "
    "we had everything before us we had nothing before us"
)
# Silence that FFmpeg leaves out where it decodes the sound alone: (from, length in ms).
SILENCE_MS = {
    "Meeting Recording.mp4": (0, 1_500),
    "Besprechung, später.mp4": (0, 3_000),
    "dashcam with a gap.ts": (4_475, 2_000),
    "dashcam with a gap.mp4": (4_475, 2_000),
}
PADDED_MS = {"server.gxf": 482}  # in the last packet
FFMPEG_CANNOT = {
    "amiga.wav",
    "chapters.MP4",
    "no clock.m4a",
    "swapped.webm",
    "swapped.mp4",
}  # read all of them
LENGTH_MS = 8_400  # of all others

_GROUPS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_SHORT = _GROUPS.pop("words")


@dataclass(frozen=True, slots=True)
class OddFile:
    group: str
    name: str

    @property
    def length_ms(self) -> int:
        silence_ms = SILENCE_MS.get(self.name, (0, 0))[1]
        return LENGTH_MS + silence_ms + PADDED_MS.get(self.name, 0)

    def make(self, sources: Path, folder: Path) -> Path:
        """``sources``: what ``write_sources`` wrote. Raises RuntimeError with FFmpeg's words."""
        path = folder / self.name
        if self.group == "bytes":
            odd_bytes.FILES[self.name](sources, path)
        else:
            _write(sources, path, _GROUPS[self.group][self.name].format(**_SHORT))
        return path


def problems_of_odd_file(odd: OddFile, sources: Path, folder: Path) -> list[str]:
    """Make a file; return the differences of all its tracks from what FFmpeg decodes."""
    path = odd.make(sources, folder)
    from_ms, silence_ms = SILENCE_MS.get(odd.name, (0, 0))
    same = sources / "voice.wav" if odd.name in FFMPEG_CANNOT else path
    expected = {}
    for track in probe(path).structure.tracks:
        if track.readable:
            heard = decoded(same, track=track.number - 1, channels=track.channels)
            pause = np.zeros((track.channels, silence_ms * 16), np.float32)
            at = from_ms * 16
            expected[track.number] = np.concatenate([heard[:, :at], pause, heard[:, at:]], axis=1)
    return problems_of_file(path, expected)


def every() -> Iterator[OddFile]:
    for group, files in _GROUPS.items():
        yield from (OddFile(group, name) for name in files)
    yield from (OddFile("bytes", name) for name in odd_bytes.FILES)


@pytest.fixture(scope="session")
def odd_sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("odd")
    write_sources(folder)
    return folder


def write_sources(folder: Path) -> None:
    pause = silence(0.35)
    spoken = np.concatenate([pause, cities(0.9, 4.85), pause, cities(20.95, 24.35), pause])
    (folder / "voice.wav").write_bytes(wav(spoken))
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x64", "-frames:v", 1, folder / "cover.png")
    (folder / "captions.srt").write_text("1\n00:00:01,000 --> 00:00:03,000\nSomething else\n")
    chapter = "[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=4000\ntitle=One\n"
    (folder / "chapters.txt").write_text(f";FFMETADATA1\n{chapter}")


def _write(sources: Path, path: Path, options: str) -> None:
    arguments, _, piped = options.partition(" | ")
    command = [program(), "-y", "-v", "error", "-nostdin", *shlex.split(arguments)]
    command += ["-f", piped, "-"] if piped else [f"file:{path}"]
    done = subprocess.run(command, cwd=sources, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{path.name}: {done.stderr.decode(errors='replace')[-800:]}")
    if piped:
        path.write_bytes(done.stdout)
