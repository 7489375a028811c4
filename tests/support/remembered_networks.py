"""Caches outputs of the bundled networks, as many tests use the same recordings.

Each output is a file named after the hash of its inputs, in a folder that all processes of a test
session share. Modules that test a network override the fixture ``remembered_networks``.
"""

import hashlib
import pickle
import tempfile
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any

import pytest

from mp4totext.providers.diarization.voice_networks import VoiceNetworks
from mp4totext.providers.speech.moonshine_model import MoonshineModel

Method = Callable[..., Any]  # of a network's class


@pytest.fixture(scope="session")
def remembered_outputs(shared_folder: Path) -> Path:
    folder = shared_folder / "networks"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="module", autouse=True)
def remembered_networks(remembered_outputs: Path) -> Iterator[None]:
    """Cache outputs while the tests of a module run."""
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in (
            (VoiceNetworks, "active_speakers"),
            (VoiceNetworks, "embed"),
            (MoonshineModel, "decode"),
        ):
            patch.setattr(owner, name, remembering(getattr(owner, name), remembered_outputs))
        yield


def remembering(network: Method, folder: Path) -> Method:
    """Call ``network`` only for inputs that are not in the cache."""

    @wraps(network)
    def remembered(self: object, *inputs: Any) -> Any:
        key = hashlib.sha256(pickle.dumps((network.__qualname__, inputs))).hexdigest()
        path = folder / key
        if path.exists():
            return pickle.loads(path.read_bytes())
        output = network(self, *inputs)
        _write(path, pickle.dumps(output))
        return output

    return remembered


def _write(path: Path, content: bytes) -> None:
    """Write a file atomically, as other processes may read it at any time."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    Path(file.name).replace(path)
