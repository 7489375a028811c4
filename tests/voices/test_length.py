"""The allowed length of speech that no engine can verify."""

import numpy as np
import pytest

from mp4totext.media.sound import Sound
from mp4totext.voices import speaking
from mp4totext.voices.speaking import RATE, Spoken


@pytest.mark.parametrize(
    ("text", "ms", "fits"),
    [
        ("Anon.", 1_600, True),  # one word, and the silence around it
        ("Anon.", 100, False),
        ("Anon.", 6_000, False),
        ("A sentence of forty characters, or about.", 3_000, True),
        ("A sentence of forty characters, or about.", 900, False),
        ("A sentence of forty characters, or about.", 15_000, False),
    ],
)
def test_a_sound_is_about_as_long_as_its_text(text: str, ms: int, fits: bool) -> None:
    sound = Sound(samples=np.zeros(RATE * ms // 1_000, np.int16), rate=RATE)
    spoken = Spoken(sound=sound, words=(), heard_back=False)
    assert speaking._has_its_length(text, spoken) == fits
