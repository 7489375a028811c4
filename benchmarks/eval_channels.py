"""Measures lost and duplicated words in calls with an echo, and in rooms with several microphones.

    python -m benchmarks.eval_channels --speech DIR [--calls 300] [--rooms 50] [--first N]

Both are composed from the single readers of ``DIR/pool.json``, and compared with what the same
pipeline writes of the same people without the echo, or without the others in the room
(``channel_scoring`` says how). That is done twice, the second time 7 ms later, which changes what
an engine makes of a word: lost is what both have.

``--keep`` remembers what the engine wrote of a sound, by its samples, so that a second run costs
only what has changed. Ends with status 1 when more than SHARE_MAX of the words are lost or
doubled, or when the speakers of a room are not its people.
"""

import argparse
import json
import sys
import tempfile
import wave
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter
from rich.console import Console

from benchmarks.channel_scenes import Scene, Sound, call, room, voices
from benchmarks.channel_scoring import Score, score
from mp4totext.media.choice import ANYTHING
from mp4totext.media.samples import PER_MS, SAMPLE_RATE
from mp4totext.providers.base import Report, no_report
from mp4totext.providers.speech.base import (
    SpeechOptions,
    SpeechRequest,
    SpeechResult,
    SpeechToText,
)
from mp4totext.providers.speech.moonshine import Moonshine
from mp4totext.settings import Settings
from mp4totext.transcript import Word
from mp4totext.transcriptions.steps import prepare, transcribe_windows

ENGLISH = SpeechOptions(language="en")
SHARE_MAX = 0.005
_SHIFT = 7 * PER_MS
_RESULT = TypeAdapter(SpeechResult)

Written = Mapping[int, Sequence[Word]]  # by channel, from 0; of a mix of several: by the first


@dataclass
class Tally:
    """Words of all scenes of a kind, and what became of them."""

    words: int = 0
    lost: int = 0
    doubled: int = 0
    added: int = 0
    missing_clean: int = 0
    added_clean: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, name: str, found: Score, clean: Sequence[Score]) -> None:
        lost = found.missing - frozenset[tuple[int, int]]().union(*(s.missing for s in clean))
        self.words += found.words
        self.lost += len(lost)
        self.doubled += len(found.doubled)
        self.added += len(found.added)
        self.missing_clean += len(clean[0].missing)
        self.added_clean += len(clean[0].added) + len(clean[0].doubled)
        if lost or found.doubled:
            self.examples.append(
                f"{name}: lost {sorted(lost)}, doubled {' '.join(found.doubled)!r}"
            )

    def share(self, count: int) -> float:
        return count / max(self.words, 1)


@dataclass
class Speakers:
    """Of rooms: who has words without the others should be a speaker, and nobody else."""

    rooms: int = 0
    right: int = 0
    people: int = 0
    without_word: int = 0

    def add(self, found: Written, clean: Sequence[Written]) -> None:
        people = {channel for channel in clean[0] if all(written.get(channel) for written in clean)}
        speakers = {channel for channel, words in found.items() if words}
        self.rooms += 1
        self.right += people <= speakers <= set().union(*clean)
        self.people += len(people)
        self.without_word += len(people - speakers)


class RememberingEngine:
    """Moonshine, whose results are kept in a folder by what it was given."""

    def __init__(self, engine: SpeechToText, folder: Path) -> None:
        self._engine = engine
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def transcribe(self, request: SpeechRequest, report: Report) -> SpeechResult:
        about = f"{request.offset_ms} {request.options}".encode()
        path = self._folder / sha256(request.samples.tobytes() + about).hexdigest()
        if not path.exists():
            path.write_bytes(_RESULT.dump_json(self._engine.transcribe(request, report)))
        return _RESULT.validate_json(path.read_bytes())


def written_of(tracks: Sequence[Sound], engine: SpeechToText) -> Written:
    """What the pipeline of a job writes of a recording with these channels."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "call.wav"
        with wave.open(str(path), "wb") as file:
            file.setnchannels(len(tracks))
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE)
            samples = np.clip(np.stack(tracks).T, -1.0, 1.0) * 32_767
            file.writeframes(samples.astype("<i2").tobytes())
        prepared = prepare.prepare(path, ANYTHING, no_report)
        with prepared.open(path) as reader:
            windows = list(prepare.windows(reader, prepared.structure.length_ms))
        results = [
            transcribe_windows.transcribe_window(
                engine,
                path,
                prepared=prepared,
                request=SpeechRequest(
                    samples=transcribe_windows.NO_SAMPLES, offset_ms=w.start_ms, options=ENGLISH
                ),
                end_ms=w.end_ms,
                report=no_report,
            )
            for w in windows
        ]
    channels = {
        str(source.signal): source.channel - 1
        for source in sorted(prepared.sources, key=lambda source: abs(source.weight))
    }
    written: dict[int, list[Word]] = {}
    for segment in (segment for result in results for segment in result.segments):
        written.setdefault(channels[segment.speaker or "1"], []).extend(segment.words)
    return {channel: sorted(w, key=lambda w: w.start_ms) for channel, w in written.items()}


def measure(
    scenes: Iterator[Scene], engine: SpeechToText, *, show: bool = False
) -> tuple[Tally, Speakers]:
    tally, speakers = Tally(), Speakers()
    for scene in scenes:
        found = written_of(scene.heard, engine)
        clean = [written_of(scene.clean, engine)]
        clean.append(written_of([track[_SHIFT:] for track in scene.clean], engine))
        for person in range(scene.people):
            scores = [score(w.get(person, ()), scene.said, person) for w in (found, *clean)]
            tally.add(f"{scene.name} [{person + 1}]", scores[0], scores[1:])
        speakers.add(found, clean)
        sys.stderr.write(
            f"{scene.name}: {tally.lost} lost, {tally.doubled} doubled, {tally.added} added "
            f"({tally.added_clean}) of {tally.words}\n"
        )
        if show:
            for line in _shown(scene, found):
                sys.stderr.write(f"  {line}\n")
    return tally, speakers


def _shown(scene: Scene, found: Written) -> Iterator[str]:
    """What was said and what was written, channel by channel."""
    for person in range(scene.people):
        said = " | ".join(s.text for s in scene.said if s.person == person)
        yield f"{person + 1} said:  {said}"
        yield f"{person + 1} wrote: {' '.join(w.text for w in found.get(person, ()))}"


def failures(calls: Tally, rooms: Tally, speakers: Speakers) -> Iterator[str]:
    """What is not as it should be."""
    for name, tally in (("calls", calls), ("rooms", rooms)):
        for what, count in (("lost", tally.lost), ("doubled", tally.doubled)):
            if (share := tally.share(count)) > SHARE_MAX:
                yield f"{share:.2%} of the words of {name} are {what}"
    if (others := speakers.rooms - speakers.right) > 0:
        yield f"in {others} rooms the speakers are not the people"


def figures(tally: Tally) -> dict[str, float]:
    names = ("lost", "doubled", "added", "missing_clean", "added_clean")
    return {"words": tally.words} | {
        name: round(tally.share(getattr(tally, name)), 5) for name in names
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--speech", type=Path, required=True, help="folder with pool.json")
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--first", type=int, default=0, help="number of the first")
    parser.add_argument("--rooms", type=int, default=50)
    parser.add_argument("--keep", type=Path, help="folder for what the engine wrote")
    parser.add_argument("--show", action="store_true", help="print what was said and written")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    engine: SpeechToText = Moonshine(cache_dir=Settings().models_dir)
    if options.keep:
        engine = RememberingEngine(engine, options.keep)
    readers = voices(options.speech)
    numbers = [range(options.first, options.first + n) for n in (options.calls, options.rooms)]
    calls, _ = measure((call(n, readers) for n in numbers[0]), engine, show=options.show)
    rooms, speakers = measure((room(n, readers) for n in numbers[1]), engine, show=options.show)
    console = Console(soft_wrap=True, markup=False, highlight=False)
    for name, tally in (("calls", calls), ("rooms", rooms)):
        console.print(f"{name}: {figures(tally)}", *tally.examples[:40], sep="\n  ")
    console.print(speakers)
    if options.json:
        found = {"calls": figures(calls), "rooms": figures(rooms), "speakers": vars(speakers)}
        options.json.write_text(json.dumps(found, indent=1))
    wrong = list(failures(calls, rooms, speakers))
    console.print(*wrong, sep="\n")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
