"""The script as packages install it."""

import importlib
import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.uvicorn_processes import ROOT

SCRIPT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]["mp4totext"]
# A module that the command imports first: Ctrl-C comes while it is being loaded.
PRESSES_CTRL_C = """
import os, signal, time
os.kill(os.getpid(), signal.SIGINT)
time.sleep(0.01)  # Python's own handler runs between two of its instructions
raise SystemExit(7)
"""


@pytest.mark.parametrize(
    ("ignored", "code"), [(False, -signal.SIGINT), (True, 7)], ids=["foreground", "background"]
)
def test_ctrl_c_while_the_command_is_loaded_prints_nothing(
    tmp_path: Path, ignored: bool, code: int
) -> None:
    (tmp_path / "click.py").write_text(PRESSES_CTRL_C)
    module, _, function = SCRIPT.partition(":")
    assert callable(getattr(importlib.import_module(module), function))
    ended = subprocess.run(
        [sys.executable, "-c", f"from {module} import {function}; {function}()"],
        env={"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT / "src")])},
        preexec_fn=lambda: signal.signal(
            signal.SIGINT, signal.SIG_IGN if ignored else signal.default_int_handler
        ),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (code, "")
