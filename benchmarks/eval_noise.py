"""Measures word errors without the noise filter, with it, and with `auto`.

    python -m benchmarks.eval_noise --speech DIR [--clips 12] [--json OUT]

Clips are transcribed by Whisper as they are, with pink noise, with music and with eight other
readers behind them; recordings with other faults as they are. Needs the extra ``denoise``.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import jiwer
import numpy as np
from rich.console import Console
from rich.table import Table
from whisper_normalizer.english import EnglishTextNormalizer

from benchmarks.pipeline import transcribed
from benchmarks.planted import written
from benchmarks.processes import begin, processes
from mp4totext.media.decode import AudioReader
from mp4totext.providers.base import Samples
from mp4totext.providers.denoise.table import denoise_missing
from mp4totext.settings import Settings
from mp4totext.transcriptions.steps.denoise import is_noisy

ENGINE = "faster-whisper"
CLIPS = 12
SHORTEST_S = 3  # `auto` does not filter shorter ones
VOICES = 8  # behind the speaker
MUSIC = "nospeech/hungarian_dance.ogg"
NOISES = ("none", "pink 10 dB", "pink 5 dB", "music 5 dB", "babble 8 dB", "babble 5 dB")

_normalise = EnglishTextNormalizer()


@dataclass(frozen=True, slots=True)
class Case:
    noise: str
    file: str
    reference: str
    others: tuple[str, ...] = ()  # clips of other readers


@dataclass(slots=True)
class Score:
    words: int = 0
    without: int = 0  # errors
    filtered: int = 0
    auto: int = 0
    files: int = 0
    chosen: int = 0  # files that `auto` filters

    def add(self, other: "Score") -> None:
        for name in Score.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


def main() -> None:
    options = _options()
    console = Console()
    missing = denoise_missing(Settings())
    if missing is not None:
        console.print(f"The noise filter is not measured: {missing}.")
        return
    measured_cases = list(cases(options.speech, options.clips, options.noises or NOISES))
    with processes() as pool:
        work = partial(measured, folder=options.speech)
        results = begin(pool, work, measured_cases, length=lambda case: len(case.reference))
    scores: dict[str, Score] = {}
    for case, result in zip(measured_cases, results, strict=True):
        scores.setdefault(case.noise, Score()).add(result.result())
    table = Table("noise", "words", "errors without", "with", "auto", "filtered by auto")
    for name, score in scores.items():
        figures = (score.words, score.without, score.filtered, score.auto)
        table.add_row(name, *map(str, figures), f"{score.chosen} of {score.files}")
    console.print(table)
    if options.json:
        rows = {name: {n: getattr(s, n) for n in Score.__slots__} for name, s in scores.items()}
        options.json.write_text(json.dumps(rows, indent=1))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--speech", type=Path, required=True, help="folder with manifest.json")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--clips", type=int, default=CLIPS, help="how many clips are measured")
    parser.add_argument("--noises", nargs="*", choices=NOISES, help="only these")
    return parser.parse_args()


def cases(folder: Path, count: int, noises: Sequence[str]) -> Iterator[Case]:
    rows = json.loads((folder / "manifest.json").read_text())
    clips = [r for r in rows if r["category"] == "clip" and r["duration_s"] > SHORTEST_S]
    by_reader: dict[str, list[dict[str, Any]]] = {}
    for row in clips:
        by_reader.setdefault(row["speaker"], []).append(row)
    # One of each reader in turn.
    turns = [rows[n] for n in range(len(clips)) for rows in by_reader.values() if n < len(rows)]
    for noise in noises:
        for row in turns[:count]:
            others = tuple(r["file"] for r in turns if r["speaker"] != row["speaker"])
            yield Case(noise, row["file"], row["reference_text"], others)
    for row in rows:
        if row["category"] == "hard":
            yield Case(row["file"], row["file"], row["reference_text"])


def measured(case: Case, *, folder: Path) -> Score:
    """Of one recording, in a process of the pool."""
    sound = noisy(case, folder)
    with tempfile.TemporaryDirectory(prefix="mp4totext-noise-") as work:
        path = written(Path(work) / "noisy.wav", sound)
        errors = {
            denoise: _errors(path, case.reference, denoise=denoise) for denoise in ("off", "on")
        }
    chosen = is_noisy(sound)
    return Score(
        words=len(_normalise(case.reference).split()),
        without=errors["off"],
        filtered=errors["on"],
        auto=errors["on" if chosen else "off"],
        files=1,
        chosen=int(chosen),
    )


def _errors(path: Path, reference: str, **options: object) -> int:
    text = transcribed(path, engine=ENGINE, language="en", **options).text
    found = jiwer.process_words(_normalise(reference), _normalise(text) or "∅")
    return found.substitutions + found.deletions + found.insertions


def noisy(case: Case, folder: Path) -> Samples:
    speech = _read(folder / case.file)
    kind, *level = case.noise.split()
    if not case.others or not level:
        return speech
    makers: Mapping[str, Any] = {
        "pink": lambda: _pink(len(speech)),
        "music": lambda: _repeated(_read(folder / MUSIC), len(speech)),
        "babble": lambda: _babble(case, folder, len(speech)),
    }
    added = makers[kind]()
    gain = np.sqrt(np.mean(speech**2) / np.mean(added**2) / 10 ** (float(level[0]) / 10))
    mixed = speech + gain * added
    return np.asarray(mixed * min(1.0, 0.99 / np.abs(mixed).max()), np.float32)


def _babble(case: Case, folder: Path, length: int) -> Samples:
    step = max(1, len(case.others) // VOICES)
    voices = [_read(folder / name) for name in case.others[::step][:VOICES]]
    alike = [_repeated(voice / np.sqrt(np.mean(voice**2)), length) for voice in voices]
    return np.asarray(np.sum(alike, axis=0), np.float32)


def _pink(length: int) -> Samples:
    spectrum = np.fft.rfft(np.random.default_rng(1).standard_normal(length))
    shaped = spectrum / np.sqrt(np.maximum(np.arange(len(spectrum)), 1))
    return np.asarray(np.fft.irfft(shaped, length), np.float32)


def _repeated(sound: Samples, length: int) -> Samples:
    return np.tile(sound, -(-length // len(sound)))[:length]


def _read(path: Path) -> Samples:
    with AudioReader(path) as reader:
        return reader.read(0, 3_600_000)


if __name__ == "__main__":
    main()
