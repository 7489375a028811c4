"""The scoring of planted passages detects lost and doubled words."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.planted import Passage, composed, judged, written
from mp4totext.transcript import Segment, Transcript, Word

TEXTS = (
    "They swarmed up in front of the house",
    "The average man is a coward",
    "What do I here seek",
    "The average man is a coward",
)
PLACED = tuple(
    Passage(5_000 * n, 5_000 * n + 4_000, text, voice_ms=5_000 * n) for n, text in enumerate(TEXTS)
)
CUT_MS = 9_500  # after the second


def transcript(said: Sequence[tuple[int, str]]) -> Transcript:
    words = [
        Word(text=word, start_ms=start_ms + 300 * n, end_ms=start_ms + 300 * n + 250)
        for start_ms, text in said
        for n, word in enumerate(text.split())
    ]
    words.sort(key=lambda word: word.start_ms)
    segment = Segment(
        id="s1", start_ms=0, end_ms=30_000, text=" ".join(w.text for w in words), words=tuple(words)
    )
    return Transcript(duration_ms=30_000, segments=(segment,))


WHOLE = [(passage.start_ms, passage.text) for passage in PLACED]


def test_a_whole_transcript_misses_and_doubles_nothing() -> None:
    found = judged(PLACED, [CUT_MS], transcript(WHOLE))
    assert (found.seams, found.passages, found.missing, found.doubled) == (1, 2, [], [])


def test_a_lost_passage_is_found() -> None:
    lost = [said for said in WHOLE if said[0] != 5_000]
    found = judged(PLACED, [CUT_MS], transcript(lost))
    assert (found.missing, found.doubled) == ([TEXTS[1]], [])


def test_a_passage_that_an_engine_never_gets_right_is_not_the_seams_fault() -> None:
    misheard = [(at, "The rage mad" if "average" in text else text) for at, text in WHOLE]
    assert judged(PLACED, [CUT_MS], transcript(misheard)).missing == []


def test_a_passage_that_comes_twice_is_found() -> None:
    found = judged(PLACED, [CUT_MS], transcript([*WHOLE, (12_100, TEXTS[2])]))
    assert (found.missing, found.doubled) == ([], [TEXTS[2]])


def test_how_late_first_words_are_is_told_by_thirds() -> None:
    """The second is late, the third early; the last says the same as the second, elsewhere."""
    late = {0: 0, 5_000: 120, 10_000: -80, 15_000: 0}
    said = [(at + late[at], text) for at, text in WHOLE]
    assert judged(PLACED, [CUT_MS], transcript(said)).starts_ms == [60.0, 80.0, 0.0]
    assert judged(PLACED, [CUT_MS], transcript(said[:2])).starts_ms == [60.0, None, None]


def test_a_voice_begins_after_the_noises_of_its_clip(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    clip = rng.standard_normal(32_000).astype(np.float32) * 0.002
    clip[3_200:3_400] *= 100  # a click
    clip[8_000:24_000] *= 50
    written(tmp_path / "clip.wav", clip)
    (tmp_path / "pool.json").write_text(json.dumps([{"file": "clip.wav", "text": "a"}]))
    _, placed = composed(tmp_path, minutes=0.05, seed=1)
    assert all(abs(p.voice_ms - p.start_ms - 500) <= 20 for p in placed)
