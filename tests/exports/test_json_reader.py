"""The JSON export is read back completely; invalid files are refused with the reason."""

import json

import pytest

from mp4totext.exports.json_reader import read
from mp4totext.exports.registry import EXPORTS
from mp4totext.kit.errors import Invalid
from tests.exports.samples import lecture, paid


def document() -> dict[str, object]:
    made: dict[str, object] = json.loads(EXPORTS["json"].render(lecture(), paid()))
    return made


@pytest.mark.parametrize("name", EXPORTS)
def test_every_format_is_the_same_from_json(name: str) -> None:
    transcript, options = read(EXPORTS["json"].render(lecture(), paid()))
    assert EXPORTS[name].render(transcript, options) == EXPORTS[name].render(lecture(), paid())


def test_a_document_of_an_earlier_release_is_read() -> None:
    old = document()
    for name in ("understanding", "texts", "made_at", "sources"):
        del old[name]
    transcript, options = read(json.dumps(old).encode())
    assert transcript.segments[0].id == "s1"
    assert (options.made_at, options.findings.texts) == (None, ())


def test_a_file_that_somebody_wrote_needs_only_its_segments() -> None:
    made = {
        "schema": "mp4totext.transcript",
        "version": 1,
        "segments": [
            {"start_ms": 0, "end_ms": 1_500, "text": "Hello."},
            {"start_ms": 2_000, "end_ms": 2_500, "text": "Goodbye."},
        ],
    }
    transcript, options = read(b"\xef\xbb\xbf" + json.dumps(made).encode())  # as Notepad saves it
    assert transcript.duration_ms == 2_500
    assert [segment.id for segment in transcript.segments] == ["s1", "s2"]
    assert b"Hello. Goodbye." in EXPORTS["srt"].render(transcript, options)


def test_another_version_is_named_before_what_it_lacks() -> None:
    newer = b'{"schema": "mp4totext.transcript", "version": 2, "parts": []}'
    with pytest.raises(Invalid, match="version 2"):
        read(newer)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"schema": "openai"}, "'openai' version 1"),
        ({"version": 2}, "version 2"),
        ({"duration_ms": -1}, "duration_ms"),
        ({"duration_ms": 10**30}, "duration_ms"),
        ({"duration_ms": 5}, "outside the recording"),
        ({"segments": [{"id": "s1"}]}, "segments.0.start_ms"),
        ({"understanding": {"chapters": [{"headline": 1}]}}, "understanding.chapters.0"),
    ],
)
def test_what_is_no_transcript_is_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(json.dumps(document() | change).encode())
    assert words in refused.value.message
    assert "--format json" in refused.value.message


@pytest.mark.parametrize("content", [b"", b"[]", b"WEBVTT", b"\xff\xfe", b"{" * 100_000])
def test_other_files_are_refused(content: bytes) -> None:
    with pytest.raises(Invalid, match="not a JSON transcript") as refused:
        read(content)
    assert "The body" not in refused.value.message  # a file has none
