"""Samples of the Wyoming protocol, and the engines that take them."""

import numpy as np
import pytest

from mp4totext.kit.errors import Invalid
from mp4totext.settings import EngineSettings, Settings
from mp4totext.wyoming_api.speech import LocalSpeech, RawChunk


@pytest.mark.parametrize(
    ("width", "data"),
    [
        (1, bytes([0x80, 0x80, 0xC0, 0xC0])),
        (2, np.array([0, 0, 0x4000, 0x4000], "<i2").tobytes()),
        (4, np.array([0, 0, 0x40000000, 0x40000000], "<i4").tobytes()),
    ],
)
def test_samples_of_any_width_become_one_channel(width: int, data: bytes) -> None:
    chunk = RawChunk(data=data + b"\0", rate=16_000, width=width, channels=2)
    assert chunk.mono().tolist() == [0, 0x4000]


def test_an_engine_for_whole_files_is_refused(settings: Settings) -> None:
    engines = EngineSettings(models_dir=settings.models_dir, assemblyai_api_key="k")
    with_key = settings.model_copy(update={"engines": engines})
    with pytest.raises(Invalid, match="whole files"):
        LocalSpeech(settings=with_key, engine="assemblyai").warm_up()
