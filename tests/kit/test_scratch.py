"""Temporary files of a process: kept while it runs, removed after it was killed."""

import subprocess
import sys
from pathlib import Path

from mp4totext.kit.scratch import Scratch, remove_abandoned

ROOT = Path(__file__).parent.parent.parent
HOLD = """
import sys, pathlib
from mp4totext.kit.scratch import Scratch
scratch = Scratch(pathlib.Path(sys.argv[1]))
(scratch.folder("uploads") / "a.upload").write_text("x")
print("ready", flush=True)
sys.stdin.read()
"""


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_only_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        env={"PYTHONPATH": str(ROOT / "src")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with other:
        assert other.stdout is not None
        other.stdout.readline()
        mine = Scratch(tmp_path)
        (mine.folder("jobs") / "b").write_text("y")
        assert remove_abandoned(tmp_path) == 0
        other.kill()
        other.wait()
        assert remove_abandoned(tmp_path) == 1
    assert [name for name in files(tmp_path) if not name.endswith(".lock")] == ["b"]
    mine.close()
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_made_before_it_is_needed(tmp_path: Path) -> None:
    Scratch(tmp_path / "work").close()
    assert remove_abandoned(tmp_path / "work") == 0
    assert list(tmp_path.iterdir()) == []


def test_a_closed_one_can_be_used_again(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path)
    first = scratch.folder("uploads")
    scratch.close()
    assert not first.exists()
    again = scratch.folder("uploads")
    assert again.is_dir()
    scratch.close()
