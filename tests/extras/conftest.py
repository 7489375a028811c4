"""Tests of optional extras, collected where the extra is installed: see CONTRIBUTING."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("whisper") and find_spec("torch") else ["test_whisper.py"]
