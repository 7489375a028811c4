"""Benchmarks measure the product as it is installed, not with the settings of tests."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_no_benchmark_loads_the_settings_of_the_tests() -> None:
    """``tests.conftest`` takes away the installed models, without which videos have no words."""
    names = sorted(path.stem for path in (ROOT / "benchmarks").glob("[a-z]*.py"))
    code = "\n".join(
        [
            "import importlib, sys",
            *(f"importlib.import_module('benchmarks.{name}')" for name in names),
            "sys.exit('tests.conftest' in sys.modules)",
        ]
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=120, check=False)
    assert done.returncode == 0
