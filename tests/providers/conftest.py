from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

from mp4totext.media.decode import AudioReader
from mp4totext.providers.base import Samples
from mp4totext.providers.speech.moonshine import Moonshine
from mp4totext.providers.speech.moonshine_files import prepare


def recording(name: str) -> Path:
    """A recording of real speech out of an installed wheel."""
    files = metadata.files("moonshine-voice") or []
    return next(Path(str(file.locate())) for file in files if file.name == name)


def read(name: str, start_ms: int = 0, end_ms: int = 60_000) -> Samples:
    with AudioReader(recording(name)) as reader:
        return reader.read(start_ms, end_ms)


@pytest.fixture(scope="session")
def two_cities() -> Samples:
    """44 s: the first sentences of A Tale of Two Cities."""
    return read("two_cities.wav")


@pytest.fixture(scope="session")
def model_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prepared by two at once, as two workers that start together would."""
    folder = tmp_path_factory.mktemp("models")
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(prepare, [folder, folder])
    assert first == second
    return folder


@pytest.fixture(scope="session")
def engine(model_cache: Path) -> Moonshine:
    return Moonshine(cache_dir=model_cache)


def silence(seconds: float) -> Samples:
    noise = np.random.default_rng(1).standard_normal(int(16_000 * seconds))
    return (noise * 1e-4).astype(np.float32)
