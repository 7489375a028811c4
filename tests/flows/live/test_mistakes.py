"""Wrong messages, broken audio and missing workers: a clear error, at no cost."""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from starlette.websockets import WebSocketDisconnect

from mp4totext.jobs.models import Job
from mp4totext.kit.clock import now
from mp4totext.live import connection
from mp4totext.live import service as live
from tests.conftest import auth_headers
from tests.flows.live.conftest import live_service
from tests.support.account_steps import make_key
from tests.support.in_process_service import FOUR_SECONDS, ApiUser, Harness, recording
from tests.support.live_audio import (
    END,
    LIVE,
    START,
    half_an_hour_in_a_few_bytes,
    opus,
    pcm,
    spoken,
)
from tests.support.live_client import LiveClient, connected, live_worker, stored_rows

BAD_AUDIO = {
    "a WAV file": ("pcm_s16le", b"RIFF" + bytes(1_000), "not_media"),
    "no Ogg": ("ogg_opus", b"no Ogg at all" * 1_000, "media_damaged"),
    "no Opus": ("webm_opus", opus(spoken(2), "matroska", codec="pcm_s16le"), "not_media"),
}


@pytest.mark.parametrize("kind", BAD_AUDIO)
@pytest.mark.usefixtures("worker")
def test_audio_of_another_format_fails_at_no_cost(user: ApiUser, kind: str) -> None:
    form, audio, code = BAD_AUDIO[kind]
    with connected(user, **START, format=form) as client:
        client.receive("session")
        client.send_audio(audio)
        client.send_message(END)
        assert client.receive_rest() == 4500
    assert client.of_type("error")[0]["code"] == code
    assert user.balance["available"] == 100


@pytest.mark.usefixtures("worker")
def test_audio_before_damage_is_kept_and_charged(user: ApiUser) -> None:
    """Otherwise garbage at the end would make a session free."""
    with connected(user, **START, format="webm_opus") as client:
        session = client.receive("session")["session"]
        client.send_audio(opus(spoken(6), "webm"))
        client.receive("live_final")
        client.send_audio(b"\xff" * 200_000)
        client.send_message(END)
        assert client.receive_rest() == 1000
    assert user.recording(session)["text"].startswith("Ever tried")
    assert client.of_type("job_complete")[0]["charged"] >= 0.09


@pytest.mark.usefixtures("worker")
def test_hours_in_a_few_bytes_are_damage(user: ApiUser, monkeypatch: pytest.MonkeyPatch) -> None:
    """100 kB that are half an hour. Without a limit all of it would be charged."""
    monkeypatch.setattr("mp4totext.live.session.AHEAD_MS_MAX", 60_000)
    with connected(user, **START, format="ogg_opus") as client:
        client.receive("session")
        client.send_audio(half_an_hour_in_a_few_bytes())
        client.send_message(END)
        assert client.receive_rest() == 1000
    (end,) = client.of_type("live_end")
    assert (end["reason"], 60_000 <= end["duration_ms"] < 600_000) == ("damaged", True)


MISTAKES: dict[str, tuple[Any, int, str]] = {
    "sound before the start": (b"\0\0", 4422, "must be text"),
    "not JSON": ("hello", 4422, "not JSON"),
    "no such message": ('{"type": "begin"}', 4422, "Choose one of: start, resume"),
    "no such format": ('{"type": "start", "format": "mp3"}', 4422, "format"),
    "another rate": ('{"type": "start", "sample_rate": 8000}', 4422, "sample_rate"),
    "another language": (
        '{"type": "start", "language": "de"}',
        4422,
        "does not support the lang",
    ),
    "a megabyte": (
        json.dumps({"type": "start"} | dict.fromkeys(range(90_000), 0)),
        4413,
        "at most",
    ),
    "a made-up session": (f'{{"type": "resume", "session": "trn_{"0" * 26}"}}', 4404, "no live"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_wrong_first_message_is_refused(user: ApiUser, mistake: str) -> None:
    first, code, words = MISTAKES[mistake]
    with connected(user) as client:
        client.socket.send_bytes(first) if isinstance(first, bytes) else client.socket.send_text(
            first
        )
        error = client.receive("error")
        assert words in error["message"]
        assert (client.receive_rest(), error["status"]) == (code, code - 4000)
    assert user.has_nothing


def test_a_missing_first_message_is_refused(
    tmp_path: Path, empty_database: Path, models_dir: Path
) -> None:
    limits = {"live_first_message_s": 0.05}
    with (
        live_service(tmp_path, empty_database, models_dir, **limits) as harness,
        connected(harness.new_user()) as client,
    ):
        assert client.receive("error")["code"] == "no_message"
        assert client.receive_rest() == 4408


def test_a_silent_connection_is_kept_open(
    tmp_path: Path, empty_database: Path, models_dir: Path
) -> None:
    with (
        live_service(tmp_path, empty_database, models_dir, keepalive_s=0.05) as harness,
        live_worker(harness),
        connected(harness.new_user(), **START) as client,
    ):
        client.receive("session")
        client.receive("ping")
        client.send_message(END)
        client.receive_rest()


@pytest.mark.usefixtures("worker")
def test_later_mistakes_close_the_connection_but_not_the_session(user: ApiUser) -> None:
    with connected(user, **START) as client:
        session = client.receive("session")["session"]
        client.socket.send_text("stop")
        assert "binary messages" in client.receive("error")["message"]
        assert client.receive_rest() == 4422
    with connected(user, type="resume", session=session) as client:
        client.receive("session")
        client.socket.send_bytes(bytes(connection.MESSAGE_BYTES_MAX + 1))
        assert client.receive("error")["code"] == "message_too_large"
        assert client.receive_rest() == 4413
    with connected(user, type="resume", session=session) as client:
        client.receive("session")
        for _ in range(5):
            client.socket.send_bytes(bytes(1 << 20))
        assert client.receive("error")["code"] == "too_much_at_once"
        assert client.receive_rest() == 4429
    with connected(user, type="resume", session=session, sent_bytes=1) as client:
        assert client.receive("error")["code"] == "out_of_step"
        assert client.receive_rest() == 4409
    with connected(user, type="resume", session=session) as client:
        client.receive("session")
        client.send_message(END)
        assert client.receive_rest() == 1000


def test_a_session_that_no_worker_picks_up_is_removed(
    tmp_path: Path, empty_database: Path, models_dir: Path
) -> None:
    with live_service(tmp_path, empty_database, models_dir, live_start_s=0.2) as harness:
        user = harness.new_user()
        with connected(user, **START) as client:
            error = client.receive("error")
            assert client.receive_rest() == 4503
        assert (error["code"], error["retry_after_s"]) == ("no_live_worker", live.TRY_AGAIN_S)
        assert harness.rows(user.account) == {"transcriptions": 0, "jobs": 1, "holds": 0}
        assert user.get("/jobs")["items"][0]["state"] == "cancelled"
        assert user.balance["available"] == 100


def test_a_session_over_the_limit_is_refused(harness: Harness, user: ApiUser) -> None:
    with ExitStack() as stack:
        clients = []
        for _ in range(3):
            stack.enter_context(live_worker(harness))
            clients.append(stack.enter_context(connected(harness.new_user(), **START)))
            clients[-1].receive("session")
        extra_client = stack.enter_context(connected(user, **START))
        assert "All 3 live sessions" in extra_client.receive("error")["message"]
        assert extra_client.receive_rest() == 4503
        for client in clients:
            client.send_message(END)
            client.receive_rest()
    assert user.has_nothing


def test_an_account_has_fewer_sessions_than_all_have(
    harness: Harness, user: ApiUser, other_user: ApiUser
) -> None:
    with ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(live_worker(harness))
        clients = [stack.enter_context(connected(user, **START)) for _ in range(2)]
        for client in clients:
            client.receive("session")
        third = stack.enter_context(connected(user, **START))
        error = third.receive("error")
        assert (error["code"], error["status"]) == ("too_many_live_sessions", 429)
        assert error["retry_after_s"]
        assert third.receive_rest() == 4429
        clients.append(stack.enter_context(connected(other_user, **START)))
        clients[-1].receive("session")
        for client in clients:
            client.send_message(END)
            client.receive_rest()
    assert user.balance["available"] == 100


@pytest.mark.usefixtures("worker")
def test_a_session_belongs_to_its_user_only(
    harness: Harness, user: ApiUser, other_user: ApiUser
) -> None:
    with connected(user, **START) as client:
        session = client.receive("session")["session"]
        with connected(other_user, type="resume", session=session) as other:
            assert other.receive("error")["code"] == "live_session_not_found"
            assert other.receive_rest() == 4404
        client.send_audio(pcm(spoken(2)))
        client.send_message(END)
        assert client.receive_rest() == 1000
    upload = user.upload(recording(FOUR_SECONDS)).json()["id"]  # not of a live session
    with connected(user, type="resume", session=upload) as other:
        assert other.receive("error")["status"] == 404


def test_a_ticket_has_the_scopes_of_its_key(harness: Harness, user: ApiUser) -> None:
    key = make_key(harness.client, user.account, "jobs:read")["key"]
    for headers, code in ((auth_headers(key), "scope_missing"), (user.account.headers, None)):
        ticket = harness.client.post("/api/v1/ws/ticket", headers=headers).json()["ticket"]
        with harness.client.websocket_connect(f"{LIVE}?ticket={ticket}") as socket:
            client = LiveClient(socket)
            if code is None:
                client.send_message({"type": "resume", "session": f"trn_{'0' * 26}"})
            error = client.receive("error")
            assert error["code"] == (code or "live_session_not_found")
            client.receive_rest()


def test_a_socket_without_a_credential_is_refused(harness: Harness) -> None:
    with (
        pytest.raises(WebSocketDisconnect) as closed,
        harness.client.websocket_connect(LIVE),
    ):
        raise AssertionError("it opened")
    assert closed.value.code == 4401


@pytest.mark.usefixtures("worker")
def test_the_audio_of_a_failed_session_is_kept_for_a_day(harness: Harness, user: ApiUser) -> None:
    with connected(user, **START, format="ogg_opus") as client:
        session = client.receive("session")
        client.send_audio(b"no Ogg" * 1_000)
        client.send_message(END)
        assert client.receive_rest() == 4500
    live.remove_ended(harness.runtime)
    assert stored_rows(harness, session["session"])["chunks"] >= 1
    with harness.runtime.database.write() as database:
        database.execute(
            update(Job)
            .where(Job.id == session["job_id"])
            .values(finished_at=now() - 2 * live.KEPT_AFTER_END)
        )
    live.remove_ended(harness.runtime)
    assert stored_rows(harness, session["session"]) == {"sessions": 0, "chunks": 0}
