"""The Whisper base model as installed by `make install`, for tests that need real words."""

import sys
from pathlib import Path

import pytest

MODELS = Path(sys.prefix, "share", "mp4totext", "models")

needs_whisper_base = pytest.mark.skipif(
    not (MODELS / "faster-whisper" / "base").is_dir(),
    reason="Whisper base is not in this environment: `make install` fetches it",
)
