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
from tests.support.in_process_service import FOUR_SECONDS, Person, World, recording
from tests.support.live_audio import END, LIVE, START, opus, pcm, spoken
from tests.support.live_speaker import Talk, in_the_database, listening, talking

BAD_SOUND = {
    "a WAV file": ("pcm_s16le", b"RIFF" + bytes(1_000), "not_media"),
    "no Ogg": ("ogg_opus", b"no Ogg at all" * 1_000, "media_damaged"),
    "no Opus": ("webm_opus", opus(spoken(2), "matroska", codec="pcm_s16le"), "not_media"),
}


@pytest.mark.parametrize("kind", BAD_SOUND)
@pytest.mark.usefixtures("worker")
def test_sound_of_another_format_is_refused_unpaid(person: Person, kind: str) -> None:
    form, sound, code = BAD_SOUND[kind]
    with talking(person, **START, format=form) as talk:
        talk.hear("session")
        talk.send(sound)
        talk.say(END)
        assert talk.hear_all() == 4500
    assert talk.of("error")[0]["code"] == code
    assert person.balance["available"] == 100


@pytest.mark.usefixtures("worker")
def test_what_came_before_damage_is_kept_and_paid(person: Person) -> None:
    """Or garbage at the end would be a way not to pay."""
    with talking(person, **START, format="webm_opus") as talk:
        session = talk.hear("session")["session"]
        talk.send(opus(spoken(6), "webm"))
        talk.hear("live_final")
        talk.send(b"\xff" * 200_000)
        talk.say(END)
        assert talk.hear_all() == 1000
    assert person.recording(session)["text"].startswith("Ever tried")
    assert talk.of("job_complete")[0]["charged"] >= 0.09


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
def test_a_first_message_that_is_none(person: Person, mistake: str) -> None:
    first, code, words = MISTAKES[mistake]
    with talking(person) as talk:
        talk.socket.send_bytes(first) if isinstance(first, bytes) else talk.socket.send_text(first)
        error = talk.hear("error")
        assert words in error["message"]
        assert (talk.hear_all(), error["status"]) == (code, code - 4000)
    assert person.has_nothing


def test_silence_instead_of_a_first_message(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoints, "FIRST_MESSAGE_S", 0.05)
    with talking(person) as talk:
        assert talk.hear("error")["code"] == "no_message"
        assert talk.hear_all() == 4408


@pytest.mark.usefixtures("worker")
def test_mistakes_later_close_the_connection_and_leave_the_session(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "KEEPALIVE_S", 0.05)
    with talking(person, **START) as talk:
        session = talk.hear("session")["session"]
        talk.hear("ping")
        talk.socket.send_text("stop")
        assert "binary messages" in talk.hear("error")["message"]
        assert talk.hear_all() == 4422
    with talking(person, type="resume", session=session) as talk:
        talk.hear("session")
        talk.socket.send_bytes(bytes(connection.MESSAGE_BYTES_MAX + 1))
        assert talk.hear("error")["code"] == "message_too_large"
        assert talk.hear_all() == 4413
    with talking(person, type="resume", session=session) as talk:
        talk.hear("session")
        for _ in range(5):
            talk.socket.send_bytes(bytes(1 << 20))
        assert talk.hear("error")["code"] == "too_much_at_once"
        assert talk.hear_all() == 4429
    with talking(person, type="resume", session=session, sent_bytes=1) as talk:
        assert talk.hear("error")["code"] == "out_of_step"
        assert talk.hear_all() == 4409
    with talking(person, type="resume", session=session) as talk:
        talk.hear("session")
        talk.say(END)
        assert talk.hear_all() == 1000


def test_when_nobody_can_hear_it_there_is_no_session(world: World, person: Person) -> None:
    with talking(person, **START) as talk:
        error = talk.hear("error")
        assert talk.hear_all() == 4503
    assert (error["code"], error["retry_after_s"]) == ("no_live_worker", live.TRY_AGAIN_S)
    assert world.rows(person.account) == {"transcriptions": 0, "jobs": 1, "holds": 0}
    assert person.get("/jobs")["items"][0]["state"] == "cancelled"
    assert person.balance["available"] == 100


def test_no_more_sessions_than_there_is_room_for(world: World, person: Person) -> None:
    with ExitStack() as rooms:
        talks = []
        for _ in range(3):
            rooms.enter_context(listening(world))
            talks.append(rooms.enter_context(talking(world.person(), **START)))
            talks[-1].hear("session")
        one_more = rooms.enter_context(talking(person, **START))
        assert "All 3 live sessions" in one_more.hear("error")["message"]
        assert one_more.hear_all() == 4503
        for talk in talks:
            talk.say(END)
            talk.hear_all()
    assert person.has_nothing


def test_an_account_has_fewer_sessions_than_all_have(
    world: World, person: Person, someone_else: Person
) -> None:
    with ExitStack() as rooms:
        for _ in range(3):
            rooms.enter_context(listening(world))
        talks = [rooms.enter_context(talking(person, **START)) for _ in range(2)]
        for talk in talks:
            talk.hear("session")
        third = rooms.enter_context(talking(person, **START))
        error = third.hear("error")
        assert (error["code"], error["status"]) == ("too_many_live_sessions", 429)
        assert error["retry_after_s"]
        assert third.hear_all() == 4429
        talks.append(rooms.enter_context(talking(someone_else, **START)))
        talks[-1].hear("session")
        for talk in talks:
            talk.say(END)
            talk.hear_all()
    assert person.balance["available"] == 100


@pytest.mark.usefixtures("worker")
def test_it_is_nobody_elses(world: World, person: Person, someone_else: Person) -> None:
    with talking(person, **START) as talk:
        session = talk.hear("session")["session"]
        with talking(someone_else, type="resume", session=session) as other:
            assert other.hear("error")["code"] == "live_session_not_found"
            assert other.hear_all() == 4404
        talk.send(pcm(spoken(2)))
        talk.say(END)
        assert talk.hear_all() == 1000
    upload = person.upload(recording(FOUR_SECONDS)).json()["id"]  # but not a live one
    with talking(person, type="resume", session=upload) as other:
        assert other.hear("error")["status"] == 404


def test_a_ticket_may_do_what_who_asked_for_it_may(world: World, person: Person) -> None:
    narrow = make_key(world.client, person.account, "jobs:read")["key"]
    for headers, code in ((auth_headers(narrow), "scope_missing"), (person.account.headers, None)):
        made = world.client.post("/api/v1/ws/ticket", headers=headers).json()["ticket"]
        with world.client.websocket_connect(f"{LIVE}?ticket={made}") as socket:
            talk = Talk(socket)
            if code is None:
                talk.say({"type": "resume", "session": f"trn_{'0' * 26}"})
            error = talk.hear("error")
            assert error["code"] == (code or "live_session_not_found")
            talk.hear_all()


def test_without_a_credential_it_stays_shut(world: World) -> None:
    with (
        pytest.raises(WebSocketDisconnect) as closed,
        world.client.websocket_connect(LIVE),
    ):
        raise AssertionError("it opened")
    assert closed.value.code == 4401


@pytest.mark.usefixtures("worker")
def test_the_sound_of_a_failed_session_is_kept_a_day(world: World, person: Person) -> None:
    with talking(person, **START, format="ogg_opus") as talk:
        session = talk.hear("session")
        talk.send(b"no Ogg" * 1_000)
        talk.say(END)
        assert talk.hear_all() == 4500
    live.remove_ended(world.runtime)
    assert in_the_database(world, session["session"])["chunks"] >= 1
    with world.runtime.database.write() as database:
        database.execute(
            update(Job)
            .where(Job.id == session["job_id"])
            .values(finished_at=now() - 2 * live.KEPT_AFTER_END)
        )
    live.remove_ended(world.runtime)
    assert in_the_database(world, session["session"]) == {"sessions": 0, "chunks": 0}
