"""Whatever else is sent gets a clear answer, and costs nothing."""

from contextlib import ExitStack
from typing import Any

import pytest
from sqlalchemy import update
from starlette.websockets import WebSocketDisconnect

from mp4totext.jobs.models import Job
from mp4totext.kit.clock import now
from mp4totext.live import connection, endpoints
from mp4totext.live import service as live
from tests.conftest import auth_headers
from tests.support.account_steps import make_key
from tests.support.in_process_service import FOUR_SECONDS, ApiUser, Harness, recording
from tests.support.live_audio import END, LIVE, START, opus, pcm, spoken
from tests.support.live_speaker import LiveSpeaker, live_worker, speaking, stored_rows

BAD_SOUND = {
    "a WAV file": ("pcm_s16le", b"RIFF" + bytes(1_000), "not_media"),
    "no Ogg": ("ogg_opus", b"no Ogg at all" * 1_000, "media_damaged"),
    "no Opus": ("webm_opus", opus(spoken(2), "matroska", codec="pcm_s16le"), "not_media"),
}


@pytest.mark.parametrize("kind", BAD_SOUND)
@pytest.mark.usefixtures("worker")
def test_sound_of_another_format_is_refused_unpaid(user: ApiUser, kind: str) -> None:
    form, sound, code = BAD_SOUND[kind]
    with speaking(user, **START, format=form) as speaker:
        speaker.wait_for("session")
        speaker.send_sound(sound)
        speaker.send_json(END)
        assert speaker.read_to_close() == 4500
    assert speaker.messages("error")[0]["code"] == code
    assert user.balance["available"] == 100


@pytest.mark.usefixtures("worker")
def test_what_came_before_damage_is_kept_and_paid(user: ApiUser) -> None:
    """Or garbage at the end would be a way not to pay."""
    with speaking(user, **START, format="webm_opus") as speaker:
        session = speaker.wait_for("session")["session"]
        speaker.send_sound(opus(spoken(6), "webm"))
        speaker.wait_for("live_final")
        speaker.send_sound(b"\xff" * 200_000)
        speaker.send_json(END)
        assert speaker.read_to_close() == 1000
    assert user.recording(session)["text"].startswith("Ever tried")
    assert speaker.messages("job_complete")[0]["charged"] >= 0.09


MISTAKES: dict[str, tuple[Any, int, str]] = {
    "sound before the start": (b"\0\0", 4422, "must be text"),
    "not JSON": ("hello", 4422, "Invalid JSON"),
    "no such message": ('{"type": "begin"}', 4422, "type"),
    "no such format": ('{"type": "start", "format": "mp3"}', 4422, "format"),
    "another rate": ('{"type": "start", "sample_rate": 8000}', 4422, "sample_rate"),
    "another language": ('{"type": "start", "language": "de"}', 4422, "does not speak 'de'"),
    "a made-up session": (f'{{"type": "resume", "session": "trn_{"0" * 26}"}}', 4404, "no live"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_first_message_that_is_none(user: ApiUser, mistake: str) -> None:
    first, code, words = MISTAKES[mistake]
    with speaking(user) as speaker:
        speaker.socket.send_bytes(first) if isinstance(first, bytes) else speaker.socket.send_text(
            first
        )
        error = speaker.wait_for("error")
        assert words in error["message"]
        assert (speaker.read_to_close(), error["status"]) == (code, code - 4000)
    assert user.has_nothing


def test_silence_instead_of_a_first_message(user: ApiUser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "FIRST_MESSAGE_S", 0.05)
    with speaking(user) as speaker:
        assert speaker.wait_for("error")["code"] == "no_message"
        assert speaker.read_to_close() == 4408


@pytest.mark.usefixtures("worker")
def test_mistakes_later_close_the_connection_and_leave_the_session(
    user: ApiUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "KEEPALIVE_S", 0.05)
    with speaking(user, **START) as speaker:
        session = speaker.wait_for("session")["session"]
        speaker.wait_for("ping")
        speaker.socket.send_text("stop")
        assert "binary messages" in speaker.wait_for("error")["message"]
        assert speaker.read_to_close() == 4422
    with speaking(user, type="resume", session=session) as speaker:
        speaker.wait_for("session")
        speaker.socket.send_bytes(bytes(connection.MESSAGE_BYTES_MAX + 1))
        assert speaker.wait_for("error")["code"] == "message_too_large"
        assert speaker.read_to_close() == 4413
    with speaking(user, type="resume", session=session) as speaker:
        speaker.wait_for("session")
        for _ in range(5):
            speaker.socket.send_bytes(bytes(1 << 20))
        assert speaker.wait_for("error")["code"] == "too_much_at_once"
        assert speaker.read_to_close() == 4429
    with speaking(user, type="resume", session=session, sent_bytes=1) as speaker:
        assert speaker.wait_for("error")["code"] == "out_of_step"
        assert speaker.read_to_close() == 4409
    with speaking(user, type="resume", session=session) as speaker:
        speaker.wait_for("session")
        speaker.send_json(END)
        assert speaker.read_to_close() == 1000


def test_when_nobody_can_hear_it_there_is_no_session(harness: Harness, user: ApiUser) -> None:
    with speaking(user, **START) as speaker:
        error = speaker.wait_for("error")
        assert speaker.read_to_close() == 4503
    assert (error["code"], error["retry_after_s"]) == ("no_live_worker", live.TRY_AGAIN_S)
    assert harness.rows(user.account) == {"transcriptions": 0, "jobs": 1, "holds": 0}
    assert user.get("/jobs")["items"][0]["state"] == "cancelled"
    assert user.balance["available"] == 100


def test_no_more_sessions_than_there_is_room_for(harness: Harness, user: ApiUser) -> None:
    with ExitStack() as rooms:
        speakers = []
        for _ in range(3):
            rooms.enter_context(live_worker(harness))
            speakers.append(rooms.enter_context(speaking(harness.new_user(), **START)))
            speakers[-1].wait_for("session")
        one_more = rooms.enter_context(speaking(user, **START))
        assert "All 3 live sessions" in one_more.wait_for("error")["message"]
        assert one_more.read_to_close() == 4503
        for speaker in speakers:
            speaker.send_json(END)
            speaker.read_to_close()
    assert user.has_nothing


def test_an_account_has_fewer_sessions_than_all_have(
    harness: Harness, user: ApiUser, other_user: ApiUser
) -> None:
    with ExitStack() as rooms:
        for _ in range(3):
            rooms.enter_context(live_worker(harness))
        speakers = [rooms.enter_context(speaking(user, **START)) for _ in range(2)]
        for speaker in speakers:
            speaker.wait_for("session")
        third = rooms.enter_context(speaking(user, **START))
        error = third.wait_for("error")
        assert (error["code"], error["status"]) == ("too_many_live_sessions", 429)
        assert error["retry_after_s"]
        assert third.read_to_close() == 4429
        speakers.append(rooms.enter_context(speaking(other_user, **START)))
        speakers[-1].wait_for("session")
        for speaker in speakers:
            speaker.send_json(END)
            speaker.read_to_close()
    assert user.balance["available"] == 100


@pytest.mark.usefixtures("worker")
def test_it_is_nobody_elses(harness: Harness, user: ApiUser, other_user: ApiUser) -> None:
    with speaking(user, **START) as speaker:
        session = speaker.wait_for("session")["session"]
        with speaking(other_user, type="resume", session=session) as other:
            assert other.wait_for("error")["code"] == "live_session_not_found"
            assert other.read_to_close() == 4404
        speaker.send_sound(pcm(spoken(2)))
        speaker.send_json(END)
        assert speaker.read_to_close() == 1000
    upload = user.upload(recording(FOUR_SECONDS)).json()["id"]  # but not a live one
    with speaking(user, type="resume", session=upload) as other:
        assert other.wait_for("error")["status"] == 404


def test_a_ticket_may_do_what_who_asked_for_it_may(harness: Harness, user: ApiUser) -> None:
    narrow = make_key(harness.client, user.account, "jobs:read")["key"]
    for headers, code in ((auth_headers(narrow), "scope_missing"), (user.account.headers, None)):
        made = harness.client.post("/api/v1/ws/ticket", headers=headers).json()["ticket"]
        with harness.client.websocket_connect(f"{LIVE}?ticket={made}") as socket:
            speaker = LiveSpeaker(socket)
            if code is None:
                speaker.send_json({"type": "resume", "session": f"trn_{'0' * 26}"})
            error = speaker.wait_for("error")
            assert error["code"] == (code or "live_session_not_found")
            speaker.read_to_close()


def test_without_a_credential_it_stays_shut(harness: Harness) -> None:
    with (
        pytest.raises(WebSocketDisconnect) as closed,
        harness.client.websocket_connect(LIVE),
    ):
        raise AssertionError("it opened")
    assert closed.value.code == 4401


@pytest.mark.usefixtures("worker")
def test_the_sound_of_a_failed_session_is_kept_a_day(harness: Harness, user: ApiUser) -> None:
    with speaking(user, **START, format="ogg_opus") as speaker:
        session = speaker.wait_for("session")
        speaker.send_sound(b"no Ogg" * 1_000)
        speaker.send_json(END)
        assert speaker.read_to_close() == 4500
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
