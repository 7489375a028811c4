"""A run that must be complete fails if a test was skipped."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.slow_tests import one_in

ROOT = Path(__file__).parent.parent
SKIPPED = "import pytest\n\ndef test_it() -> None:\n    pytest.skip('no such program')\n"


@pytest.mark.parametrize("processes", one_in(2, ["1", "0"]))
@pytest.mark.parametrize(("options", "code"), [((), 0), (("--require-servers",), 1)])
def test_a_skip_fails_where_servers_are_required(
    tmp_path: Path, options: tuple[str, ...], code: int, processes: str
) -> None:
    (tmp_path / "test_it.py").write_text(SKIPPED)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-q", "-n", processes, *options]
    plugin = ["-p", "tests.support.server_fixtures", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(
        [*command, *plugin], check=False, cwd=ROOT, capture_output=True, text=True
    )
    assert (done.returncode, "1 skipped" in done.stdout) == (code, True), done.stdout
