"""Executes each command of docs/http.md against a real service."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.openai_api.conftest import served
from tests.support.command_line import TWO_CITIES
from tests.support.openai_service import Served, worker

__all__ = ["served"]

GUIDE = Path(__file__).parents[1] / "docs" / "http.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)
ADDRESS = "http://127.0.0.1:8002"


@pytest.fixture(scope="module")
def printed(served: Served, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What each block of the guide printed, in one shell as its reader has."""
    guide = GUIDE.read_text(encoding="utf-8")
    assert guide.count(ADDRESS) == 1
    blocks = BLOCK.findall(guide.replace(ADDRESS, served.url).replace("talk.mp4", "$RECORDING"))
    script = "set -euo pipefail\n" + "\necho; echo ------\n".join(blocks)
    folder = tmp_path_factory.mktemp("guide")
    with worker(served.harness):
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "RECORDING": str(TWO_CITIES)},  # noqa: TID251
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "-->" in (folder / "captions.srt").read_text()
    return done.stdout.split("------\n")


@pytest.mark.slow
def test_every_line_works_and_the_answers_are_those_it_promises(printed: list[str]) -> None:
    answers = "".join(printed)
    for promised in (
        '"available":',  # the balance
        '"total":',  # the estimate
        "event: job_complete",
        "succeeded",
        "age of wisdom",
        "It was the best of times, they say.",
        '"kind":"summary"',
        '"type":"/docs/errors#transcription_not_found"',
    ):
        assert promised in answers, promised


@pytest.mark.slow
def test_nothing_is_left_and_the_ledger_agrees(printed: list[str], served: Served) -> None:
    assert printed
    assert served.harness.audit() == []
