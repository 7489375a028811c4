"""Each program in examples/ runs against the real service as processes."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import wave
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from tests.support.servers import free_port
from tests.support.service_processes import PASSWORD, Api, Service
from tests.support.speech_samples import recording, two_cities
from tests.support.uvicorn_processes import ROOT
from tools.page import install_packages, node, npm

EXAMPLES = Path(__file__).parent.parent / "examples"
TALK = recording("beckett.wav")  # ten seconds
EMAIL = "newcomer@example.com"
RUN_S = 120


@pytest.fixture(scope="module")
def api(started_service: tuple[Service, Api]) -> Iterator[Api]:
    made, api = started_service
    with made.live_worker():
        yield api


def run(api: Api, *command: object, key: str = "", stdin: str = "", code: int = 0) -> str:
    """What an example prints; with its messages when it does not end as expected."""
    program = str(EXAMPLES / str(command[0]))
    interpreter = {".py": [sys.executable], ".ts": [str(node() / "node")]}
    done = subprocess.run(
        [*interpreter.get(Path(program).suffix, []), program, *map(str, command[1:])],
        env={
            "PATH": os.environ["PATH"],  # noqa: TID251  where curl is
            "MP4TOTEXT_URL": api.url,
            "MP4TOTEXT_KEY": key,
            "PACE": "8",
        },
        input=stdin,
        capture_output=True,
        text=True,
        timeout=RUN_S,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout if code == 0 else done.stderr


@pytest.fixture(scope="module")
def key(api: Api) -> str:
    return run(api, "make_key.py", EMAIL, stdin=f"{PASSWORD}\n").strip()


@pytest.fixture(scope="module")
def transcription_id(api: Api, key: str) -> str:
    """A recording in the newcomer's account, uploaded by an example."""
    said = run(api, "upload_and_follow.py", TALK, key=key)
    assert re.search(r"^\[00:00\] Speaker 1: \w+", said), said
    listed = httpx.get(f"{api.url}/api/v1/transcriptions", headers={"X-API-Key": key}, timeout=30)
    return str(listed.json()["items"][0]["id"])


@pytest.mark.slow
def test_a_key_is_made_for_a_new_account_and_for_a_known_one(api: Api, key: str) -> None:
    again = run(api, "make_key.py", EMAIL, stdin=f"{PASSWORD}\n").strip()
    assert key.startswith("mp4_")
    assert again.startswith("mp4_")
    assert again != key
    assert "password is wrong" in run(api, "make_key.py", EMAIL, stdin="wrong one\n", code=1)


@pytest.mark.slow
def test_a_recording_is_uploaded_and_exported(
    api: Api, key: str, transcription_id: str, tmp_path: Path
) -> None:
    run(api, "export_files.py", transcription_id, tmp_path, key=key)
    captions = (tmp_path / "captions.srt").read_text(encoding="utf-8")
    assert captions.startswith("1\n00:00:0")
    assert (tmp_path / "captions.vtt").read_text(encoding="utf-8").startswith("WEBVTT")
    assert (tmp_path / "transcript.docx").read_bytes().startswith(b"PK")
    assert json.loads((tmp_path / "words.json").read_text(encoding="utf-8"))["segments"]


@pytest.mark.slow
def test_what_the_service_refuses_is_told(api: Api, key: str, tmp_path: Path) -> None:
    page = tmp_path / "page.mp4"
    page.write_text("<html>not a recording</html>")
    assert "not a recording" in run(api, "upload_and_follow.py", page, key=key, code=1)
    assert "There is no transcription" in run(
        api, "export_files.py", "trn_" + "0" * 26, key=key, code=1
    )


@pytest.mark.slow
def test_curl_is_enough(api: Api, key: str, tmp_path: Path) -> None:
    captions = tmp_path / "talk.srt"
    assert "Written:" in run(api, "upload.sh", TALK, captions, key=key)
    assert "-->" in captions.read_text(encoding="utf-8")


@pytest.mark.slow
def test_words_are_replaced_and_a_speaker_gets_a_name(
    api: Api, key: str, transcription_id: str
) -> None:
    headers = {"X-API-Key": key}
    url = f"{api.url}/api/v1/transcriptions/{transcription_id}"
    word = httpx.get(url, headers=headers, timeout=30).json()["segments"][0]["text"].split()[0]
    said = run(api, "edit_transcript.py", transcription_id, word, "Beckett", "Sam", key=key)
    assert re.search(r"^\d+ segments changed\.$", said, re.MULTILINE)
    after = httpx.get(url, headers=headers, timeout=30).json()
    assert after["segments"][0]["text"].startswith("Beckett")
    assert after["speakers"][0]["label"] == "Sam"
    again = run(api, "edit_transcript.py", transcription_id, "nobody says this", "x", key=key)
    assert "is not in the text" in again


@pytest.mark.slow
def test_words_come_while_they_are_spoken(api: Api, key: str, tmp_path: Path) -> None:
    talk = tmp_path / "talk.wav"
    with wave.open(str(talk), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes((two_cities(0, 12_000) * 32_767).astype(np.int16).tobytes())
    said = run(api, "live_from_wav.py", talk, key=key)
    assert "best of times" in said.lower()


@pytest.mark.slow
def test_openais_client_gets_words(api: Api, key: str) -> None:
    words = run(api, "openai_client.py", TALK, key=key).splitlines()
    assert len(words) > 10
    assert re.fullmatch(r" +\d+\.\d\d  \S+", words[0])


@pytest.mark.slow
def test_a_webhook_is_verified_and_a_forged_one_is_refused(api: Api, key: str) -> None:
    login = {"email": EMAIL, "password": PASSWORD}
    with httpx.Client(base_url=f"{api.url}/api/v1", timeout=30) as client:
        token = client.post("/auth/login", json=login).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        secret = client.get("/webhook-secret").json()["secret"]
        port = free_port()
        receiver = subprocess.Popen(
            [sys.executable, str(EXAMPLES / "webhook_receiver.py"), str(port)],
            env={"WEBHOOK_SECRET": secret},
            stdout=subprocess.PIPE,
            text=True,
        )
        stop = threading.Timer(RUN_S, receiver.kill)  # so that a silent one fails the test
        stop.start()
        try:
            assert receiver.stdout is not None
            assert "Listening" in receiver.stdout.readline()
            own = f"http://127.0.0.1:{port}/"
            forged = httpx.post(own, json={"type": "job.succeeded"}, timeout=10)
            assert forged.status_code == 401
            with TALK.open("rb") as file:
                options = {"language": "en", "webhook_url": own}
                answer = client.post("/transcriptions", files={"file": file}, data=options)
            accepted = answer.raise_for_status().json()
            told = receiver.stdout.readline().split()
            assert told == ["job.succeeded", "transcribe", accepted["id"]]
        finally:
            stop.cancel()
            receiver.kill()
            receiver.communicate()


@pytest.mark.slow
def test_the_library_needs_no_service(api: Api, tmp_path: Path) -> None:
    talk = Path(shutil.copy(TALK, tmp_path / "talk.wav"))
    printed = run(api, "transcribe_here.py", talk)
    assert re.search(r"0\.\d s  Speaker 1: \w+", printed)
    assert (tmp_path / "talk.vtt").read_text(encoding="utf-8").startswith("WEBVTT")
    assert "There is no file" in run(api, "transcribe_here.py", tmp_path / "gone.wav", code=1)


@pytest.mark.slow
def test_typescript_gets_a_transcript_and_refusals(api: Api, key: str, tmp_path: Path) -> None:
    install_packages()
    npm("run", "types")
    printed = run(api, "upload_and_follow.ts", TALK, key=key)
    assert re.search(r"^Speaker 1: \w+", printed, re.MULTILINE)
    assert "WEBVTT" in printed
    page = tmp_path / "page.mp4"
    page.write_text("<html>not a recording</html>")
    assert "not a recording" in run(api, "upload_and_follow.ts", page, key=key, code=1)
    npm("exec", "--", "tsc", "--noEmit", "--project", "client")


@pytest.mark.slow
def test_a_program_may_leave_out_what_has_a_default(tmp_path: Path) -> None:
    install_packages()
    made = next(
        line.removeprefix("npx openapi-typescript openapi.json ").split()
        for line in (ROOT / "docs" / "clients.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("npx openapi-typescript ")
    )
    modules = ROOT / "web" / "node_modules"
    (tmp_path / "node_modules").symlink_to(modules)
    (tmp_path / "client").mkdir()
    shutil.copy(ROOT / "web" / "client" / "mp4totext.ts", tmp_path / "client")
    (tmp_path / "program.ts").write_text(
        'import { Mp4ToText } from "./client/mp4totext.ts";\n'
        'const { api } = new Mp4ToText("", "");\n'
        'await api.POST("/api/v1/transcriptions/{transcription_id}/texts", {\n'
        '  params: { path: { transcription_id: "" } }, body: { kind: "summary" },\n});\n'
    )
    for tool in (
        ("openapi-typescript", str(ROOT / "docs" / "openapi.json"), *made),
        (
            "tsc", "--noEmit", "--strict", "--target", "esnext", "--module", "esnext",
            "--moduleResolution", "bundler", "--allowImportingTsExtensions", "--skipLibCheck",
            "program.ts",
        ),
    ):  # fmt: skip
        subprocess.run(
            [modules / ".bin" / tool[0], *tool[1:]],
            cwd=tmp_path, env={"PATH": f"{node()}{os.pathsep}{os.defpath}"}, check=True,
        )  # fmt: skip


def test_every_example_is_run_here_and_listed() -> None:
    tests = Path(__file__).read_text(encoding="utf-8")
    page = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    programs = [path.name for path in EXAMPLES.iterdir() if path.suffix in (".py", ".sh", ".ts")]
    assert len(programs) >= 8
    assert [name for name in programs if f'"{name}"' not in tests] == []
    assert [name for name in programs if f"[{name}]({name})" not in page] == []
