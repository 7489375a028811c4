"""What the command prints of a recording, and when."""

from pathlib import Path

import click
import pytest

from mp4totext.commands.delivery import Output, TranscriptPrinter
from mp4totext.commands.export_files import Files, parse_target
from mp4totext.commands.inputs import Input
from mp4totext.transcript import Segment, Transcript


def spoken(*texts: str) -> Transcript:
    """A text a minute, each a paragraph of its own; the same speaker's follow at once."""
    segments = tuple(
        Segment(id=f"s{n}", start_ms=60_000 * n, end_ms=60_000 * n + 9_000, text=text)
        for n, text in enumerate(texts)
    )
    return Transcript(duration_ms=600_000, segments=segments)


@pytest.fixture
def printer(tmp_path: Path) -> TranscriptPrinter:
    target = parse_target(str(tmp_path), ("txt",), several=True)
    files = Files(target, overwrite=False)
    output = Output(target=target, files=files, as_json=False, quiet=True, named=True)
    return TranscriptPrinter(Input(argument="talk.mp3"), output)


def test_paragraphs_are_printed_when_the_next_one_has_begun(
    printer: TranscriptPrinter, capsys: pytest.CaptureFixture[str]
) -> None:
    printer.add("talk", spoken("One."))
    assert capsys.readouterr().out == ""
    printer.add("talk", spoken("One.", "Two.", "Three"))
    assert capsys.readouterr().out == "talk.mp3:\n\n[00:00] One.\n\n[01:00] Two.\n"
    printer.add("talk", spoken("One.", "Two.", "Three and"))
    assert capsys.readouterr().out == ""
    printer.finish("talk", spoken("One.", "Two.", "Three and four."))
    assert capsys.readouterr().out == "\n[02:00] Three and four.\n"
    printer.complete("talk", spoken("not printed again"))
    assert capsys.readouterr().out == ""


def test_a_text_that_has_changed_is_printed_again_as_a_whole(
    printer: TranscriptPrinter, capsys: pytest.CaptureFixture[str]
) -> None:
    printer.add("talk", spoken("Won.", "Two."))
    printer.finish("talk", spoken("One.", "Two."))
    _, again = capsys.readouterr().out.split("\nThe text has changed. The whole of it:\n\n")
    assert again == "talk.mp3:\n\n[00:00] One.\n\n[01:00] Two.\n"


def test_a_recording_without_speech_says_so(
    printer: TranscriptPrinter, capsys: pytest.CaptureFixture[str]
) -> None:
    printer.finish("talk", spoken())
    assert capsys.readouterr().out == "talk.mp3:\n\n(There is no speech in this recording.)\n"


def test_a_pipe_that_is_closed_is_told_when_the_files_are_written(
    printer: TranscriptPrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(*_: object, **__: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(click, "secho", closed)
    printer.add("talk", spoken("One.", "Two."))
    printer.finish("talk", spoken("One.", "Two."))
    with pytest.raises(BrokenPipeError):
        printer.complete("talk", spoken("One.", "Two."))
