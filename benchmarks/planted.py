"""Looks for what long recordings may lose: passages at the seams of windows, and short answers.

Recordings are composed of real speech: ``DIR/pool.json`` lists ``{file, text, start?, end?}``.
Short answers are spoken by flite, where that is installed.
"""

import json
import shutil
import subprocess
import tempfile
import wave
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from functools import partial
from pathlib import Path
from random import Random

import numpy as np
from whisper_normalizer.english import EnglishTextNormalizer

from benchmarks.pipeline import transcribed
from mp4totext.media.decode import AudioReader
from mp4totext.providers.base import SAMPLE_RATE, Samples
from mp4totext.transcript import Transcript
from mp4totext.transcriptions.steps import prepare

SEAM_MINUTES = 30
NEAR_SEAM_MS = 4_000
ROUND_MS = 1_000  # around a passage, its words are searched
LOST_SHARE = 0.5  # of the words that the same passage gives elsewhere
ENOUGH_SHARE = 0.7  # of a passage's words, whatever they are
LOUD_SHARE = 0.6
FIRST_WORDS = 3  # two of them must be in the transcript
ANSWERS = 50
NOTHING_MINUTES = 10
_PER_MS = SAMPLE_RATE // 1_000
_VOICES = ("slt", "rms", "awb")

_normalise = EnglishTextNormalizer()


@dataclass(frozen=True, slots=True)
class Passage:
    start_ms: int
    end_ms: int
    text: str
    voice_ms: int = 0  # where its voice begins


@dataclass(frozen=True, slots=True)
class Seams:
    seams: int
    passages: int  # beside a seam
    missing: list[str]
    doubled: list[str]
    starts_ms: list[float | None]  # how far first words are from their voice, by thirds: medians


def begin(pool: Executor, folder: Path) -> dict[str, Future[object]]:
    """What the report says of each part, as JSON; the longest first."""
    return {name: pool.submit(_measure, name, folder) for name in PARTS}


def _measure(name: str, folder: Path) -> object:
    with tempfile.TemporaryDirectory(prefix="mp4totext-planted-") as work:
        return PARTS[name](folder, Path(work))


def seams(folder: Path, work: Path, *, seed: int) -> dict[str, object]:
    """Speech with hardly a pause, so that every cut has a passage close on both sides."""
    samples, placed = composed(folder, minutes=SEAM_MINUTES, seed=seed)
    path = written(work / "seams.wav", samples)
    with AudioReader(path) as reader:
        windows = list(prepare.windows(reader, len(samples) // _PER_MS))
    cuts = [window.end_ms for window in windows[:-1]]
    return asdict(judged(placed, cuts, transcribed(path, language="en")))


def composed(folder: Path, *, minutes: float, seed: int) -> tuple[Samples, list[Passage]]:
    """Utterances of all readers in random order, 0.1 to 0.4 s apart, over faint noise."""
    random = Random(seed)  # noqa: S311  to be the same every time
    pool = json.loads((folder / "pool.json").read_text())
    pieces: list[Samples] = []
    placed: list[Passage] = []
    at_ms = 0
    while at_ms < minutes * 60_000:
        for clip in random.sample(pool, len(pool)):
            pause = np.zeros(random.randint(100, 400) * _PER_MS, np.float32)
            voice = _clip(folder, clip)
            start_ms = at_ms + len(pause) // _PER_MS
            at_ms = start_ms + len(voice) // _PER_MS
            pieces += [pause, voice]
            placed.append(Passage(start_ms, at_ms, clip["text"], start_ms + _voice_ms(voice)))
            if at_ms >= minutes * 60_000:
                break
    samples = np.concatenate(pieces)
    noise = np.random.default_rng(seed).standard_normal(len(samples)) * 5e-4
    return (samples + noise).astype(np.float32), placed


def _clip(folder: Path, clip: dict[str, object]) -> Samples:
    with AudioReader(folder / str(clip["file"])) as reader:
        start_ms = round(float(str(clip.get("start") or 0)) * 1_000)
        end = clip.get("end")
        end_ms = 3_600_000 if end is None else round(float(str(end)) * 1_000)
        samples = reader.read(start_ms, end_ms)
    level = float(np.sqrt(np.mean(samples**2))) or 1.0
    whole = len(samples) - len(samples) % _PER_MS
    loud = samples[:whole] * np.float32(0.07 / level)
    return np.asarray(np.clip(loud, -0.99, 0.99), np.float32)


def _voice_ms(samples: Samples) -> int:
    """Where 0.1 s begins that is mostly within 12 dB of the loud parts: clips begin with noises."""
    step = 10 * _PER_MS
    levels = np.sqrt(np.mean(samples[: len(samples) // step * step].reshape(-1, step) ** 2, axis=1))
    loud = levels > np.percentile(levels, 95) / 4
    share = np.convolve(loud, np.ones(10) / 10, mode="valid")
    return int(np.argmax(loud[: len(share)] & (share >= LOUD_SHARE))) * 10


def judged(placed: Sequence[Passage], cuts: Sequence[int], transcript: Transcript) -> Seams:
    words = [(word.start_ms, token) for word in transcript.words for token in _tokens(word.text)]
    at_seams = [p for p in placed if any(_is_near(p, cut) for cut in cuts)]
    elsewhere: dict[str, list[float]] = {}
    for passage in placed:
        if passage not in at_seams:
            elsewhere.setdefault(passage.text, []).append(_heard_share(passage, words))
    missing, doubled = [], []
    for passage in at_seams:
        usual = elsewhere.get(passage.text, [1.0])
        is_right = _heard_share(passage, words) >= LOST_SHARE * sum(usual) / len(usual)
        if not is_right and not _has_words(passage, words):
            missing.append(passage.text)
        if _is_doubled(passage, placed, words):
            doubled.append(passage.text)
    return Seams(len(cuts), len(at_seams), missing, doubled, _starts(placed, words))


def _starts(placed: Sequence[Passage], words: Sequence[tuple[int, str]]) -> list[float | None]:
    thirds: list[list[int]] = [[], [], []]
    for passage in placed:
        found = _first_word_ms(passage, words)
        if found is not None:
            third = 3 * passage.start_ms // (placed[-1].start_ms + 1)
            thirds[third].append(abs(found - passage.voice_ms))
    return [float(np.median(errors)) if errors else None for errors in thirds]


def _first_word_ms(passage: Passage, words: Sequence[tuple[int, str]]) -> int | None:
    """Where the passage's first words were heard; None where they were not."""
    wanted = _tokens(passage.text)[:FIRST_WORDS]
    near = [n for n, (at, _) in enumerate(words) if abs(at - passage.voice_ms) <= 2 * ROUND_MS]
    hits = {
        n: sum(w == heard for w, (_, heard) in zip(wanted, words[n:], strict=False)) for n in near
    }
    best = max(hits, key=lambda n: (hits[n], -abs(words[n][0] - passage.voice_ms)), default=None)
    return words[best][0] if best is not None and hits[best] >= FIRST_WORDS - 1 else None


def _is_near(passage: Passage, cut: int) -> bool:
    return passage.start_ms - NEAR_SEAM_MS <= cut <= passage.end_ms + NEAR_SEAM_MS


def _tokens(text: str) -> list[str]:
    return str(_normalise(text)).split()


def _between(words: Sequence[tuple[int, str]], start_ms: int, end_ms: int) -> list[str]:
    return [token for at, token in words if start_ms - ROUND_MS <= at <= end_ms + ROUND_MS]


def _heard_share(passage: Passage, words: Sequence[tuple[int, str]]) -> float:
    """Share of a passage's words that are in the transcript at its time, in their order."""
    wanted = _tokens(passage.text)
    heard = _between(words, passage.start_ms, passage.end_ms)
    blocks = SequenceMatcher(a=wanted, b=heard, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) / max(len(wanted), 1)


def _has_words(passage: Passage, words: Sequence[tuple[int, str]]) -> bool:
    """Whether as much was heard there as was said, if wrongly: that is no loss at a seam."""
    heard = sum(passage.start_ms <= at < passage.end_ms for at, _ in words)
    return heard >= ENOUGH_SHARE * len(_tokens(passage.text))


def _is_doubled(
    passage: Passage, placed: Sequence[Passage], words: Sequence[tuple[int, str]]
) -> bool:
    """Whether three of its words in a row come more often than they were said around it."""
    low, high = passage.start_ms - 2 * ROUND_MS, passage.end_ms + 2 * ROUND_MS
    said: Counter[tuple[str, ...]] = Counter()
    for other in placed:
        if other.start_ms <= high + ROUND_MS and other.end_ms >= low - ROUND_MS:
            said.update(_runs(_tokens(other.text)))
    heard = Counter(_runs(_between(words, low, high)))
    return any(heard[run] > said[run] for run in set(_runs(_tokens(passage.text))))


def _runs(tokens: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(tokens[n : n + 3]) for n in range(len(tokens) - 2)]


def answers(_folder: Path, work: Path) -> dict[str, int] | None:
    """How many of "Yes." and "No.", far apart, are in the text; None without flite."""
    if shutil.which("flite") is None:
        return None
    random = Random(1)  # noqa: S311
    pieces: list[Samples] = []
    said: list[tuple[int, str]] = []
    at_ms = 0
    for n in range(ANSWERS):
        pause = np.zeros(random.randint(4_000, 12_000) * _PER_MS, np.float32)
        word = ("yes", "no")[n % 2]
        voice = _spoken(f"{word.title()}.", _VOICES[n % len(_VOICES)], work)
        said.append((at_ms + len(pause) // _PER_MS, word))
        pieces += [pause, voice]
        at_ms = said[-1][0] + len(voice) // _PER_MS
    samples = np.concatenate([*pieces, np.zeros(SAMPLE_RATE, np.float32)])
    noise = np.random.default_rng(1).standard_normal(len(samples)) * 5e-4
    path = written(work / "answers.wav", (samples + noise).astype(np.float32))
    transcript = transcribed(path, language="en")
    words = [(word.start_ms, token) for word in transcript.words for token in _tokens(word.text)]
    near = [_between(words, at, at) for at, _ in said]
    return {
        "asked": ANSWERS,
        "present": sum(bool(heard) for heard in near),
        "right": sum(word in heard for (_, word), heard in zip(said, near, strict=True)),
    }


def written(path: Path, samples: Samples) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32_767).astype("<i2").tobytes())
    return path


def _spoken(text: str, voice: str, work: Path) -> Samples:
    path = work / "spoken.wav"
    program = shutil.which("flite") or "flite"
    subprocess.run(  # noqa: S603  our own words
        [program, "-voice", voice, "-t", text, "-o", str(path)], check=True, timeout=60
    )
    with AudioReader(path) as reader:
        samples = reader.read(0, 60_000)
    level = float(np.sqrt(np.mean(samples**2))) or 1.0
    return samples[: len(samples) - len(samples) % _PER_MS] * np.float32(0.07 / level)


def words_of_nobody(folder: Path, work: Path, *, sound: Callable[[Path], Samples]) -> int:
    """In ten minutes in which nobody says anything to the microphone."""
    path = written(work / "nobody.wav", sound(folder))
    return len(transcribed(path, language="en").text.split())


_NOTHING = NOTHING_MINUTES * 60 * SAMPLE_RATE


def _silence(_folder: Path) -> Samples:
    hiss = np.random.default_rng(2).standard_normal(_NOTHING).astype(np.float32) * np.float32(5e-4)
    hiss[: _NOTHING // 2] = 0  # digital silence first
    return hiss


def _music(folder: Path) -> Samples:
    """Silence where the folder has none."""
    rows = json.loads((folder / "manifest.json").read_text())
    music = [
        _clip(folder, row)
        for row in rows
        if row["expect"] == "no_speech" and row["duration_s"] > 30
    ]
    return np.resize(np.concatenate(music or [np.zeros(1, np.float32)]), _NOTHING)


def _babble(folder: Path) -> Samples:
    voices = [
        composed(folder, minutes=NOTHING_MINUTES, seed=100 + n)[0][:_NOTHING] for n in range(8)
    ]
    return np.asarray(np.sum(voices, axis=0) / len(voices), np.float32)


PARTS: Mapping[str, Callable[[Path, Path], object]] = {  # of the speech's folder and one to work in
    "seams_1": partial(seams, seed=1),
    "seams_2": partial(seams, seed=2),
    "answers": answers,
    "words_in_babble": partial(words_of_nobody, sound=_babble),
    "words_in_music": partial(words_of_nobody, sound=_music),
    "words_in_silence": partial(words_of_nobody, sound=_silence),
}
