"""Calls with an echo and rooms with a microphone each: are all words there, and each only once?

    python -m benchmarks.eval_channels --speech DIR [--calls 300] [--rooms 50] [--first N]

Both are composed from the single readers of ``DIR/pool.json``. Each voice is compared with what the
same engine writes of it alone. The engine writes other words when a sound is shifted by 7 ms, so
it hears each voice alone twice: words are lost or doubled when they are so against both, and
``engine alone`` says how far the two differ from each other.

Ends with status 1 when more than SHARE_MAX of the words are lost or doubled, or when the speakers
of a room are not its people.
"""

import argparse
import json
import random
import sys
import tempfile
import wave
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import jiwer
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from whisper_normalizer.english import EnglishTextNormalizer

from mp4totext.media.choice import ANYTHING
from mp4totext.media.decode import AudioReader
from mp4totext.media.samples import SAMPLE_RATE
from mp4totext.providers.base import no_report
from mp4totext.providers.speech.base import SpeechOptions, SpeechRequest
from mp4totext.providers.speech.moonshine import Moonshine
from mp4totext.settings import Settings
from mp4totext.transcript import Transcript
from mp4totext.transcriptions.steps import per_channel, prepare, transcribe_windows

Sound = NDArray[np.float32]

_NAMES = ("calls", "calls, engine alone", "rooms", "rooms, engine alone")
ENGLISH = SpeechOptions(language="en")
_normalise = EnglishTextNormalizer()
_CALL_S, _ROOM_S = 24, 90
SHARE_MAX = 0.005
_SHIFT = 7 * SAMPLE_RATE // 1_000
_RARE_S = 2.0  # what the quiet one of a room says


@dataclass
class Tally:
    """Words of recordings, against the same without what makes them hard."""

    words: int = 0
    lost: int = 0
    doubled: int = 0
    changed: int = 0
    worst: list[str] = field(default_factory=list)

    def add(self, expected: Sequence[str], found: str, name: str) -> None:
        """Against the nearest of what may be expected."""
        if not all(expected):
            self.doubled += len(found.split())
            return
        pairs = [(text, jiwer.process_words(text, found or "∅")) for text in expected]
        nearest, compared = min(pairs, key=lambda p: p[1].deletions + p[1].insertions)
        self.words += len(nearest.split())
        self.lost += compared.deletions
        self.doubled += compared.insertions
        self.changed += compared.substitutions
        if compared.deletions + compared.insertions > 2:
            self.worst.append(f"{name}: {nearest!r} -> {found!r}")

    def share(self, what: int) -> float:
        return what / max(self.words, 1)


@dataclass(frozen=True, slots=True)
class Clip:
    speaker: str
    sound: Sound


def clips(speech: Path) -> dict[str, list[Clip]]:
    """By reader; at one level."""
    found: dict[str, list[Clip]] = {}
    for row in json.loads((speech / "pool.json").read_text()):
        if row["kind"] != "clip":
            continue
        with AudioReader(speech / row["file"]) as reader:
            sound = reader.read(0, 30_000)
        level = float(np.sqrt(np.mean(sound**2))) or 1.0
        found.setdefault(row["speaker"], []).append(Clip(row["speaker"], sound * (0.07 / level)))
    return {speaker: own for speaker, own in found.items() if len(own) >= 4}


def conversation(chance: random.Random, people: list[list[Clip]], seconds: float) -> list[Sound]:
    """One track a person: they take turns, and now and then somebody cuts in."""
    length = int(seconds * SAMPLE_RATE)
    tracks = [np.zeros(length, np.float32) for _ in people]
    at, turn = 0, 0
    while at < length:
        own = chance.choice(people[turn % len(people)]).sound
        own = own[: int(chance.uniform(2.0, 6.0) * SAMPLE_RATE)]
        if at + len(own) > length:
            break
        tracks[turn % len(people)][at : at + len(own)] += own
        gap = chance.uniform(-0.6, 0.0) if chance.random() < 0.15 else chance.uniform(0.2, 0.9)
        at += len(own) + int(gap * SAMPLE_RATE)
        turn += chance.randrange(1, max(2, len(people)))
    noise = np.random.default_rng(chance.randrange(1 << 30))
    return [t + (noise.standard_normal(length) * 2e-4).astype(np.float32) for t in tracks]


def echoed(chance: random.Random, sides: list[Sound]) -> tuple[list[Sound], str]:
    """Each side, or one of them, also has the other, later and quieter; clocks may drift."""
    ways = chance.choice(((0,), (1,), (0, 1)))
    heard = [side.copy() for side in sides]
    told = []
    for way in ways:
        delay_ms, gain_db = chance.uniform(20, 400), chance.uniform(-12, -1)
        drift = chance.choice((0.0, 0.0, 0.0, chance.uniform(-5e-4, 5e-4)))
        times = np.arange(len(sides[0])) * (1 - drift) - delay_ms * SAMPLE_RATE / 1_000
        late = np.interp(times, np.arange(len(sides[0])), sides[1 - way], left=0.0, right=0.0)
        heard[way] += (late * 10 ** (gain_db / 20)).astype(np.float32)
        told.append(f"{way + 1}: {delay_ms:.0f} ms {gain_db:.1f} dB drift {drift * 1e6:.0f} ppm")
    return heard, "; ".join(told)


def transcribed(folder: Path, tracks: list[Sound], engine: Moonshine) -> Transcript:
    path = folder / "call.wav"
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
    found = transcribe_windows.assembled(
        results,
        duration_ms=prepared.structure.length_ms,
        engine="moonshine",
        asked_language="en",
    )
    return found if prepared.mix.apart else per_channel.without_speakers(found)


def by_feed(transcript: Transcript) -> dict[str, str]:
    """The words of each feed; of a recording with one, all under the empty name."""
    words: dict[str, list[str]] = {}
    for segment in transcript.segments:
        words.setdefault(segment.speaker or "", []).append(segment.text)
    return {name: _normalise(" ".join(texts)) for name, texts in words.items()}


def calls(speech: Path, count: int, engine: Moonshine, first: int = 0) -> tuple[Tally, Tally]:
    """(the pipeline, the engine alone)"""
    readers = sorted(clips(speech).items())
    tally, variation = Tally(), Tally()
    for number in range(first, first + count):
        chance = random.Random(number)  # noqa: S311  the same calls each time
        people = [own for _, own in chance.sample(readers, 2)]
        sides = conversation(chance, people, _CALL_S)
        echo, told = echoed(chance, sides)
        with tempfile.TemporaryDirectory() as name:
            words = by_feed(transcribed(Path(name), echo, engine))
        _compare(words, sides, engine, f"call {number} {told}", tally, variation)
        _tell(f"call {number}", tally)
    return tally, variation


def _compare(
    words: dict[str, str],
    tracks: list[Sound],
    engine: Moonshine,
    name: str,
    tally: Tally,
    variation: Tally,
) -> list[str]:
    """What the engine hears of each alone: of some sentences it hears nothing."""
    heard_alone = []
    for feed, track in enumerate(tracks, 1):
        alone, shifted = _alone(track, engine), _alone(track[_SHIFT:], engine)
        variation.add((alone,), shifted, f"{name} [{feed}] alone")
        found = words.pop(str(feed) if len(tracks) > 1 else "", "")
        tally.add((alone, shifted), found, f"{name} [{feed}]")
        heard_alone.append(alone)
    tally.doubled += sum(len(text.split()) for text in words.values())  # of feeds that nobody has
    return heard_alone


def rooms(
    speech: Path, count: int, engine: Moonshine, first: int = 0
) -> tuple[Tally, Tally, Counter[str]]:
    """One to eight people with a microphone each; one of them speaks two seconds in all."""
    readers = sorted(clips(speech).items())
    tally, variation, told = Tally(), Tally(), Counter[str]()
    for number in range(first, first + count):
        chance = random.Random(1_000 + number)  # noqa: S311
        people = [own for _, own in chance.sample(readers, min(1 + number % 8, len(readers)))]
        tracks = _room(chance, people)
        with tempfile.TemporaryDirectory() as name:
            found = transcribed(Path(name), _leaking(chance, tracks), engine)
        words = by_feed(found)
        speakers = set(words)
        alone = _compare(words, tracks, engine, f"room {number} of {len(people)}", tally, variation)
        names = {str(n) if len(tracks) > 1 else "" for n, text in enumerate(alone, 1) if text}
        told["speakers are the people"] += speakers == names
        told["people"] += len(names)
        told["people without a word"] += len(names - speakers)
        _tell(f"room {number} of {len(people)}", tally)
    return tally, variation, told


def _room(chance: random.Random, people: list[list[Clip]]) -> list[Sound]:
    talkers = people[:-1] or people
    tracks = conversation(chance, talkers, _ROOM_S)
    if len(people) > 1:
        rare = np.zeros_like(tracks[0])
        sentence = chance.choice(people[-1]).sound[: int(_RARE_S * SAMPLE_RATE)]
        at = chance.randrange(len(rare) - len(sentence))
        for track in tracks:
            track[at : at + len(sentence)] *= 0.01  # the others listen
        rare[at : at + len(sentence)] = sentence
        tracks.append(rare + tracks[0][::-1] * 0)
    return tracks


def _leaking(chance: random.Random, tracks: list[Sound]) -> list[Sound]:
    """Microphones in one room: each hears the others, later by their distance and quieter."""
    heard = []
    for n, own in enumerate(tracks):
        sound = own.copy()
        for m, other in enumerate(tracks):
            if m != n:
                lag = chance.randrange(20, 200)
                sound[lag:] += other[:-lag] * np.float32(10 ** (chance.uniform(-30, -15) / 20))
        heard.append(sound)
    return heard


def _alone(track: Sound, engine: Moonshine) -> str:
    result = engine.transcribe(SpeechRequest(samples=track, options=ENGLISH), no_report)
    return str(_normalise(" ".join(s.text for s in result.segments)))


def _tell(name: str, tally: Tally) -> None:
    """How it stands, as all of it takes an hour."""
    sys.stderr.write(f"{name}: {tally.lost} lost, {tally.doubled} doubled of {tally.words}\n")


def failures(tallies: Mapping[str, Tally], told: Counter[str], room_count: int) -> Iterator[str]:
    """What is not as it should be."""
    for name in ("calls", "rooms"):
        for what in ("lost", "doubled"):
            share = tallies[name].share(getattr(tallies[name], what))
            if share > SHARE_MAX:
                yield f"{share:.2%} of the words of {name} are {what}"
    if (others := room_count - told["speakers are the people"]) > 0:
        yield f"in {others} rooms the speakers are not the people"


def figures(tally: Tally) -> dict[str, float]:
    shares = {name: tally.share(getattr(tally, name)) for name in ("lost", "doubled", "changed")}
    return {"words": tally.words} | {name: round(share, 5) for name, share in shares.items()}


def _report(name: str, tally: Tally) -> Iterator[str]:
    yield f"{name}: {figures(tally)}"
    yield from (f"  {line}" for line in tally.worst[:40])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--speech", type=Path, required=True, help="folder with pool.json")
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--first", type=int, default=0, help="number of the first")
    parser.add_argument("--rooms", type=int, default=50)
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    engine = Moonshine(cache_dir=Settings().models_dir)
    call = calls(options.speech, options.calls, engine, options.first)
    *room, told = rooms(options.speech, options.rooms, engine, options.first)
    tallies = dict(zip(_NAMES, (*call, *room), strict=True))
    for line in (line for name, tally in tallies.items() for line in _report(name, tally)):
        Console().print(line, soft_wrap=True, markup=False, highlight=False)
    Console().print(f"rooms: {dict(told)}")
    if options.json:
        found = {name: figures(tally) for name, tally in tallies.items()} | {"people": dict(told)}
        options.json.write_text(json.dumps(found, indent=1))
    wrong = list(failures(tallies, told, options.rooms))
    for line in wrong:
        Console().print(line, markup=False, highlight=False)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
