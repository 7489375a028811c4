"""Tests of optional extras, collected where the extra is installed."""

from importlib.util import find_spec

_NEEDS = {"test_whisper.py": "whisper", "test_pyannote.py": "pyannote"}

collect_ignore = [file for file, module in _NEEDS.items() if find_spec(module) is None]
