"""A run without slow tests reports how many it left out."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TESTS = """
import pytest

def test_quick() -> None: ...

@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 2])
def test_slow(number: int) -> None: ...
"""


@pytest.mark.parametrize("processes", ["0", "2"])
def test_how_many_were_left_is_said(tmp_path: Path, processes: str) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = slow\n")
    command = [sys.executable, "-m", "pytest", "-q", "-n", processes, "-p", "no:cacheprovider"]
    plugin = ["-p", "tests.support.slow_tests", "-m", "not slow", str(tmp_path)]
    done = subprocess.run(
        [*command, *plugin], check=False, cwd=ROOT, capture_output=True, text=True
    )
    assert "1 passed" in done.stdout
    assert "2 slow tests were left to `make test-slow`." in done.stdout
