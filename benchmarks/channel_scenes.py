"""Composes calls and meetings from single readers, with the words and times of each channel."""

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mp4totext.media.decode import AudioReader
from mp4totext.media.samples import PER_MS, SAMPLE_RATE

Sound = NDArray[np.float32]

CALL_MS, ROOM_MS = 24_000, 90_000
PEOPLE_MAX = 8
_LEVEL = 0.07  # RMS of every clip
_NOISE = 2e-4
_TURN_MS = 7_700  # clips are used whole, so that their texts match; longer clips are left out
_ALTERED_MS = 11_700  # longer clips are for altered voices, so that no two voices say the same
_RARE_MS = 2_600  # the quiet one of a room says one sentence: 2 to 3 % of the time
_CLIPS_MIN = 3
# Readers whose clips are also resampled to another speed and pitch, which makes further voices.
_ALTERED = (("ls1998", 0.89), ("ls2414", 1.12), ("ls3005", 0.88))


@dataclass(frozen=True, slots=True)
class Clip:
    sound: Sound
    text: str

    @property
    def length_ms(self) -> int:
        return len(self.sound) // PER_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One sentence of a person, with its place in the recording."""

    person: int
    start_ms: int
    end_ms: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    name: str
    said: tuple[Said, ...]
    clean: tuple[Sound, ...]  # one track a person, with nobody else in it
    heard: tuple[Sound, ...]  # the same with an echo, or with the others in the room

    @property
    def people(self) -> int:
        return len(self.clean)


def voices(speech: Path) -> dict[str, list[Clip]]:
    """The clips of each reader of ``speech/pool.json``, and of altered voices, at one level."""
    clips: dict[str, list[Clip]] = {}
    for row in json.loads((speech / "pool.json").read_text()):
        if row["kind"] == "clip":
            with AudioReader(speech / row["file"]) as reader:
                sound = reader.read(0, 30_000)
            level = float(np.sqrt(np.mean(sound**2))) or 1.0
            clips.setdefault(row["speaker"], []).append(
                Clip(sound * np.float32(_LEVEL / level), row["text"])
            )
    altered = {
        f"{name} x {speed}": _up_to(_ALTERED_MS, (_played(c, speed) for c in longer))
        for name, speed in _ALTERED
        if (longer := [c for c in clips.get(name, ()) if c.length_ms > _TURN_MS])
    }
    plain = {name: _up_to(_TURN_MS, own) for name, own in clips.items()}
    return {name: own for name, own in (plain | altered).items() if len(own) >= _CLIPS_MIN}


def _up_to(longest_ms: int, clips: Iterable[Clip]) -> list[Clip]:
    return [clip for clip in clips if clip.length_ms <= longest_ms]


def _played(clip: Clip, speed: float) -> Clip:
    places = np.arange(int(len(clip.sound) / speed)) * speed
    return Clip(_at(places, clip.sound).astype(np.float32), clip.text)


def _at(places: NDArray[np.floating], sound: Sound) -> NDArray[np.float64]:
    """A sound at places between its samples; silence outside."""
    size = 1 << len(sound).bit_length()  # for which the Fourier transform is fast
    finer = np.fft.irfft(np.fft.rfft(sound, size), 8 * size) * 8
    return np.asarray(np.interp(places * 8, np.arange(len(finer)), finer, left=0.0, right=0.0))


def call(number: int, readers: dict[str, list[Clip]]) -> Scene:
    """A call in which the microphone of one or both sides picks up the other's loudspeaker."""
    chance = random.Random(number)  # noqa: S311  the same calls each time
    names = chance.sample(sorted(n for n in readers if " x " not in n), 2)
    said, clean = _conversation(chance, [readers[name] for name in names], CALL_MS)
    heard, told = _echoed(chance, clean)
    return Scene(name=f"call {number} ({told})", said=said, clean=clean, heard=heard)


def room(number: int, readers: dict[str, list[Clip]]) -> Scene:
    """A meeting of one to eight people with a microphone each, one of whom says one sentence."""
    chance = random.Random(1_000 + number)  # noqa: S311
    own = sorted(name for name in readers if " x " not in name)
    altered = sorted(name for name in readers if " x " in name)
    chance.shuffle(own)
    chance.shuffle(altered)
    count = min(1 + number % PEOPLE_MAX, len(readers))
    rare, *talkers = (own + altered)[:count]
    people = [readers[name] for name in talkers or [rare]]
    if talkers:
        people.append(_up_to(_RARE_MS, readers[rare]) or readers[rare][:1])
    said, clean = _conversation(chance, people, ROOM_MS, rare=bool(talkers))
    heard = _leaking(chance, clean)
    return Scene(name=f"room {number} of {count}", said=said, clean=clean, heard=heard)


def _conversation(
    chance: random.Random, people: Sequence[Sequence[Clip]], length_ms: int, *, rare: bool = False
) -> tuple[tuple[Said, ...], tuple[Sound, ...]]:
    """Turns with occasional interruptions. The last person says one sentence if ``rare``.

    Sentences are repeated only when all were said.
    """
    turns = _turns(chance, len(people) - rare)
    if rare:
        turns[chance.randrange(2, 8)] = len(people) - 1
    queues = [chance.sample(own, len(own)) * len(turns) for own in people]
    tracks = [np.zeros(length_ms * PER_MS, np.float32) for _ in people]
    said: list[Said] = []
    at_ms = 0
    for before, person in zip([None, *turns], turns, strict=False):
        cuts_in = before is not None and before != person and chance.random() < 0.15
        if before is not None:
            at_ms += round(
                1_000 * (chance.uniform(-0.6, 0) if cuts_in else chance.uniform(0.2, 0.9))
            )
        clip = queues[person].pop(0)
        end_ms = at_ms + clip.length_ms
        if end_ms > length_ms:
            break
        part = slice(at_ms * PER_MS, at_ms * PER_MS + len(clip.sound))
        room_for = tracks[person][part]
        room_for += clip.sound[: len(room_for)]
        said.append(Said(person=person, start_ms=at_ms, end_ms=end_ms, text=clip.text))
        at_ms = end_ms
    noise = np.random.default_rng(chance.randrange(1 << 30))
    return tuple(said), tuple(
        t + (noise.standard_normal(len(t)) * _NOISE).astype(np.float32) for t in tracks
    )


def _turns(chance: random.Random, people: int) -> list[int]:
    """The order of 100 turns or more: each person once, then at random."""
    turns = chance.sample(range(people), people)
    while len(turns) < 100:
        turns.append((turns[-1] + chance.randrange(1, max(2, people))) % people)
    return turns


def _echoed(chance: random.Random, sides: tuple[Sound, ...]) -> tuple[tuple[Sound, ...], str]:
    """Add echoes, 20 to 400 ms late and 1 to 12 dB quieter; one clock in four drifts."""
    heard, told = [side.copy() for side in sides], []
    for into in chance.choice(((0,), (1,), (0, 1))):
        delay_ms, gain_db = chance.uniform(20, 400), chance.uniform(-12, -1)
        drift = chance.choice((0.0, 0.0, 0.0, chance.uniform(-5e-4, 5e-4)))
        late = _at(np.arange(len(sides[0])) * (1 - drift) - delay_ms * PER_MS, sides[1 - into])
        heard[into] += (late * 10 ** (gain_db / 20)).astype(np.float32)
        told.append(f"in {into + 1}: {delay_ms:.0f} ms {gain_db:.1f} dB {drift * 1e6:.0f} ppm")
    return tuple(heard), "; ".join(told)


def _leaking(chance: random.Random, tracks: tuple[Sound, ...]) -> tuple[Sound, ...]:
    """Add the other people to each microphone, delayed by distance and 15 to 30 dB quieter."""
    heard = []
    for own, track in enumerate(tracks):
        sound = track.copy()
        for other in (track for n, track in enumerate(tracks) if n != own):
            lag = chance.randrange(SAMPLE_RATE // 800, SAMPLE_RATE // 80)
            sound[lag:] += other[:-lag] * np.float32(10 ** (chance.uniform(-30, -15) / 20))
        heard.append(sound)
    return tuple(heard)
