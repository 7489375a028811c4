"""A run that must be complete fails if a test was skipped."""

import subprocess
import sys
from pathlib import Path

import pytest

from mp4totext.settings import environment

ROOT = Path(__file__).parent.parent
SKIPPED = "import pytest\n\ndef test_it() -> None:\n    pytest.skip('no such program')\n"


@pytest.mark.parametrize(
    ("processes", "options", "code"),
    [
        pytest.param("0", (), 0, marks=pytest.mark.slow),
        ("0", ("--require-servers",), 1),
        pytest.param("1", ("--require-servers",), 1, marks=pytest.mark.slow),
    ],
)
def test_a_skip_fails_where_servers_are_required(
    tmp_path: Path, processes: str, options: tuple[str, ...], code: int
) -> None:
    (tmp_path / "test_it.py").write_text(SKIPPED)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "xdist.plugin", "-n", processes]
    plugin = ["-p", "tests.support.server_fixtures", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(
        [*command, *options, *plugin],
        check=False,
        cwd=ROOT,
        env=environment(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1"),  # the others take longer than the test
        capture_output=True,
        text=True,
    )
    assert (done.returncode, "1 skipped" in done.stdout) == (code, True), done.stdout
