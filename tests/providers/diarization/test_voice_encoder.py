import pickle
from pathlib import Path

import numpy as np
import pytest

from mp4totext.providers.diarization.voice_encoder import (
    VoiceEncoder,
    installed_weights,
    level_gain,
    mel_frames,
    read_weights,
    unit,
)
from mp4totext.providers.errors import ProviderMisconfigured


def test_the_weights_are_those_of_the_published_network() -> None:
    state = read_weights(installed_weights())
    assert state["lstm.weight_ih_l0"].shape == (1024, 40)
    assert state["lstm.weight_hh_l2"].shape == (1024, 256)
    assert state["linear.weight"].shape == (256, 256)
    assert all(np.isfinite(array).all() for array in state.values())


def test_embeddings_have_length_one_and_do_not_depend_on_the_batch() -> None:
    encoder = VoiceEncoder()
    pieces = np.random.default_rng(1).random((70, 160, 40)).astype(np.float32)
    together = encoder.embed(pieces)
    assert together.shape == (70, 256)
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)
    assert np.allclose(together[69], encoder.embed(pieces[69:])[0], atol=1e-5)
    assert encoder.embed(pieces[:0]).shape == (0, 256)


def test_a_tone_lands_in_its_mel_band() -> None:
    seconds = np.arange(16_000) / 16_000
    low, high = (mel_frames(np.sin(2 * np.pi * hertz * seconds)) for hertz in (200, 4000))
    assert low.shape == (101, 40)
    assert 0 < low[50].argmax() < high[50].argmax() < 40


def test_levels_are_evened_out() -> None:
    loud, quiet = np.float32(0.5**2), np.float32(0.005**2)
    assert loud * level_gain(loud) == pytest.approx(quiet * level_gain(quiet))


def test_unit_leaves_zeros_alone() -> None:
    assert not unit(np.zeros((2, 3), np.float32)).any()


class _Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("never",)


@pytest.mark.parametrize("content", [b"", b"not a pickle", pickle.dumps(_Evil()), b"\x80\x02."])
def test_a_strange_file_is_refused_and_nothing_of_it_runs(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "weights.pt"
    file.write_bytes(content)
    with pytest.raises(ProviderMisconfigured, match=r"weights\.pt"):
        read_weights(file)
    assert capsys.readouterr().out == ""
