"""Exports beside recordings: their names, and no file for two recordings."""

import os
import sys
from pathlib import Path

import pytest

from mp4totext.commands.export_files import Files, parse_target, refuse_unwritable
from mp4totext.commands.messages import printable
from mp4totext.kit.errors import Invalid
from mp4totext.transcript import Segment, Transcript

NAMES = (
    'Who? What: 100% "true"',
    "Cafe\u0301",  # decomposed, as macOS writes it
    "family 👨\u200d👩",
    ".hidden",
    "-intro-",
    "~draft",
    " two  spaces ",
    "talk.2024",
    "字" * 80,
)


def said(text: str) -> Transcript:
    segment = Segment(id="1", start_ms=0, end_ms=1_000, text=text)
    return Transcript(duration_ms=1_000, segments=(segment,))


def files(output: str | None = None, *, overwrite: bool = False) -> Files:
    return Files(parse_target(output, ("txt",), several=True), overwrite=overwrite)


@pytest.mark.parametrize("stem", NAMES)
def test_the_stem_is_kept_byte_for_byte(tmp_path: Path, stem: str) -> None:
    recording = tmp_path / f"{stem}.wav"
    (written,) = files().write_all(said("Yes."), recording=recording, source=recording)
    assert [os.fsencode(path.name) for path in tmp_path.iterdir()] == [os.fsencode(f"{stem}.txt")]
    assert written == tmp_path / f"{stem}.txt"


@pytest.mark.skipif(sys.platform == "darwin", reason="file names are Unicode there")
def test_a_name_that_is_no_text_is_kept_too(tmp_path: Path) -> None:
    recording = tmp_path / os.fsdecode(b"caf\xe9.wav")
    (written,) = files().write_all(said("Yes."), recording=recording, source=recording)
    assert os.fsencode(written.name) == b"caf\xe9.txt"
    assert printable(written.name) == "caf\ufffd.txt"


def test_an_extension_that_does_not_fit_shortens_the_stem(tmp_path: Path) -> None:
    recording = tmp_path / ("字" * 80 + "ab.wav")
    more = (("understanding.json", b"{}"),)
    paths = files().write_all(said("Yes."), recording=recording, source=recording, more=more)
    assert [len(os.fsencode(path.name)) for path in paths] == [246, 255 - 2]
    assert paths[1].name == "字" * 78 + ".understanding.json"


@pytest.mark.parametrize("overwrite", [False, True])
def test_two_recordings_never_share_a_file(tmp_path: Path, *, overwrite: bool) -> None:
    for _ in range(2):  # and a second run gives the same names again
        writer = files(f"{tmp_path}/out/", overwrite=overwrite)
        for folder in ("a", "b", "c"):
            source = tmp_path / folder / "talk.wav"
            text = "Yes." if folder == "c" else folder
            writer.write_all(said(text), recording=source, source=source)
    found = {path.name: path.read_text() for path in (tmp_path / "out").iterdir()}
    assert sorted(found) == ["talk-2.txt", "talk-3.txt", "talk.txt"]
    assert len(set(found.values())) == 3


@pytest.mark.parametrize("overwrite", [False, True])
def test_two_recordings_of_the_same_words_have_a_file_each(
    tmp_path: Path, *, overwrite: bool
) -> None:
    writer = files(overwrite=overwrite)
    for name in ("talk.mp4", "talk.wav"):
        writer.write_all(said("Yes."), recording=tmp_path / name, source=tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["talk-2.txt", "talk.txt"]


def test_a_recording_that_is_named_twice_has_one_file(tmp_path: Path) -> None:
    writer = files()
    for _ in range(2):
        writer.write_all(said("Yes."), recording=tmp_path / "a.wav", source=tmp_path / "a.wav")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_overwriting_replaces_what_another_run_wrote(tmp_path: Path) -> None:
    recording = tmp_path / "a.wav"
    for text in ("before", "after"):
        files(overwrite=True).write_all(said(text), recording=recording, source=recording)
    assert "after" in (tmp_path / "a.txt").read_text()


def test_one_named_file_is_written_with_its_folder(tmp_path: Path) -> None:
    target = parse_target(f"{tmp_path}/new/out.txt", ())
    recording = tmp_path / "a.wav"
    paths = Files(target, overwrite=False).write_all(
        said("Yes."), recording=recording, source=recording
    )
    assert paths == [tmp_path / "new" / "out.txt"]
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["out.txt"]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "notes").touch()
    for output in (f"{tmp_path}/notes", f"{tmp_path}/notes/"):
        with pytest.raises(Invalid, match="is a file, not a folder"):
            parse_target(output, ())


def test_a_recording_without_a_folder_for_its_files_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = tmp_path / "talk.wav"
    target = parse_target(None, ())
    refuse_unwritable(target, [recording, None])

    monkeypatch.setattr(os, "access", lambda _path, _mode: False)

    with pytest.raises(Invalid, match=f"Neither '{tmp_path}' nor the current folder can be"):
        refuse_unwritable(target, [recording])
    with pytest.raises(Invalid, match="The current folder cannot be written to"):
        refuse_unwritable(target, [None])
    for output in ("-", "elsewhere", "talk.srt"):
        refuse_unwritable(parse_target(output, ()), [recording])
