"""A watched folder: each recording is processed once, whatever changes meanwhile."""

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mp4totext.commands.watch import STATE_FILE, Delivery, Outcome, follow
from mp4totext.kit.errors import Invalid, WrongState


class Processed:
    """Counts what is processed, as the command would do it; ``outcome`` is what it reports."""

    def __init__(self, outcome: Outcome = Outcome.DONE) -> None:
        self.contents: list[bytes] = []
        self.outcome = outcome

    def __call__(self, path: Path, delivery: Delivery) -> Outcome:
        self.contents.append(path.read_bytes())
        return self.outcome


def dropped(folder: Path, name: str, content: bytes = b"sound", *, age_s: float = 60) -> Path:
    path = folder / name
    path.write_bytes(content)
    written_s = time.time() - age_s
    os.utime(path, (written_s, written_s))
    return path


def looks(folder: Path, process: Callable[[Path, Delivery], Outcome], count: int = 1) -> None:
    """A command that looks at the folder so often, and ends."""
    left = iter([False] * (count - 1) + [True])
    follow(folder, process, stop=lambda: next(left), poll_s=0.02, settle_s=0.1)


def test_each_recording_is_processed_once_and_other_files_never(tmp_path: Path) -> None:
    processed = Processed()
    dropped(tmp_path, "a.wav", b"a")
    (tmp_path / "sub").mkdir()
    dropped(tmp_path / "sub", "b.mp4", b"b")
    dropped(tmp_path, "notes.txt")
    dropped(tmp_path, ".hidden.wav")
    looks(tmp_path, processed, count=3)
    looks(tmp_path, processed)  # a second command
    assert sorted(processed.contents) == [b"a", b"b"]


def test_a_renamed_a_moved_and_a_touched_one_are_known_again(tmp_path: Path) -> None:
    processed = Processed()
    first = dropped(tmp_path, "a.wav", b"a")
    second = dropped(tmp_path, "b.wav", b"b")
    third = dropped(tmp_path, "c.wav", b"c")
    looks(tmp_path, processed)
    first.rename(tmp_path / "renamed.wav")
    content = second.read_bytes()
    second.unlink()
    dropped(tmp_path, "moved by copying.wav", content)
    os.utime(third, (0, 0))
    looks(tmp_path, processed)
    assert sorted(processed.contents) == [b"a", b"b", b"c"]


def test_other_contents_under_a_name_and_a_copy_beside_it_are_recordings_of_their_own(
    tmp_path: Path,
) -> None:
    processed = Processed()
    path = dropped(tmp_path, "a.wav", b"a")
    looks(tmp_path, processed)
    dropped(tmp_path, "a.wav", b"another")
    looks(tmp_path, processed)
    shutil.copy2(path, tmp_path / "copy.wav")
    looks(tmp_path, processed)
    assert processed.contents == [b"a", b"another", b"another"]


def test_a_file_waits_until_it_is_complete(tmp_path: Path) -> None:
    processed = Processed()
    with (tmp_path / "a.wav").open("wb") as writer:
        writer.write(b"half")
        writer.flush()
        looks(tmp_path, processed)
        assert processed.contents == []  # it was written just now
        os.utime(tmp_path / "a.wav", (0, 0))
        looks(tmp_path, processed, count=8)
        assert processed.contents == []  # a program has it open
        writer.write(b" and the rest")
    looks(tmp_path, processed, count=10)
    assert processed.contents == [b"half and the rest"]


def test_an_unusable_file_is_tried_again_when_it_changes(tmp_path: Path) -> None:
    processed = Processed(Outcome.UNUSABLE)
    dropped(tmp_path, "a.wav", b"broken")
    looks(tmp_path, processed, count=3)
    assert processed.contents == [b"broken"]
    dropped(tmp_path, "a.wav", b"repaired")
    looks(tmp_path, processed)
    assert processed.contents == [b"broken", b"repaired"]


def test_a_failure_that_may_pass_is_tried_again_later(tmp_path: Path) -> None:
    processed = Processed(Outcome.LATER)
    dropped(tmp_path, "a.wav", b"a")
    looks(tmp_path, processed, count=3)
    assert processed.contents == [b"a"]  # not at once
    looks(tmp_path, processed)
    assert processed.contents == [b"a", b"a"]


def test_one_that_changes_while_it_is_processed_is_taken_again(tmp_path: Path) -> None:
    path = dropped(tmp_path, "a.wav", b"a")
    taken = []

    def process(file: Path, delivery: Delivery) -> Outcome:
        taken.append(file.name)
        if len(taken) == 1:
            path.rename(tmp_path / "b.wav")
        return Outcome.DONE if delivery.is_current else Outcome.GONE

    looks(tmp_path, process, count=3)
    assert taken == ["a.wav", "b.wav"]


def test_a_command_that_was_killed_while_it_wrote_knows_its_own_files(tmp_path: Path) -> None:
    dropped(tmp_path, "a.wav", b"a")
    files = [tmp_path / "a.srt", tmp_path / "a.txt"]

    def killed(path: Path, delivery: Delivery) -> Outcome:
        delivery.announce(files)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        looks(tmp_path, killed)
    own = []

    def process(path: Path, delivery: Delivery) -> Outcome:
        own.append(delivery.own_files)
        return Outcome.DONE

    looks(tmp_path, process)
    looks(tmp_path, process)
    assert own == [frozenset(files)]


def test_a_line_that_was_cut_off_costs_only_itself(tmp_path: Path) -> None:
    processed = Processed()
    dropped(tmp_path, "a.wav", b"a")
    dropped(tmp_path, "b.wav", b"b")
    looks(tmp_path, processed)
    state = tmp_path / STATE_FILE
    state.write_bytes(state.read_bytes()[:-20])
    looks(tmp_path, processed)
    assert processed.contents == [b"a", b"b", b"b"]
    looks(tmp_path, processed)
    assert len(processed.contents) == 3
    whole = [line for line in state.read_text().splitlines() if line.endswith("}")]
    assert [json.loads(line)["name"] for line in whole] == ["a.wav", "b.wav"]


def test_a_second_command_and_a_folder_that_is_none_are_refused(tmp_path: Path) -> None:
    dropped(tmp_path, "a.wav")

    def process(path: Path, delivery: Delivery) -> Outcome:
        with pytest.raises(WrongState, match="already watches"):
            looks(tmp_path, Processed())
        return Outcome.DONE

    looks(tmp_path, process)
    with pytest.raises(Invalid, match="not a folder"):
        looks(tmp_path / "a.wav", Processed())


def test_a_deleted_file_is_no_error(tmp_path: Path) -> None:
    path = dropped(tmp_path, "a.wav")

    def process(file: Path, delivery: Delivery) -> Outcome:
        path.unlink()
        return Outcome.DONE if delivery.is_current else Outcome.GONE

    looks(tmp_path, process, count=3)
    assert not (tmp_path / STATE_FILE).exists()
