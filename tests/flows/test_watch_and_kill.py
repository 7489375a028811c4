"""The command watches a folder, is killed with SIGKILL, and goes on: each recording once."""

from collections import Counter
from pathlib import Path

import pytest

from tests.support.watched_folder import Story, tell, written

pytestmark = pytest.mark.slow


def check(story: Story) -> None:
    names = [path.with_suffix(".srt").name for path in story.kept]
    assert written(story) == sorted(names)  # none is missing, and none is there twice
    assert not list(story.folder.glob(".out_*"))  # nor half of one
    often = Counter(story.printed)
    assert set(often) <= {str(path) for path in story.kept}
    # Files are there once. What is printed cannot be taken back: a kill between that and the note
    # of it has the one recording printed again.
    assert sum(count - 1 for count in often.values()) <= story.kills
    assert Counter(story.refused) == Counter(str(path) for path in story.broken)


def test_each_recording_is_transcribed_once(tmp_path: Path) -> None:
    check(tell(tmp_path / "inbox", tmp_path / "data", count=12))
