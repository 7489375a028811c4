"""Runs the command on real recordings, in this process or in a child process."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import files
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from mp4totext.cli import main
from tests.support.uvicorn_processes import ROOT

PASSWORD = "correct horse battery"


def recording(name: str) -> Path:
    """The path of a recording in the package of the bundled engine."""
    found = next(file for file in files("moonshine-voice") or () if file.name == name)
    return Path(str(found.locate()))


BECKETT = recording("beckett.wav")  # 10 s
TWO_CITIES = recording("two_cities.wav")  # 44 s


def run(*arguments: object, **options: Any) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], **options)


def json_lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "mp4totext.cli", *map(str, arguments)]


def environment_of(folder: Path, **more: str) -> dict[str, str]:
    """An environment with the path of the code, but no settings of this machine."""
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    own = {"PYTHONPATH": path, "DATA_DIR": str(folder), "BCRYPT_ROUNDS": "4"}
    return {**own, "BUNDLED_MODELS_DIR": str(folder / "no-models"), **more}


@contextmanager
def started(
    *arguments: object, environment: dict[str, str], stdout: int = subprocess.PIPE
) -> Iterator[subprocess.Popen[bytes]]:
    """Start the command as a child process, which is killed at the end if it still runs."""
    process = subprocess.Popen(
        command(*arguments),
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        # Tests that run in the background of a shell inherit that Ctrl-C is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()
