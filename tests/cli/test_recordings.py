"""Commands on recordings: folders, URLs, formats, texts, questions, a microphone."""

import os
import re
import shutil
import socket
import subprocess
import sys
import wave
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TextIO

import pytest

from mp4totext.exports.registry import EXPORTS
from mp4totext.jobs import runner
from tests.support.command_line import (
    BECKETT,
    TWO_CITIES,
    environment_of,
    json_lines,
    run,
    started,
)
from tests.support.ffmpeg import ffmpeg
from tests.support.folder_site import folder_site


def out_of_reach(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789abcdef")
    monkeypatch.setenv("OPENAI_BASE_URL", address)
    monkeypatch.setattr(runner, "MAX_PAUSE_S", 1.5)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_named_pipe_is_read(here: Path) -> None:
    """The index of an MP4 is at its end, and a pipe can be read only once."""
    ffmpeg("-i", BECKETT, "-c:a", "aac", here / "talk.mp4")
    (here / "talk.mp4").rename(recorded := here.parent / "recorded.mp4")
    os.mkfifo(pipe := here / "meeting.mp4")
    with subprocess.Popen(["/bin/sh", "-c", f"cat {recorded} > {pipe}"]) as command:
        found = run("transcribe", pipe, "-f", "srt")
        command.kill()
    assert found.exit_code == 0, found.output
    assert names(here) == ["meeting.mp4", "meeting.srt"]


def test_what_a_shell_gives_for_the_output_of_a_command_is_read(here: Path) -> None:
    """<(COMMAND) is the name of a pipe that has no name of its own."""
    recorded = here.parent / "recorded.wav"
    recorded.write_bytes(BECKETT.read_bytes())
    with subprocess.Popen(["/bin/cat", recorded], stdout=subprocess.PIPE) as command:
        assert command.stdout is not None
        found = run("transcribe", f"/dev/fd/{command.stdout.fileno()}", "-f", "txt")
    assert found.exit_code == 0, found.output
    assert names(here) == ["recording.txt"]


@pytest.mark.parametrize("name", ["/dev/zero", "socket.wav"])
def test_what_is_no_file_is_refused(here: Path, name: str) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.wav")
        found = run("transcribe", name)
    assert found.exit_code == 3
    assert "This is neither a file nor a pipe." in found.output


def test_folders_patterns_and_addresses_are_recordings_too(
    talk: Path, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOWNLOAD_ALLOW_PRIVATE", "true")
    (here / "talks").mkdir()
    shutil.copy(talk, here / "talks" / "first.wav")
    shutil.copy(talk, here / "talks" / "second.wav")
    (here / "talks" / "notes.txt").write_text("no recording")
    with folder_site(BECKETT.parent) as site:
        found = run(
            "transcribe",
            "talks",
            "talks/f*.wav",
            "*.wav",
            "talks/../talk.wav",
            f"{site}/{BECKETT.name}",
            "-f",
            "srt",
        )
    assert found.exit_code == 0, found.output
    named = [line for line in found.stdout.splitlines() if line.endswith(":")]
    assert named == ["talks/first.wav:", "talks/second.wav:", "talk.wav:", "beckett:"]
    assert names(here / "talks") == [
        "first.srt", "first.wav", "notes.txt", "second.srt", "second.wav",
    ]  # fmt: skip
    assert names(here) == ["beckett.srt", "talk.srt", "talk.wav", "talks"]


def test_a_folder_is_all_recordings_in_it_whatever_their_names(talk: Path, here: Path) -> None:
    (here / "talks").mkdir()
    for name in ("dictation.DSS", "tape.w64", "Call at 12.30", "voice message"):
        shutil.copy(talk, here / "talks" / name)
    (here / "talks" / "README").write_text("no recording")
    (here / "talks" / "picture").write_bytes(b"RIFF\x24\0\0\0WEBPVP8 ")
    (here / "talks" / "half loaded.part").write_bytes(talk.read_bytes())
    found = run("transcribe", "talks", "-f", "srt")
    assert found.exit_code == 0, found.output
    assert {path.stem for path in (here / "talks").glob("*.srt")} == {
        "dictation", "tape", "Call at 12.30", "voice message",
    }  # fmt: skip


def test_every_format_and_texts_are_written(here: Path) -> None:
    shutil.copy(TWO_CITIES, here / "book.wav")
    found = run("transcribe", "book.wav", "-f", "all", "--text", "summary,clean")
    assert found.exit_code == 0, found.output
    assert "Summary" in found.stdout
    assert "[s1]" not in found.stdout
    endings = {name.partition(".")[2] for name in names(here)}
    formats = (e.extension for e in EXPORTS.values() if not e.of_chapters)  # nobody asked for them
    assert endings == {"wav", "summary.md", "clean.md", *formats}
    assert "best of times" in (here / "book.clean.md").read_text().lower()


def test_a_format_of_chapters_has_them_written_and_other_files_are_not_lost(
    talk: Path, here: Path
) -> None:
    shutil.copy(TWO_CITIES, here / "book.wav")
    found = run("transcribe", "book.wav", "-f", "youtube,srt")
    assert found.exit_code == 0, found.output
    lines = (here / "book.youtube.txt").read_text().splitlines()
    assert lines[0].startswith("00:00 ")
    without = run("transcribe", talk, "-f", "youtube,srt")
    assert without.exit_code == 0, without.output
    assert "No chapters" in without.stderr
    assert [n for n in names(here) if n.startswith("talk.")] == ["talk.srt", "talk.wav"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--text", "poem"), "There is no kind of text 'poem'"),
        (("--text", "custom"), "needs a --prompt"),
        (("--text", "translate"), "needs a --text-language"),
        (("--text", "questions"), "mp4totext ask"),
        (("--text", "summary", "--text-provider", "nobody"), "nobody"),
        (("-o", "-", "-f", "all"), "one format"),
    ],
)
def test_texts_that_cannot_be_written_are_refused_first(
    arguments: tuple[str, ...], message: str
) -> None:
    found = run("transcribe", BECKETT, *arguments)
    assert found.exit_code == 2, found.output
    assert message in found.stderr


@pytest.mark.slow
@pytest.mark.parametrize("address", ["http://127.0.0.1:9/v1", "http://vendor.invalid/v1"])
def test_transcript_comes_before_its_texts_and_a_vendor_out_of_reach_is_said_soon(
    here: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    out_of_reach(address, monkeypatch)
    shutil.copy(TWO_CITIES, here / "book.wav")
    found = run(
        "transcribe",
        "book.wav",
        "--engine",
        "moonshine",
        "--text",
        "summary",
        "--text-provider",
        "openai",
    )
    assert found.exit_code == 0, found.output
    away = "OpenAI could not be reached."
    said = [
        re.sub(r"in \d s", "in S s", line) for line in found.stderr.splitlines() if away in line
    ]
    assert said == [
        f"book.wav: {away} Attempt 2 in S s.",
        f"book.wav: {away} Attempt 3 in S s.",
        f"note: No summary: {away}",
    ]
    assert found.stdout.count("best of times") == 1
    assert found.output.index("best of times") < found.output.index("Attempt 2")
    assert names(here) == ["book.srt", "book.txt", "book.wav"]


@pytest.mark.parametrize("quiet", [False, True])
def test_without_a_terminal_a_line_tells_that_a_long_recording_is_transcribed(
    here: Path, quiet: bool
) -> None:
    for seconds, name in ((59, "59.wav"), (61, "\x1b[31m.wav")):
        with wave.open(str(here / name), "wb") as file:
            file.setparams((1, 2, 16_000, 0, "NONE", ""))
            file.writeframes(bytes(2 * 16_000 * seconds))
    found = run("transcribe", "59.wav", "\x1b[31m.wav", *(["--quiet"] if quiet else []))
    told = [line for line in found.stderr.splitlines() if "transcribing" in line]
    assert found.exit_code == 0, found.output
    assert told == ([] if quiet else [r"\x1b[31m.wav: transcribing 1:01 ..."])


@pytest.mark.parametrize("quiet", [False, True])
def test_without_a_terminal_a_line_tells_that_a_recording_is_downloaded(
    here: Path, monkeypatch: pytest.MonkeyPatch, quiet: bool
) -> None:
    monkeypatch.setenv("DOWNLOAD_ALLOW_PRIVATE", "true")
    with folder_site(BECKETT.parent) as site:
        address = f"{site}/{BECKETT.name}"
        found = run("transcribe", address, *(["--quiet"] if quiet else []))
    assert found.exit_code == 0, found.output
    told = [line for line in found.stderr.splitlines() if "Written" not in line]
    assert told == ([] if quiet else [f"{address}: downloading it ..."])


@pytest.mark.slow
def test_a_terminal_shows_words_while_the_rest_is_transcribed(here: Path, models: Path) -> None:
    with wave.open(str(TWO_CITIES)) as source, wave.open(str(here / "long.wav"), "wb") as long:
        long.setparams(source.getparams())
        frames = source.readframes(source.getnframes())
        for _ in range(20):
            long.writeframes(frames)
    environment = environment_of(here / "data", MODELS_DIR=str(models))
    words = ("transcribe", here / "long.wav", "--quality", "fast", "-f", "srt")
    ours, terminal = os.openpty()
    with (
        started(*words, environment=environment, stdout=terminal) as process,
        os.fdopen(ours, encoding="utf-8") as shown,
    ):
        first = shown.readline()
        assert not (here / "long.srt").exists()
        os.close(terminal)
        rest = "".join(until_closed(shown))
        assert process.wait(300) == 0
    assert first.startswith("[00:0")
    assert (first + rest).count("has changed") == 0
    assert (first + rest).lower().count("best of times") == 20


def until_closed(terminal: TextIO) -> Iterator[str]:
    with suppress(OSError):  # Linux: the other side has ended
        yield from terminal


def test_an_engine_out_of_reach_is_said_soon(talk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out_of_reach("http://127.0.0.1:9/v1", monkeypatch)
    found = run("transcribe", talk.name, "--engine", "openai")
    assert found.exit_code == 1
    assert found.stderr.count("Attempt") == 2
    assert found.stderr.endswith("error: talk.wav: OpenAI could not be reached.\n")


def test_a_question_is_answered_with_the_place(here: Path) -> None:
    found = run("ask", "What should I do when I fail?", BECKETT, "-q")
    assert found.exit_code == 0, found.output
    assert "fail better" in found.stdout.lower()
    assert re.search(r"\[0?0:0\d\]", found.stdout)
    shutil.copy(BECKETT, here / "a.wav")
    facts = json_lines(run("ask", "Who tried?", here, "gone.wav", "--json").stdout)
    assert [fact["ok"] for fact in facts] == [True, False]
    assert facts[0]["answers"][0]["question"] == "Who tried?"
    silent = here / "silent.wav"
    with wave.open(str(silent), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(bytes(64_000))
    nothing = run("ask", "Who tried?", silent)
    assert nothing.stdout == ""
    assert "No answer from" in nothing.stderr


def test_words_are_printed_while_they_are_spoken(here: Path) -> None:
    found = run(
        "live", "--driver", "lavfi", "--input", f"amovie={BECKETT}", "-o", here / "said.txt"
    )
    assert found.exit_code == 0, found.output
    assert "ever tried" in found.stdout.lower()
    assert "try again" in found.stdout.lower()
    assert re.search(r"^\[0?0:00:0\d\] ", found.stdout)
    assert (here / "said.txt").read_text() == found.stdout
    assert "Listening to" in found.stderr


@pytest.mark.parametrize(
    ("arguments", "exit_code", "message"),
    [
        (("--driver", "lavfi", "--input", "amovie=gone.wav"), 1, "There is no sound from"),
        (("--driver", "nosuch", "--input", "x"), 1, "There is no sound from 'x' (nosuch)"),
        (("--driver", "lavfi"), 2, "name one with --input"),
    ],
)
def test_a_microphone_that_is_not_there_is_said(
    arguments: tuple[str, ...], exit_code: int, message: str
) -> None:
    found = run("live", *arguments)
    assert found.exit_code == exit_code, found.output
    assert message in found.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_commands_and_names(shell: str) -> None:
    script = run("completion", shell)
    assert script.exit_code == 0
    assert "_MP4TOTEXT_COMPLETE" in script.stdout
    here = "srt,v" if shell == "fish" else "3"
    words = {"COMP_WORDS": "mp4totext transcribe -f srt,v", "COMP_CWORD": here}
    found = subprocess.run(
        [sys.executable, "-c", "from mp4totext.cli import main; main(prog_name='mp4totext')"],
        env=environment_of(Path.cwd(), _MP4TOTEXT_COMPLETE=f"{shell}_complete", **words),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "srt,vtt" in found.stdout, found.stderr
