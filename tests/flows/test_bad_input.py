"""Unusable input is refused with the reason, and nothing of it is stored."""

import io
import json
import struct
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from fastapi.testclient import TestClient

from mp4totext.app import create_app
from mp4totext.settings import AppSettings, Settings, SettingsError
from tests.conftest import PASSWORD, auth_headers
from tests.support.account_steps import AUTH, problem
from tests.support.in_process_service import FOUR_SECONDS, ApiUser, Harness, recording
from tests.support.media_files import chirps, write_video

MP4 = "talk.mp4"


def silent_video(folder: Path) -> bytes:
    return write_video(folder / "mute.mp4", None).read_bytes()


def truncated_mp4(folder: Path) -> bytes:
    """Its index, which lies at the end, is cut away."""
    whole = write_video(folder / "whole.mp4", chirps(2)).read_bytes()
    return whole[: len(whole) // 2]


def lying_wav(_folder: Path) -> bytes:
    """A second of sound under a header that says twelve hours and more."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, 2, 16_000, 0, "NONE", ""))
        sound.writeframes(bytes(32_000))
    content = bytearray(file.getvalue())
    data = content.index(b"data")
    struct.pack_into("<I", content, data + 4, 13 * 3600 * 32_000)
    struct.pack_into("<I", content, 4, 13 * 3600 * 32_000 + 36)
    return bytes(content)


def lying_mp4(folder: Path) -> bytes:
    """Two seconds of picture and sound whose headers all say thirteen hours."""
    content = bytearray(write_video(folder / "short.mp4", chirps(2)).read_bytes())
    for box, scale_at, length_at in ((b"mvhd", 16, 20), (b"mdhd", 16, 20)):
        at = content.find(box)
        while at != -1:
            scale = struct.unpack_from(">I", content, at + scale_at)[0]
            struct.pack_into(">I", content, at + length_at, 13 * 3600 * scale)
            at = content.find(box, at + 1)
    return bytes(content)


def playlist(*lines: str) -> bytes:
    return "\n".join(("#EXTM3U", "#EXT-X-TARGETDURATION:10", *lines, "#EXT-X-ENDLIST")).encode()


BAD: dict[str, tuple[Callable[[Path], bytes | Path], int, set[str]]] = {
    "empty": (lambda _: b"", 422, {"media_empty", "empty_file"}),
    "text": (lambda _: b"Dear diary, today I renamed a file.\n" * 50, 415, {"not_media"}),
    "nothing but zeros": (lambda _: bytes(100_000), 415, {"not_media"}),
    "video without sound": (silent_video, 422, {"media_without_sound"}),
    "cut off": (truncated_mp4, 422, {"media_damaged"}),
    "playlist of a file": (
        lambda _: playlist("#EXTINF:10,", "file:///etc/passwd"),
        415,
        {"not_media"},
    ),
    "playlist of an address": (
        lambda _: playlist("#EXTINF:10,", "http://127.0.0.1:9/secret"),
        415,
        {"not_media"},
    ),
    "list to be joined": (
        lambda _: b"ffconcat version 1.0\nfile /etc/passwd\n",
        415,
        {"not_media"},
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_is_no_recording_is_refused(
    harness: Harness, user: ApiUser, tmp_path: Path, name: str
) -> None:
    make, status, codes = BAD[name]
    files = harness.files()
    refused = user.upload(make(tmp_path), name=MP4)
    assert refused.status_code == status, refused.text
    body = refused.json()
    problem(refused, status, body["code"])
    assert body["code"] in codes
    assert "/" not in body["detail"].replace("MP3 or MP4", "")  # no paths of this machine
    assert "root:" not in refused.text
    assert user.has_nothing
    assert harness.files() == files


@pytest.mark.parametrize("make", [lying_wav, lying_mp4])
def test_a_header_that_lies_about_the_length_costs_what_is_there(
    harness: Harness, user: ApiUser, tmp_path: Path, make: Any
) -> None:
    answer = user.upload(make(tmp_path), name="long.mp4")
    if answer.status_code == 202:
        assert answer.json()["held"] <= 0.05
        harness.work()
        found = user.recording(answer.json()["id"])
        assert found["status"] == "succeeded", found["error"]
        assert found["duration_ms"] < 10_000
    else:
        assert answer.status_code in (413, 422), answer.text
        assert user.has_nothing


def test_a_name_is_only_a_name(harness: Harness, user: ApiUser) -> None:
    name = "../../x\r\n.srt"
    answer = user.call(
        "POST",
        "/transcriptions/upload",
        params={"filename": name},
        content=recording(FOUR_SECONDS).read_bytes(),
        headers={"Content-Type": "application/octet-stream"},
    )
    assert answer.status_code == 202, answer.text
    harness.work()
    found = user.recording(answer.json()["id"])
    assert not {"/", "\r", "\n"} & set(found["filename"] + found["title"])
    export = user.call(
        "GET", f"/transcriptions/{found['id']}/export", params={"format": "srt", "title": name}
    )
    refused_or_clean = export.status_code == 422 or "x" in export.headers["content-disposition"]
    assert refused_or_clean
    assert "x-injected" not in export.headers
    stored = [path for path in harness.files() if found["id"] in path]
    assert stored == [f"media/recordings/{found['id']}/media"]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"engine": "moonshine", "language": "de"}, "unsupported_language"),
        ({"engine": "moonshine", "translate_to_english": True}, "unsupported_feature"),
        ({"features": {"llm_gateway": {"enabled": True}}}, "unsupported_feature"),
        ({"engine": "shorthand"}, "unknown_engine"),
        ({"diarize": True, "diarizer": "ouija"}, "unknown_diarizer"),
    ],
)
def test_what_an_engine_cannot_do_is_refused_before_the_hold(
    harness: Harness, user: ApiUser, options: dict[str, Any], code: str
) -> None:
    files = harness.files()
    body = {"duration_ms": 1000, "options": options}
    estimate = user.call("POST", "/transcriptions/estimate", json=body)
    refused = problem(estimate, 422, code)
    assert refused["detail"]
    address = {"url": "https://example.com/a.mp3", "options": options}
    problem(user.call("POST", "/transcriptions/from-url", json=address), 422, code)
    problem(user.upload(recording(FOUR_SECONDS), options=json.dumps(options)), 422, code)
    assert user.has_nothing
    assert harness.files() == files


def test_an_engine_that_is_not_here_names_the_command(harness: Harness, user: ApiUser) -> None:
    refused = problem(
        user.upload(recording(FOUR_SECONDS), engine="faster-whisper"), 409, "engine_missing"
    )
    assert "mp4totext models pull" in refused["detail"]
    german = problem(user.upload(recording(FOUR_SECONDS), language="de"), 409, "engine_missing")
    assert "faster-whisper" in german["detail"]
    vendor = problem(user.upload(recording(FOUR_SECONDS), engine="openai"), 409, "engine_missing")
    assert "OPENAI_API_KEY" in vendor["detail"]
    named = problem(
        user.upload(recording(FOUR_SECONDS), engine="faster-whisper", model="tiny"),
        409,
        "engine_missing",
    )
    assert "models pull faster-whisper:tiny" in named["detail"]
    assert user.has_nothing


@pytest.mark.parametrize("options", ["{", "[]", '"x"', '{"language": 5}', '{"unknown": 1}'])
def test_options_that_cannot_be_read_are_refused(user: ApiUser, options: str) -> None:
    assert user.upload(recording(FOUR_SECONDS), options=options).status_code == 422
    assert user.has_nothing


@pytest.mark.parametrize(
    "fields",
    [
        {"options": "[" * 60_000},
        {"options": '{"min_speakers": ' + "9" * 5_000 + "}"},
        {"options": '{"min_speakers": 1e999}'},
        {"options": '{"vocabulary": ' + "[" * 100 + "]" * 100 + "}"},
        {"options": '{"texts": [{"kind": "custom", "options": {"prompt": "\\ud800"}}]}'},
        {"options": '{"texts": [{"kind": "summary", "options": {"x": NaN}}]}'},
        {"options": '{"\\u0000": 1}'},
        {"min_speakers": "9" * 5_000},
        {"vocabulary": "[" * 60_000},
        {"vocabulary": '"a\x00b"'},
        {"webhook_url": "http://example.com:99999/"},
        {"webhook_url": "http://[fe80::1%25eth0]/"},
    ],
)
def test_a_form_with_monstrous_values_is_422_and_names_one(
    user: ApiUser, fields: dict[str, str]
) -> None:
    refused = user.upload(recording(FOUR_SECONDS), **fields)
    assert refused.status_code == 422, refused.text
    body = problem(refused, 422, refused.json()["code"])
    field = next(iter(fields))
    assert field in body["detail"] or field == "options"
    assert len(body["detail"]) < 1_000
    assert user.has_nothing


def test_a_body_that_is_too_large_is_refused(harness: Harness, user: ApiUser) -> None:
    limit = harness.runtime.settings.ingest.max_upload_bytes
    files = harness.files()
    problem(user.upload(bytes(limit + 1)), 413, "too_large")
    tus = {"Tus-Resumable": "1.0.0", "Upload-Length": str(limit + 1)}
    problem(user.call("POST", "/uploads", headers=tus), 413, "too_large")
    assert user.has_nothing
    assert harness.files() == files


def test_wrong_and_expired_tokens_are_told_apart(harness: Harness, user: ApiUser) -> None:
    runtime = harness.runtime
    now_s = int(time.time())
    claims = jwt.decode(user.account.access_token, options={"verify_signature": False})

    def answer(secret: str, **change: Any) -> Any:
        token = jwt.encode({**claims, **change}, secret, algorithm="HS256")
        return harness.client.get(f"{AUTH}/me", headers=auth_headers(token))

    right = runtime.settings.jwt_secret
    assert answer(right).status_code == 200
    problem(answer("another secret of sufficient length, thirty-two"), 401, "invalid_credentials")
    expired = answer(right, exp=now_s - 3600, iat=now_s - 7200)
    problem(expired, 401, "token_expired")
    wrong = harness.client.post(
        f"{AUTH}/login", json={"email": user.account.email, "password": PASSWORD + "x"}
    )
    assert wrong.status_code == 401
    assert PASSWORD not in wrong.text


@pytest.mark.parametrize("secret", [None, "short", "change-me-" * 5, "a" * 40])
def test_a_service_with_a_weak_secret_does_not_start(tmp_path: Path, secret: str | None) -> None:
    settings = Settings(app=AppSettings(app_env="production", data_dir=tmp_path, secret_key=secret))
    with pytest.raises(SettingsError, match="SECRET_KEY"):
        create_app(settings)


def test_a_model_that_vanished_fails_the_job_with_what_to_do(
    harness: Harness, user: ApiUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The package is there; its model is another one. Found out by the worker, and not billed."""
    accepted = user.upload(recording(FOUR_SECONDS), language="en").json()
    world_settings = harness.runtime.settings
    blocked = world_settings.data_dir / "a file"
    blocked.write_text("where a folder should be")
    engines = world_settings.engines.model_copy(update={"models_dir": blocked / "models"})
    monkeypatch.setitem(
        harness.runtime.__dict__,
        "settings",
        world_settings.model_copy(update={"engines": engines}),
    )
    assert harness.work() == 1
    job = user.get(f"/jobs/{accepted['task_id']}")
    assert (job["state"], job["error"]["code"]) == ("failed", "provider_misconfigured")
    assert "set MODELS_DIR" in job["error"]["message"]
    assert (job["charged"], user.balance["held"]) == (None, 0)
    blocked.unlink()


def test_malformed_requests_are_problems_too(harness: Harness, user: ApiUser) -> None:
    client: TestClient = harness.client
    problem(client.get("/nowhere"), 404, "not_found")
    problem(client.put("/health"), 405, "method_not_allowed")
    headers = {**user.account.headers, "Content-Type": "application/json"}
    path = "/api/v1/transcriptions/estimate"
    for body in (b"{", b"", b"null", b"[1]", b'{"duration_ms": NaN}', b"\xff"):
        answer = client.post(path, headers=headers, content=body)
        assert answer.status_code in (400, 422), (body, answer.text)
        problem(answer, answer.status_code, answer.json()["code"])
