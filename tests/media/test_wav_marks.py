"""Marks in WAV files."""

import io
import wave

import numpy as np
import pytest

from mp4totext.media.sound import Sound, decoded, encoded
from mp4totext.media.wav_marks import Mark, marked, marks_of

RATE = 24_000
SOUND = Sound(samples=np.arange(24_000, dtype=np.int16), rate=RATE)
MARKS = [(0, "Grüße,"), (250, "it"), (251, "is"), (999, "明日.")]


@pytest.mark.parametrize("marks", [MARKS, MARKS[:1], []])
def test_marks_are_read_as_they_were_written(marks: list[Mark]) -> None:
    assert marks_of(marked(encoded(SOUND, "wav"), marks, rate=RATE)) == marks


def test_the_sound_stays_as_it_is() -> None:
    data = marked(encoded(SOUND, "wav"), MARKS, rate=RATE)
    assert (decoded(data, rate=RATE).samples == SOUND.samples).all()
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getnframes(), file.getframerate()) == (24_000, RATE)
    assert int.from_bytes(data[4:8], "little") == len(data) - 8


def test_a_file_without_marks_has_none() -> None:
    assert marks_of(encoded(SOUND, "wav")) == []
