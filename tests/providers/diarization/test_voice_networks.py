from pathlib import Path

import numpy as np
import pytest

from mp4totext.providers.base import Samples
from mp4totext.providers.diarization.voice_networks import (
    EMBEDDING_SIZE,
    WINDOW_FRAMES,
    VoiceNetworks,
    mel_frames,
    unit,
)
from mp4totext.providers.errors import ProviderMisconfigured
from tests.support.voice_recordings import other_voice, silence, voice


@pytest.fixture(scope="module", autouse=True)
def remembered_networks() -> None:
    """The network itself is tested here: nothing is remembered."""


@pytest.fixture(scope="module")
def networks() -> VoiceNetworks:
    return VoiceNetworks()


@pytest.fixture(scope="module")
def cities() -> Samples:
    return voice("two_cities")


def test_who_speaks_in_ten_seconds(networks: VoiceNetworks, cities: Samples) -> None:
    window = np.concatenate([silence(3), cities[2 * 16_000 : 6 * 16_000], silence(3)])
    speaking = networks.active_speakers(window)
    assert speaking.shape == (WINDOW_FRAMES, 3)
    assert not speaking[:280].any()
    assert not speaking[720:].any()
    said = speaking.sum(axis=1)[300:700]
    assert (said == 1).mean() > 0.8  # one voice, with breaths
    assert not networks.active_speakers(silence(10)).any()


def test_two_at_once_are_two(networks: VoiceNetworks, cities: Samples) -> None:
    other = np.pad(other_voice()[: 5 * 16_000], (5 * 16_000, 0))
    both = cities[16_000 : 11 * 16_000] + other
    at_once = networks.active_speakers(both).sum(axis=1) == 2
    assert at_once[:400].mean() < 0.1
    assert at_once[550:950].mean() > 0.5


def test_one_voice_is_more_like_itself_than_like_another(
    networks: VoiceNetworks, cities: Samples
) -> None:
    first, second = cities[: 8 * 16_000], cities[16 * 16_000 : 24 * 16_000]
    one, again, other = (networks.embed(mel_frames(s)) for s in (first, second, other_voice()))
    assert one.shape == (EMBEDDING_SIZE,)
    assert np.linalg.norm(one) == pytest.approx(1.0, abs=1e-5)
    assert one @ again > 0.7
    assert one @ other < 0.3
    quiet = networks.embed(mel_frames(first * np.float32(0.05)))
    assert one @ quiet > 0.99


def test_a_tone_lands_in_its_mel_band() -> None:
    seconds = np.arange(16_000) / 16_000
    low, high = (
        mel_frames(np.sin(2 * np.pi * hertz * seconds).astype(np.float32)) for hertz in (200, 4_000)
    )
    assert low.shape == (98, 80)
    assert 0 < low[50].argmax() < high[50].argmax() < 80
    assert mel_frames(silence(0.01)).shape == (0, 80)


def test_unit_leaves_zeros_alone() -> None:
    assert not unit(np.zeros((2, 3), np.float32)).any()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "cannot be read"),
        (b"some library", "does not have them"),
        (b"waveforms, and then xxxxORTM fbank", "does not have them"),
    ],
)
def test_a_library_without_the_networks_says_what_to_install(
    content: bytes, why: str, tmp_path: Path
) -> None:
    library = tmp_path / "libmoonshine.so"
    library.write_bytes(content)
    with pytest.raises(ProviderMisconfigured, match=r"moonshine-voice==0\.1\.0") as told:
        VoiceNetworks(library).active_speakers(silence(10))
    assert f"libmoonshine.so {why}" in str(told.value)


def test_a_missing_library_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(ProviderMisconfigured, match=r"--force-reinstall --no-deps moonshine-voice"):
        VoiceNetworks(tmp_path / "gone.so").embed(np.zeros((20, 80), np.float32))
