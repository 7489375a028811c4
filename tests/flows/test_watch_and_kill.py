"""The command watches a folder, is killed and restarted: each recording once."""

from collections import Counter
from pathlib import Path

import pytest

from tests.support.watched_folder import FolderHistory, change_folder, written

pytestmark = pytest.mark.slow


def check(history: FolderHistory) -> None:
    names = [path.with_suffix(".srt").name for path in history.kept]
    assert written(history) == sorted(names)  # none is missing, and none is there twice
    assert not list(history.folder.glob(".out_*"))  # nor half of one
    often = Counter(history.printed)
    assert set(often) <= {str(path) for path in history.kept}
    # Files are there once. What is printed cannot be taken back: a kill between that and the note
    # of it has the one recording printed again.
    assert sum(count - 1 for count in often.values()) <= history.kills
    assert Counter(history.refused) == Counter(str(path) for path in history.broken)


def test_each_recording_is_transcribed_once(tmp_path: Path) -> None:
    check(change_folder(tmp_path / "inbox", tmp_path / "data", count=12))
