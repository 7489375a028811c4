"""Fetches the recording, chooses the channels to transcribe, and cuts it into windows at pauses."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mp4totext.kit.storage import Storage
from mp4totext.media.choice import SourceOptions, choose
from mp4totext.media.decode import AudioReader
from mp4totext.media.level import levelled
from mp4totext.media.sources import Mix
from mp4totext.media.structure import Structure
from mp4totext.media.survey import Report, survey
from mp4totext.media.windows import Window, longest_pause
from mp4totext.providers.base import SAMPLE_RATE, Samples
from mp4totext.providers.vad import Vad, regions
from mp4totext.transcript import Source, Transcript

# Two minutes: memory is constant, a killed job loses little, and several processes share a
# recording evenly. A cut is in the longest pause of the last thirty seconds.
WINDOW_MS = 120_000
SEARCH_MS = 30_000


def fetch(storage: Storage, media_key: str, workdir: Path) -> Path:
    """The recording as a local file; a local storage is read directly."""
    return storage.fetch(media_key, workdir / "media")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A checkpoint: the structure of the file, and the channels that are transcribed."""

    structure: Structure
    mix: Mix
    sources: tuple[Source, ...]
    warnings: tuple[str, ...]

    def open(self, path: Path) -> AudioReader:
        return AudioReader(path, mix=self.mix, structure=self.structure)


def prepare(path: Path, options: SourceOptions, report: Report) -> Prepared:
    """Decode the recording once. Raises a MediaError. ``report``: gets the milliseconds done."""
    with AudioReader(path) as reader:
        seen = survey(reader, Vad().probabilities, report)
        choice = choose(reader.structure, seen, options)
        return Prepared(
            structure=reader.structure,
            mix=choice.mix,
            sources=choice.sources,
            warnings=(*reader.structure.warnings, *choice.warnings, *seen.warnings),
        )


def open_transcribed(path: Path, transcript: Transcript) -> AudioReader:
    """Open the recording with the channels that were transcribed."""
    return AudioReader(path, mix=Mix.of(transcript.sources))


def windows(reader: AudioReader, duration_ms: int) -> Iterator[Window]:
    """Windows that tile the recording; only parts that may contain a cut are read."""
    vad = Vad()
    start = 0
    while duration_ms - start > WINDOW_MS:
        low, high = start + WINDOW_MS - SEARCH_MS, start + WINDOW_MS
        cut = cut_in(reader.read(low, high), low, vad=vad)
        yield Window(start, cut)
        start = cut
    yield Window(start, duration_ms)


def cut_in(samples: Samples, low: int, *, vad: Vad) -> int:
    """The end of a window in the recording's time: in the longest pause of its last part.

    ``samples`` are that part, from ``low`` on.
    """
    sound = levelled(samples)
    high = low + len(sound) * 1000 // SAMPLE_RATE
    speech = regions(vad.probabilities(sound), length_ms=high - low)
    spans = [(low + region.start_ms, low + region.end_ms) for region in speech]
    return longest_pause(spans, low, high)
