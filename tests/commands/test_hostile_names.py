"""Whatever recordings are called, each has files of its own, with its exact stem beside it."""

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mp4totext.commands.export_files import Files, parse_target, refuse_unwritable, stem_of
from mp4totext.kit.errors import Invalid
from mp4totext.transcript import Segment, Transcript

_SOUND = b"sound of "
_HOSTILE = [
    *("talk", "Talk", "talk-2", "talk.2024", "Caf\u00e9", "Cafe\u0301", ".hidden", "-o", "--", "~"),
    *(
        "a\nb",
        "a\tb",
        "%s",
        "C:\\talk",
        "who?*",
        "'\"`$(x)",
        "\u202egnp",
        "e\u0301" * 30,
        " ",
        "con",
    ),
    *(
        "\U0001f399\ufe0f",
        "字" * 80,
        "talk.wav",
        "talk.txt",
        "..a",
        "a.",
        "nul\u200d",
        "\u0130I\u0131i",
    ),
]
_BYTES = st.binary(min_size=1, max_size=12).map(
    lambda raw: os.fsdecode(raw.replace(b"/", b"_").replace(b"\0", b"_"))
)
_STEMS = st.one_of(st.sampled_from(_HOSTILE), st.sampled_from(_HOSTILE), _BYTES)
_NAMES = st.tuples(_STEMS, st.sampled_from([".wav", ".WAV", ".mp4", ".txt", ".12", ""])).map(
    "".join
)
_KINDS = st.sampled_from(["file", "file", "link", "hard link"])
_RECORDINGS = st.lists(
    st.tuples(_NAMES, _KINDS), min_size=1, max_size=5, unique_by=lambda one: one[0]
)
_IN_THE_WAY = st.lists(st.sampled_from(["file", "folder", "dangling link", "nothing"]), max_size=5)


def said(text: str) -> Transcript:
    return Transcript(
        duration_ms=1_000, segments=(Segment(id="1", start_ms=0, end_ms=1_000, text=text),)
    )


def created(folder: Path, name: str, kind: str, number: int) -> Path | None:
    """A recording, or one in another folder that the name leads to; None if it has no name."""
    path, elsewhere = folder / name, folder.parent / f"elsewhere {number}"
    if name in (".", "..") or len(os.fsencode(name)) > 255:
        return None
    elsewhere.write_bytes(_SOUND + str(number).encode())
    match kind:
        case "link":
            path.symlink_to(elsewhere)
        case "hard link":
            path.hardlink_to(elsewhere)
        case _:
            elsewhere.replace(path)
    return path


def put_in_the_way(place: Path, kind: str) -> None:
    if os.path.lexists(place) or kind == "nothing" or len(os.fsencode(place.name)) > 255:
        return
    match kind:
        case "folder":
            place.mkdir()
        case "file":
            place.write_text("of somebody else")
        case _:
            place.symlink_to("nowhere")


@pytest.mark.skipif(sys.platform == "darwin", reason="file names are Unicode there")
@given(_RECORDINGS, _IN_THE_WAY, st.booleans(), st.booleans())
def test_no_recording_loses_anything(
    named: list[tuple[str, str]], in_the_way: list[str], overwrite: bool, alike: bool
) -> None:
    with TemporaryDirectory() as above:
        folder = Path(above, "talks")
        folder.mkdir()
        made = [created(folder, name, kind, n) for n, (name, kind) in enumerate(named)]
        recordings = [path for path in made if path is not None]
        sound = {path: path.read_bytes() for path in recordings}
        for path, kind in zip(recordings, in_the_way, strict=False):
            put_in_the_way(folder / f"{stem_of(path)}.txt", kind)
        others = {
            path: path.read_text()
            for path in folder.iterdir()
            if path not in sound and path.is_file()
        }
        for _ in range(2):  # a second run finds the files of the first
            files = Files(
                parse_target(None, ("txt",), several=True),
                overwrite=overwrite,
                recordings=recordings,
            )
            written = {
                path: files.write_all(
                    said("alike" if alike else f"{n}"), recording=path, source=path
                )
                for n, path in enumerate(recordings)
            }
            _check(written, sound, {} if overwrite else others)
            for path, (text,) in written.items():
                exact = path.with_name(f"{stem_of(path)}.txt")
                is_free = exact not in sound and (overwrite or exact not in others)
                if is_free and not exact.is_dir() and _is_only(stem_of(path), recordings):
                    assert os.fsencode(text) == os.fsencode(exact)


def _is_only(stem: str, recordings: list[Path]) -> bool:
    fits = len(os.fsencode(stem)) <= 251
    return fits and [stem_of(path) for path in recordings].count(stem) == 1


def _check(written: dict[Path, Any], sound: dict[Path, bytes], others: dict[Path, str]) -> None:
    texts = [path for paths in written.values() for path in paths]
    assert len({path.stat().st_ino for path in texts}) == len(written)
    assert {path.parent for path in texts} == {path.parent for path in written}
    assert all(path.read_bytes() == heard for path, heard in sound.items())
    assert all(path.read_text() == text for path, text in others.items())


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_recording_that_is_called_like_its_text_is_kept(
    tmp_path: Path, *, overwrite: bool
) -> None:
    """Mail programs let a ``talk.txt`` through that is sound; another one waits to be read."""
    recordings = [tmp_path / "talk.wav", tmp_path / "talk.txt"]
    for path in recordings:
        path.write_bytes(_SOUND)
    files = Files(
        parse_target(None, ("txt",), several=True), overwrite=overwrite, recordings=recordings
    )
    texts = [files.write_all(said("Yes."), recording=path, source=path) for path in recordings]
    assert [[path.name for path in paths] for paths in texts] == [["talk-2.txt"], ["talk-3.txt"]]
    assert all(path.read_bytes() == _SOUND for path in recordings)


def test_o_never_names_the_recording(tmp_path: Path) -> None:
    recording, other = tmp_path / "talk.txt", tmp_path / "other.txt"
    recording.write_bytes(_SOUND)
    other.symlink_to(recording)
    for path in (recording, other):
        with pytest.raises(
            Invalid, match=r"is the recording itself: choose another file with -o\."
        ):
            refuse_unwritable(parse_target(str(path), ()), [recording])
    refuse_unwritable(parse_target(f"{tmp_path}/third.txt", ()), [recording])
