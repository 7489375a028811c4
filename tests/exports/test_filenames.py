"""Names of downloads are valid on all systems."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mp4totext.exports.filenames import (
    filename,
    given_title,
    without_media_extension,
)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Lecture 2", "Lecture 2.srt"),
        ("../../x\r\n", "x.srt"),
        ("..\\..\\windows\\system32", "windows system32.srt"),
        ('a/b:c*d?e"f<g>h|i', "a b c d e f g h i.srt"),
        ("invoice\u202etxt.exe", "invoicetxt.exe.srt"),
        ("zero\u200bwidth\x00null", "zerowidthnull.srt"),
        ("CON", "_CON.srt"),
        ("com1.notes", "_com1.notes.srt"),
        ("COM¹", "_COM¹.srt"),
        ("", "transcript.srt"),
        (" . ", "transcript.srt"),
        ("~$temp", "temp.srt"),
        (".hidden", "hidden.srt"),
        ("Çağrı — İstanbul", "Çağrı — İstanbul.srt"),
        ("講義 第二回", "講義 第二回.srt"),
        ("\ud800broken", "broken.srt"),
    ],
)
def test_a_title_becomes_a_safe_name(title: str, expected: str) -> None:
    assert filename(title, "srt") == expected


@pytest.mark.parametrize(
    ("title", "kept"),
    [
        ("talk.mp4", "talk"),
        ("Talk.M4A", "Talk"),
        ("talk.mp4.wav", "talk.mp4"),
        ("Version 1.2", "Version 1.2"),
        ("notes.final", "notes.final"),
        (".mp4", ".mp4"),
        ("mp4", "mp4"),
    ],
)
def test_a_download_is_not_named_after_the_container(title: str, kept: str) -> None:
    assert without_media_extension(title) == kept


def test_a_long_title_is_cut_between_characters() -> None:
    name = filename("字" * 500, "srt")
    assert name == "字" * 60 + ".srt"


@given(title=st.text(max_size=300))
def test_no_title_breaks_the_name(title: str) -> None:
    name = filename(title, "srt")
    assert name.endswith(".srt")
    assert len(name.encode()) <= 200
    assert not re.search(r'[\x00-\x1f<>:"/\\|?*]', name)
    assert not name.startswith((".", " "))


@pytest.mark.parametrize(
    ("title", "file", "expected"),
    [
        ("interview_final.mp3", "interview_final.mp3", ""),
        ("interview_final", "interview_final.mp3", ""),
        ("7127-75947-0003", "7127-75947-0003.flac", ""),
        ("talk.mp4", "recording", ""),
        ("https://example.org/a", "https://example.org/a", ""),
        ("The bread of Ms. Lee", "interview_final.mp3", "The bread of Ms. Lee"),
    ],
)
def test_the_name_of_a_file_is_no_title(title: str, file: str, expected: str) -> None:
    assert given_title(title, file) == expected
