"""Files that commands write: whole or not at all, and named when they cannot be written."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mp4totext.commands.replacing import replacing
from mp4totext.exports.registry import EXPORTS
from tests.exports.samples import lecture, paid
from tests.support.command_line import run


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of each file is written, then the disk is full."""
    write: Callable[[Path, bytes], int] = Path.write_bytes

    def half(path: Path, content: bytes) -> int:
        if path.suffix != ".partial":  # work files, on another disk
            return write(path, content)
        write(path, content[: len(content) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", half)


def test_a_file_is_there_when_it_is_whole(here: Path) -> None:
    with replacing(here / "new" / "talk.mp4") as new:
        new.write_text("whole")
        assert not (here / "new" / "talk.mp4").exists()
    assert [path.name for path in (here / "new").iterdir()] == ["talk.mp4"]
    assert (here / "new" / "talk.mp4").read_text() == "whole"


def test_a_device_is_written_itself() -> None:
    with replacing(Path(os.devnull)) as device:
        assert device == Path(os.devnull)


def test_an_interrupted_file_leaves_the_earlier_one(here: Path) -> None:
    (here / "talk.mp4").write_text("earlier")
    new = replacing(here / "talk.mp4")
    new.__enter__().write_text("hal")
    new.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert [path.read_text() for path in here.iterdir()] == ["earlier"]


@pytest.mark.parametrize(
    ("arguments", "file"),
    [
        (("image", "A quiet harbour", "-o", "card.png"), "card.png"),
        (("export", "talk.json", "-f", "srt", "--overwrite"), "talk.srt"),
        (("export", "talk.json", "-f", "srt", "-o", "out.srt"), "out.srt"),
    ],
)
def test_a_full_disk_costs_no_earlier_file_and_is_named(
    here: Path, arguments: tuple[str, ...], file: str, request: pytest.FixtureRequest
) -> None:
    (here / "talk.json").write_bytes(EXPORTS["json"].render(lecture(), paid()))
    (here / file).write_text("earlier")
    request.getfixturevalue("full_disk")

    failed = run(*arguments)

    assert failed.exit_code == 1, failed.output
    assert failed.stderr.startswith("error: No space left on device (")
    assert file in failed.stderr
    assert (here / file).read_text() == "earlier"
    assert {path.name for path in here.iterdir()} == {"talk.json", file}


def test_a_copy_that_cannot_be_made_costs_no_earlier_one(here: Path) -> None:
    (here / "talk.json").write_bytes(EXPORTS["json"].render(lecture(), paid()))
    (here / "talk.mp4").write_text("no film")
    (here / "talk.captioned.mp4").write_text("earlier")
    failed = run("export", "talk.json", "--media", "talk.mp4", "--overwrite", "--json")
    assert failed.exit_code != 0
    assert (here / "talk.captioned.mp4").read_text() == "earlier"
