"""A run without slow tests reports how many it left out."""

import subprocess
import sys
from pathlib import Path

import pytest

from mp4totext.settings import environment
from tests.support.slow_tests import one_in

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
    command = [sys.executable, "-m", "pytest", "-q", "-p", "xdist.plugin", "-n", processes]
    plugin = ["-p", "tests.support.slow_tests", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, *plugin, "-m", "not slow", str(tmp_path)],
        check=False,
        cwd=ROOT,
        env=environment(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1"),  # the others take longer than the test
        capture_output=True,
        text=True,
    )
    assert "1 passed" in done.stdout
    assert "2 slow tests were left to `make test-slow`." in done.stdout


def test_repeated_cases_are_slow_and_their_coverage_is_not_measured() -> None:
    first, second, third = one_in(2, ["a", "b", "c"])
    assert (first, second.values, third) == ("a", ("b",), "c")
    assert {mark.name for mark in second.marks} == {"slow", "no_cover"}
