"""Keeps garbage collection away from what lives as long as a process of pytest.

That is what `tests/conftest.py` imports, and all collected tests: a million objects. While they are
made, nothing is searched (`tests/__init__.py`). Afterwards full searches pass over them: each took
0.7 s of processor time, and pytest alone makes five at its end.
"""

import gc
from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
