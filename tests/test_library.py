"""``from mp4totext import transcribe``: results and errors of the Python library."""

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

import mp4totext
from mp4totext import (
    AppError,
    Progress,
    Recording,
    Transcriber,
    TranscriptionFailed,
    transcribe,
)
from mp4totext.kit.errors import Invalid
from mp4totext.library import _recording
from mp4totext.local_run.recordings import Result
from mp4totext.transcript import Transcript, problems
from tests.support.command_line import BECKETT, TWO_CITIES, environment_of
from tests.support.folder_site import folder_site


@pytest.fixture(scope="module")
def book() -> Recording:
    progress: list[Progress] = []
    early: list[Recording] = []
    recording = transcribe(
        TWO_CITIES,
        diarize=True,
        max_speakers=1,
        texts=["summary", "chapters"],
        features=["sentiment_analysis"],
        on_progress=progress.append,
        on_transcript=early.append,
    )
    assert [(each.text, each.speakers) for each in early] == [(recording.text, recording.speakers)]
    assert {"prepare", "transcribe"} <= {step.stage for step in progress}
    assert all(0 <= step.percent <= 100 for step in progress)
    return recording


def test_the_canonical_transcript_comes_back_with_texts_and_features(book: Recording) -> None:
    assert isinstance(book, Transcript)
    assert problems(book) == []
    assert "best of times" in book.text.lower()
    assert [speaker.label for speaker in book.speakers] == ["Speaker 1"]
    assert book.title == TWO_CITIES.name
    assert "heaven" in book.texts["summary"].lower()
    assert book.understanding is not None
    assert book.understanding["sentiment_analysis_results"]
    assert "[s1]" in book.texts["chapters"]


def test_every_format_is_a_method_away(book: Recording, tmp_path: Path) -> None:
    assert book.to_srt(max_columns=32).startswith("1\n00:00:0")
    assert book.to_vtt().startswith("WEBVTT")
    assert book.to_markdown(title="A book").startswith("# A book")
    assert "[00:0" not in book.to_txt(timestamps=False)
    assert json.loads(book.to_json())["segments"]
    assert book.texts["summary"] in {text["body"] for text in json.loads(book.to_json())["texts"]}
    assert book.to("youtube").startswith(b"00:00 ")
    assert book.to_docx().startswith(b"PK")
    assert book.to_pdf().startswith(b"%PDF")
    saved = book.save(tmp_path / "book.srt")
    assert saved.read_bytes() == book.to("srt")
    with pytest.raises(Invalid, match="There is no export 'doc'"):
        book.save(tmp_path / "book.doc")
    with pytest.raises(Invalid, match="Unknown export option"):
        book.to("srt", colour="red")


def test_what_cannot_be_is_an_error_with_a_message_and_a_code(tmp_path: Path) -> None:
    (tmp_path / "notes.mp4").write_text("this is text, not a video\n" * 50)
    with Transcriber() as transcriber:
        with pytest.raises(AppError, match="There is no file") as missing:
            transcriber.transcribe(tmp_path / "gone.wav")
        assert missing.value.code == "no_file"
        with pytest.raises(AppError) as no_media:
            transcriber.transcribe(tmp_path / "notes.mp4")
        assert no_media.value.code == "not_media"
        with pytest.raises(AppError, match="There is no engine 'nope'"):
            transcriber.transcribe(BECKETT, engine="nope")
        with pytest.raises(AppError, match="poem"):
            transcriber.transcribe(BECKETT, texts=["poem"])
        with pytest.raises(Invalid, match="max_speakers"):
            transcriber.transcribe(BECKETT, min_speakers=3, max_speakers=2)
        with pytest.raises(Invalid, match="language: 'xx--' is not a language"):
            transcriber.transcribe(BECKETT, language="xx--")
        with pytest.raises(Invalid, match="no_such"):
            transcriber.transcribe(BECKETT, features=["no_such"])
        with pytest.raises(TypeError, match="unexpected keyword argument 'langauge'"):
            transcriber.transcribe(BECKETT, langauge="en")  # type: ignore[call-arg]
        with pytest.raises(AppError, match="poem"):
            transcriber.transcribe(BECKETT, texts="poem")
        with pytest.raises(AppError, match="no audio track 2"):
            transcriber.transcribe(BECKETT, tracks=[2])
        again = transcriber.transcribe(str(BECKETT), channels=[1], vocabulary=[])
        assert "fail better" in again.text.lower()


def test_a_job_that_failed_says_why() -> None:
    failed = Result(
        transcription_id="trn_1",
        title="talk.wav",
        transcript=None,
        understanding=None,
        warnings=(),
        error_code="media_broken",
        error_message="The sound ends in the middle.",
    )
    with pytest.raises(TranscriptionFailed, match="ends in the middle") as error:
        _recording(failed)
    assert error.value.code == "media_broken"


def test_an_address_is_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOWNLOAD_ALLOW_PRIVATE", "true")
    with folder_site(BECKETT.parent) as site:
        recording = transcribe(f"{site}/{BECKETT.name}", language="en", engine="moonshine")
    assert recording.title == "beckett"
    assert "fail better" in recording.text.lower()


def test_a_program_that_uses_it_keeps_its_own_logging(tmp_path: Path, models_dir: Path) -> None:
    program = (
        "import logging, sys\n"
        "from mp4totext import transcribe\n"
        "transcribe(sys.argv[1], engine='moonshine')\n"
        "assert logging.getLogger().handlers == []\n"
        "assert logging.getLogger().level == logging.WARNING\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(BECKETT)],
        env=environment_of(tmp_path, MODELS_DIR=str(models_dir)),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout == done.stderr == ""
    assert logging.getLogger().handlers  # of these tests themselves


def test_the_names_it_exports_exist_and_others_do_not() -> None:
    assert all(getattr(mp4totext, name) for name in mp4totext.__all__)
    with pytest.raises(AttributeError, match="no attribute 'transcript_all'"):
        getattr(mp4totext, "transcript_all")  # noqa: B009  mypy knows that there is none
