"""``mp4totext clips`` on a real recording: the list of passages, and the clips."""

import json
import shutil
from pathlib import Path

import pytest

from mp4totext.media.probe import probe
from tests.support.command_line import BECKETT, run

SHORT = ("-n", "1", "--least", "5", "--most", "10", "--json")


def test_it_lists_passages_and_makes_nothing(talk: Path, here: Path) -> None:
    listed = run("clips", talk, "--list", *SHORT)
    assert listed.stderr.startswith("talk.wav: transcribing it to find its best passages ...\n")
    [clip] = json.loads(listed.stdout)["clips"]
    assert 5_000 <= clip["to_ms"] - clip["from_ms"] <= 10_000
    assert clip["title"]
    assert "written" not in clip
    assert list(here.iterdir()) == [talk]


def test_a_clip_never_replaces_the_recording(here: Path) -> None:
    talk = Path(shutil.copy(BECKETT, here / "short-1.mp4"))
    refused = run("clips", talk, "-o", "short.mp4", *SHORT)
    assert "would replace the recording" in refused.output
    assert refused.exit_code != 0
    assert talk.read_bytes() == BECKETT.read_bytes()


@pytest.mark.slow
def test_it_makes_clips_as_long_as_their_passages(talk: Path, here: Path) -> None:
    [clip] = json.loads(run("clips", talk, "-o", "folder/short.mp4", *SHORT).stdout)["clips"]
    assert clip["written"] == "folder/short-1.mp4"
    made = probe(here / "folder" / "short-1.mp4")
    assert made.duration_ms == pytest.approx(clip["to_ms"] - clip["from_ms"], abs=100)
    assert made.has_video
