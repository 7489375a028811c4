"""The command as a process: its output, files and exit codes."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import wave
from pathlib import Path

import pytest

from mp4totext.cli import COMMANDS
from tests.support.command_line import (
    BECKETT,
    PASSWORD,
    TWO_CITIES,
    command,
    environment_of,
    json_lines,
    run,
    started,
)
from tests.support.waiting import until


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def heard(text: str) -> bool:
    return "try again" in text.lower() and "fail again" in text.lower()


def test_help_lists_every_command_and_the_exit_codes() -> None:
    found = run("--help")
    assert found.exit_code == 0
    assert all(name in found.stdout for name in COMMANDS)
    assert "Exit codes: 0 done" in found.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_can_be_loaded_and_explains_itself(name: str) -> None:
    assert run(name, "--help").exit_code == 0


def test_a_mistyped_command_names_the_one_that_was_meant(here: Path) -> None:
    (here / "my talk.mp4").touch()
    for given, hint in (
        ("transcrib", "No such command 'transcrib'. Did you mean transcribe?"),
        ("my talk.mp4", "To transcribe it: mp4totext transcribe 'my talk.mp4'"),
        ("https://example.com/a.mp3", "To transcribe it: mp4totext transcribe https://"),
        ("zzz", "No such command 'zzz'."),
    ):
        found = run(given)
        assert found.exit_code == 2
        assert hint in found.stderr


def test_a_transcript_is_printed_and_captions_lie_beside_the_recording(talk: Path) -> None:
    found = run("transcribe", talk)
    assert found.exit_code == 0, found.output
    assert heard(found.stdout)
    assert "Written: " in found.stderr
    assert "talk.srt" in found.stderr
    assert names(talk.parent) == ["talk.srt", "talk.txt", "talk.wav"]
    assert "00:00:0" in (talk.parent / "talk.srt").read_text()
    assert talk.read_bytes() == BECKETT.read_bytes()
    assert not talk.is_symlink()


def test_files_of_a_path_with_dots_are_named_without_them(talk: Path, here: Path) -> None:
    (here / "below").mkdir()
    (here / "link").symlink_to(here / "below")

    beside = run("transcribe", "below/../talk.wav", "-f", "json")
    behind_link = run("transcribe", "link/../talk.wav", "-f", "srt")
    exported = run("export", "below/../talk.json", "-f", "vtt")

    for found, name in ((beside, "talk.json"), (behind_link, "talk.srt"), (exported, "talk.vtt")):
        assert f"Written: {here / name}\n" in found.stderr


def test_a_pipe_that_is_closed_ends_the_command_without_an_error(talk: Path, models: Path) -> None:
    environment = environment_of(talk.parent.parent, MODELS_DIR=str(models))
    with started("transcribe", talk, "-q", environment=environment) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()  # as `| head` does
        assert process.stderr.read() == b""
        assert process.wait(60) == 1
    assert names(talk.parent) == ["talk.srt", "talk.txt", "talk.wav"]


@pytest.mark.parametrize("asked", ["--help", "--version", "transcribe -h", "completion bash"])
def test_help_for_which_there_is_no_room_ends_with_one_line(here: Path, asked: str) -> None:
    words = shlex.join(command(*asked.split()))
    ended = subprocess.run(
        ["/bin/sh", "-c", f"LANG=C {words} > /dev/full"],
        env=environment_of(here.parent), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (1, "error: No space left on device\n")


@pytest.mark.parametrize(
    ("closed", "code", "said"),
    [
        ("<&-", 3, "error: -: The file is empty. Choose another."),
        (">&-", 3, "error: -: The file is empty. Choose another."),
        ("2>&-", 3, ""),
    ],
)
def test_a_closed_stream_is_an_empty_one(
    here: Path, models: Path, closed: str, code: int, said: str
) -> None:
    words = shlex.join(command("transcribe", "-", "-q"))
    environment = environment_of(here.parent, MODELS_DIR=str(models))
    stdin = "" if closed == "<&-" else "< /dev/null"
    ended = subprocess.run(
        ["/bin/sh", "-c", f"{words} {stdin} {closed}"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr.strip()) == (code, said)


def test_a_list_with_line_ends_of_windows_names_its_files(talk: Path) -> None:
    found = run("transcribe", "talk.wav\r", "gone\x1b[2J.wav\r", "-f", "srt")
    assert names(talk.parent) == ["talk.srt", "talk.wav"]
    assert "error: gone\\x1b[2J.wav: There is no such file." in found.stderr
    assert "\x1b" not in found.output


def test_formats_a_folder_and_json_for_scripts(talk: Path, here: Path) -> None:
    found = run("transcribe", talk, "-o", here / "out" / "", "-f", "vtt,json,docx", "--json")
    (facts,) = json_lines(found.stdout)
    assert facts["ok"] is True
    assert facts["engine"] == "moonshine"
    assert facts["duration_ms"] == pytest.approx(9963, abs=30)
    assert heard(facts["text"])
    assert [Path(path).name for path in facts["written"]] == ["talk.vtt", "talk.json", "talk.docx"]
    assert names(here / "out") == ["talk.docx", "talk.json", "talk.vtt"]
    assert json.loads((here / "out" / "talk.json").read_text())


def test_stdin_to_stdout_leaves_no_file(here: Path) -> None:
    found = run("transcribe", "-", "-o", "-", "-f", "srt", "-q", input=BECKETT.read_bytes())
    assert found.exit_code == 0, found.output
    assert found.stdout.startswith("1\n00:00:0")
    assert names(here) == []


def test_one_bad_file_does_not_stop_the_others(talk: Path, here: Path) -> None:
    (here / "notes.mp4").write_text("this is text, not a video\n" * 50)
    (here / "empty.mp3").write_bytes(b"")
    (here / "nothing").mkdir()
    found = run("transcribe", "notes.mp4", "empty.mp3", "gone.wav", "nothing", "talk.wav", "--json")
    facts = json_lines(found.stdout)
    assert [fact["ok"] for fact in facts] == [False, False, False, False, True]
    assert facts[0]["error"]["code"] == "not_media"
    assert facts[1]["error"]["code"] == "media_empty"
    assert found.exit_code == 3


@pytest.mark.slow
def test_a_summary_names_what_failed_again(talk: Path, here: Path) -> None:
    (here / "empty.mp3").write_bytes(b"")
    shutil.copy(talk, here / "again.wav")
    mixed = run("transcribe", "talk.wav", "empty.mp3", "again.wav")
    good = run("transcribe", "talk.wav", "again.wav")
    asked = run("ask", "Who speaks?", "empty.mp3", "talk.wav")

    failed = "  empty.mp3: The file is empty. Choose another."
    assert mixed.stderr.splitlines()[-2:] == ["2 of 3 recordings done, these failed:", failed]
    assert good.stderr.splitlines()[-1] == "2 of 2 recordings done."
    assert asked.stderr.splitlines()[-2:] == ["1 of 2 recordings done, these failed:", failed]
    for quiet in (
        ("talk.wav",),
        ("talk.wav", "empty.mp3", "-q"),
        ("talk.wav", "again.wav", "--json"),
    ):
        assert "recordings done" not in run("transcribe", *quiet).output


def test_warnings_of_several_recordings_name_theirs(talk: Path, here: Path) -> None:
    (here / "cut.wav").write_bytes(talk.read_bytes()[:-100_000])
    both = run("transcribe", "talk.wav", "cut.wav")
    one = run("transcribe", "cut.wav")
    assert "note: cut.wav: The file says it has" in both.stderr
    assert "note: The file says it has" in one.stderr


def test_asking_a_transcript_in_json_names_the_command_that_reads_it(here: Path) -> None:
    (here / "talk.json").write_text('{"schema": "mp4totext.transcript", "version": 1}')
    (here / "other.json").write_text('{"schema": "of something else"}')

    asked = run("ask", "Who speaks?", "talk.json", "--json")
    other = run("ask", "Who speaks?", "other.json", "--json")

    assert "`mp4totext export` converts it" in json_lines(asked.stdout)[0]["error"]["message"]
    assert "not a recording that can be read here" in other.stdout
    assert (asked.exit_code, other.exit_code) == (3, 3)


def test_bad_files_between_good_ones_cost_only_themselves(here: Path) -> None:
    names = ("bad.mp3", "talk.wav", "bad.m4a", "again.wav")
    (here / "bad.mp3").write_bytes(b"\xff\xfb\x90\x00" * 9_000)
    (here / "bad.m4a").write_bytes(b"\0\0\0\x20ftypisom" + bytes(2_000))
    shutil.copy(BECKETT, here / "talk.wav")
    shutil.copy(BECKETT, here / "again.wav")
    found = run("transcribe", *names, "--json")
    facts = json_lines(found.stdout)
    assert [fact["ok"] for fact in facts] == [False, True, False, True]
    assert all(fact["error"]["message"] for fact in facts if not fact["ok"])
    assert found.exit_code == 3


@pytest.mark.parametrize(
    ("arguments", "exit_code", "said"),
    [
        ((), 2, "Name a FILE"),
        ((str(BECKETT), "-f", "doc"), 2, "There is no export 'doc'"),
        ((str(BECKETT), "-o", "x.exe"), 2, "There is no export 'exe'"),
        ((str(BECKETT), str(TWO_CITIES), "-o", "out.srt"), 2, "Name a folder"),
        ((str(BECKETT), "--engine", "nope"), 2, "There is no engine 'nope'"),
        ((str(BECKETT), "--engine", "moonshin"), 2, "Did you mean 'moonshine'?"),
        (
            (str(BECKETT), "--engine", "moonshine", "--language", "de"),
            2,
            "not support the language 'de'",
        ),
        (
            (str(BECKETT), "--engine", "moonshine", "--quality", "best"),
            2,
            "'moonshine' does not support quality=best",
        ),
        ((str(BECKETT), "--language", "?"), 2, "language"),
        (
            (str(BECKETT), "--min-speakers", "3", "--max-speakers", "2"),
            2,
            "is more than `max_speakers`",
        ),
        ((str(BECKETT), "--features", "mood"), 2, "no feature 'mood'"),
        ((str(BECKETT), "--track", "first"), 2, "--track takes numbers from 1, or all"),
        ((str(BECKETT), "--channel", "0"), 2, "channels"),
        ((str(BECKETT), "--track", "2"), 3, "no audio track 2: the recording has 1"),
        ((str(BECKETT), "--channel", "1,3"), 3, "no channel 3: the recording has 1"),
        ((str(BECKETT), "--engine", "groq"), 4, "GROQ_API_KEY"),
        (("x.wav",), 3, "There is no such file"),
        (("s3://bucket/x.wav",), 3, "s3:// is not fetched, only http:// and https:// are."),
    ],
)
def test_what_cannot_be_is_said_in_one_line(
    arguments: tuple[str, ...], exit_code: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GROQ_API_KEY", raising=False)
    found = run("transcribe", *arguments)
    assert found.exit_code == exit_code, found.output
    assert said in found.stderr
    assert "Traceback" not in found.output


def test_a_place_where_nothing_can_be_written_is_said_before_the_work(
    talk: Path, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    found = run("transcribe", talk)
    assert found.exit_code == 2, found.output
    assert "nor the current folder can be written to" in found.stderr
    assert not found.stdout


def test_a_file_of_other_content_is_not_overwritten(talk: Path, here: Path) -> None:
    (here / "talk.txt").write_text("my own notes")
    (here / "talk.srt").write_text("old captions")
    assert run("transcribe", talk, "-f", "txt").exit_code == 0
    assert run("transcribe", talk, "-f", "txt").exit_code == 0  # the same again: no third file
    assert names(here) == ["talk-2.txt", "talk.srt", "talk.txt", "talk.wav"]
    assert (here / "talk.txt").read_text() == "my own notes"
    assert run("transcribe", talk, "-f", "srt", "--overwrite").exit_code == 0
    assert heard((here / "talk.srt").read_text())


def test_names_that_begin_with_a_tilde_and_links_are_names_like_others(
    talk: Path, here: Path
) -> None:
    shutil.copy(BECKETT, here / "~draft.wav")
    (here / "links").mkdir()
    (here / "links" / "linked.wav").symlink_to(talk)
    found = run("transcribe", "./~draft.wav", "links/linked.wav", "-f", "txt", "--track", "all")
    assert found.exit_code == 0, found.output
    assert names(here) == ["links", "talk.wav", "~draft.txt", "~draft.wav"]
    assert names(here / "links") == ["linked.txt", "linked.wav"]


@pytest.mark.parametrize("language", ["EN", "En-us", "eng", "English", "en_GB"])
def test_a_language_may_be_written_in_any_way(talk: Path, language: str) -> None:
    found = run("transcribe", talk, "-o", "-", "-f", "txt", "--language", language)
    assert found.exit_code == 0, found.output
    assert heard(found.stdout)


def test_a_wrong_setting_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "eighty")
    found = run("transcribe", BECKETT)
    assert found.exit_code == 2
    assert "PORT must be" in found.stderr


@pytest.mark.slow
def test_the_sample_speakers_and_features_are_written_here(here: Path) -> None:
    found = run(
        "transcribe", "--sample", "--diarize", "--max-speakers", "1",
        "--features", "sentiment_analysis", "--json",
    )  # fmt: skip
    assert found.exit_code == 0, found.output
    (facts,) = json_lines(found.stdout)
    assert "best of times" in facts["text"]
    assert len(facts["speakers"]) == 1
    assert facts["understanding"]["sentiment_analysis_results"]
    assert names(here) == ["two_cities.srt", "two_cities.txt", "two_cities.understanding.json"]


@pytest.mark.parametrize(
    ("number", "exit_code"),
    [(signal.SIGINT, 130), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.slow)],
)
def test_a_stopped_command_leaves_nothing_behind(
    number: signal.Signals, exit_code: int, tmp_path: Path, models: Path, here: Path
) -> None:
    with wave.open(str(TWO_CITIES)) as source, wave.open(str(here / "long.wav"), "wb") as long:
        long.setparams(source.getparams())
        frames = source.readframes(source.getnframes())
        for _ in range(40):
            long.writeframes(frames)
    temporary = tmp_path / "tmp"
    environment = environment_of(tmp_path / "data", TMPDIR=str(temporary), MODELS_DIR=str(models))
    with started("transcribe", here / "long.wav", environment=environment) as process:
        until(lambda: any(temporary.rglob("jobs/*")), within_s=60)
        process.send_signal(number)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == exit_code, errors
    assert output == b""
    assert b"Traceback" not in errors
    assert names(temporary) == []
    assert names(here) == ["long.wav"]


def test_accounts_and_credits() -> None:
    assert run("db", "upgrade").exit_code == 0
    assert run("db", "check").exit_code == 0
    words = PASSWORD + "\n"
    assert run("users", "create", "a@example.com", "--password-stdin", input=words).exit_code == 0
    again = run("users", "create", "A@example.com", "--password-stdin", input=words)
    assert again.exit_code == 1
    assert "There is already an account for" in again.stderr
    weak = run("users", "create", "b@example.com", "--password-stdin", input="short\n")
    assert weak.exit_code == 2
    assert run("users", "deactivate", "a@example.com").exit_code == 0
    (user,) = json.loads(run("users", "list", "--json").stdout)
    assert (user["email"], user["role"], user["active"]) == ("a@example.com", "user", False)
    assert run("users", "activate", "nobody@example.com").exit_code == 1
    assert (
        run("users", "password", "a@example.com", "--password-stdin", input="another " + words)
    ).exit_code == 0
    before = json.loads(run("credits", "balance", "a@example.com", "--json").stdout)["balance"]
    assert run("credits", "grant", "a@example.com", "12.5", "--reason", "test").exit_code == 0
    assert run("credits", "grant", "a@example.com", "-2", "--reason", "test").exit_code == 0
    after = json.loads(run("credits", "balance", "a@example.com", "--json").stdout)["balance"]
    assert after == before + 10.5
    assert run("credits", "grant", "a@example.com", "lots", "--reason", "test").exit_code == 2
    assert run("credits", "audit", "--json").stdout == '{"ok": true, "problems": []}\n'


def test_the_database_is_taken_back_for_an_older_version() -> None:
    assert run("db", "upgrade").exit_code == 0
    newest = run("db", "current").stdout
    asked = run("db", "downgrade", "0010", input="n\n")
    assert (asked.exit_code, run("db", "current").stdout) == (1, newest)
    assert run("db", "downgrade", "0010", "--yes").exit_code == 0
    assert run("db", "current").stdout == "0010\n"
    for revision in ("0011", "0010", "base", "none"):
        refused = run("db", "downgrade", revision, "--yes")
        assert refused.exit_code == 2
        assert "is at revision '0010'" in refused.stderr
        assert "Older revisions: 0009, 0008" in refused.stderr
    assert run("db", "upgrade").exit_code == 0


def test_db_check_notices_a_missing_schema() -> None:
    assert run("db", "current").stdout == "no schema yet\n"
    found = run("db", "check")
    assert found.exit_code == 1
    assert "db upgrade" in found.stderr
    assert run("db", "upgrade").exit_code == 0
    found = run("db", "check")
    assert (found.exit_code, found.stdout) == (0, "")
    assert found.stderr == "The schema is the one of this version.\n"


def test_a_mistyped_name_suggests_the_nearest_one(talk: Path) -> None:
    found = run("transcribe", talk, "-f", "srtt")
    assert "There is no export 'srtt'. Did you mean srt? Choose from txt, md, " in found.stderr


def test_what_was_only_checked_is_no_database_of_another_version() -> None:
    schema = next(line for line in run("doctor").stdout.splitlines() if "schema" in line)
    listed = run("providers", "list")
    assert "is not there yet" in schema
    assert "kokoro" in listed.stdout
    assert listed.stderr == ""


@pytest.mark.parametrize("option", [("--quality", "balanced"), ("--translate",)])
def test_what_an_engine_that_is_not_set_up_would_do_names_how_to_add_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, option: tuple[str, ...]
) -> None:
    monkeypatch.setenv("BUNDLED_MODELS_DIR", str(tmp_path))  # as from the wheel
    for name in ("OPENAI_API_KEY", "GROQ_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    refused = run("transcribe", BECKETT, *option)
    assert refused.exit_code == 2
    assert "'combined' is not ready here: The model 'base' is not installed" in refused.stderr
    assert "mp4totext models pull faster-whisper:base" in refused.stderr


def test_a_provider_whose_model_is_missing_is_not_ready(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BUNDLED_MODELS_DIR", str(tmp_path))
    for refused in (
        run("providers", "check", "kokoro"),
        run("say", "Hello.", "--provider", "kokoro"),
        run("image", "A harbour", "--provider", "replicate"),
        run("transcribe", BECKETT, "--text", "summary", "--text-provider", "gemini"),
    ):
        assert refused.exit_code == 4, refused.output


def test_engines_and_models_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    found = {row["name"]: row for row in json.loads(run("providers", "list", "--json").stdout)}
    assert found["moonshine"]["ready"] is True
    assert found["openai"]["missing"] == "set OPENAI_API_KEY"
    assert run("providers", "check", "moonshine").exit_code == 0
    assert run("providers", "check", "openai").exit_code == 4
    assert run("providers", "check", "nope").exit_code == 2
    assert "moonshine:tiny-en" in run("models", "list").stdout
    assert "is not installed" in run("models", "remove", "whisper:tiny").stderr


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"APP_ENV": "production"}, "SECRET_KEY is not set"),
        ({"APP_ENV": "production", "SECRET_KEY": "change-me" * 4}, "SECRET_KEY is a well-known"),
        ({"DATABASE_URL": "postgresql+psycopg://u:hush@127.0.0.1:1/x"}, "DATABASE_URL"),
        ({"REDIS_HOST": "127.0.0.1", "REDIS_PORT": "1"}, "REDIS_HOST"),
        ({"MINIO_ENDPOINT": "127.0.0.1:1", "MINIO_ACCESS_KEY": "me"}, "MINIO_SECRET_KEY"),
        ({"HOST": "192.0.2.1"}, "HOST"),
        ({"GPU_ENGINES": "faster-whisper,fast"}, "GPU_ENGINES"),
    ],
)
def test_serve_refuses_to_start_and_says_why(
    variables: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    found = run("serve", "--port", 0)
    assert found.exit_code == 2, found.output
    assert said in found.stderr
    assert "hush" not in found.output


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"APP_ENV": "production"}, "SECRET_KEY is not set"),
        ({"DATABASE_URL": "postgresql+psycopg://u:hush@127.0.0.1:1/x"}, "DATABASE_URL"),
        ({"REDIS_HOST": "127.0.0.1", "REDIS_PORT": "1"}, "REDIS_HOST"),
        ({"MINIO_ENDPOINT": "127.0.0.1:1", "MINIO_ACCESS_KEY": "me"}, "MINIO_SECRET_KEY"),
    ],
)
def test_a_worker_refuses_to_start_and_says_why(
    variables: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    found = run("worker")
    assert found.exit_code == 2, found.output
    assert said in found.stderr
    assert "hush" not in found.output


def test_a_worker_of_an_unknown_queue_is_refused() -> None:
    found = run("worker", "--queues", "default,fast")
    assert found.exit_code == 2
    assert "There is no queue 'fast'" in found.stderr
