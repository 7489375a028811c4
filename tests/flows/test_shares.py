"""Links through which visitors without an account read and play one recording only."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import anyio
import pytest
from anyio import sleep_forever
from sqlalchemy import delete, update
from starlette.types import Message

from mp4totext.auth.models import User
from mp4totext.kit import ranges, storage
from mp4totext.kit.clock import now
from mp4totext.kit.errors import AppError
from mp4totext.kit.ratelimit import LimitName, RateLimiter
from mp4totext.shares import service
from mp4totext.shares.models import Share
from tests.support.account_steps import problem
from tests.support.in_process_service import TEN_SECONDS, ApiUser, Harness, recording

API = "/api/v1"


@pytest.fixture
def talk(user: ApiUser) -> str:
    return str(user.transcribed(TEN_SECONDS, title="Talk", diarize=True)["id"])


def share(user: ApiUser, transcription_id: str, **body: Any) -> Any:
    return user.send("POST", f"/transcriptions/{transcription_id}/shares", body, status=201)


def opened(user: ApiUser, token: str, part: str = "", **more: Any) -> Any:
    """As somebody without an account."""
    return user.harness.client.get(f"{API}/shared/{token}{part}", **more)


def test_a_link_shows_the_text_and_plays_the_sound(user: ApiUser, talk: str) -> None:
    link = share(user, talk)
    answer = opened(user, link["token"])
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["x-robots-tag"] == "noindex"
    shown, own = answer.json(), user.recording(talk)
    assert shown["title"] == "Talk"
    assert [each["text"] for each in shown["segments"]] == [e["text"] for e in own["segments"]]
    assert shown["segments"][0]["speaker"] == own["speakers"][0]["label"]
    assert "user_id" not in answer.text
    assert user.account.email not in answer.text
    sound = user.harness.client.get(shown["media_url"])
    assert sound.content == recording(TEN_SECONDS).read_bytes()
    words = opened(user, link["token"], "/words").json()
    assert words["segments"] == user.get(f"/transcriptions/{talk}/words")["segments"]


def test_edits_are_shown_at_once(user: ApiUser, talk: str) -> None:
    link = share(user, talk)
    edit = {"version": 1, "revision": 0, "edits": [{"id": "s1", "text": "Edited."}]}
    user.send("PATCH", f"/transcriptions/{talk}/segments", edit)
    assert opened(user, link["token"]).json()["segments"][0]["text"] == "Edited."


def test_only_what_was_chosen_is_shown(user: ApiUser, talk: str) -> None:
    link = share(user, talk, with_media=False, with_speakers=False, may_export=True)
    shown = opened(user, link["token"]).json()
    assert (shown["media_url"], shown["media_type"]) == (None, None)
    assert {each["speaker"] for each in shown["segments"]} == {None}
    words = opened(user, link["token"], "/words").json()
    assert not [each for each in words["segments"] if each.get("speakers")]
    exported = opened(user, link["token"], "/export", params={"format": "json"})
    assert exported.status_code == 200
    assert exported.json()["speakers"] == []
    words_exported = [word for each in exported.json()["segments"] for word in each["words"]]
    assert {(word["speaker"], word["speaker_confidence"]) for word in words_exported} == {
        (None, None)
    }
    own = user.recording(talk)["speakers"][0]["label"]
    assert own not in exported.text


def test_an_export_needs_to_be_allowed(user: ApiUser, talk: str) -> None:
    link = share(user, talk)
    problem(opened(user, link["token"], "/export", params={"format": "srt"}), 403, "not_shared")
    allowed = share(user, talk, may_export=True)
    answer = opened(user, allowed["token"], "/export", params={"format": "srt"})
    assert "-->" in answer.text
    assert 'filename="Talk.srt"' in answer.headers["content-disposition"]


def test_a_password_is_asked_for_everything(user: ApiUser, talk: str) -> None:
    link = share(user, talk, password="correct horse", may_export=True)
    assert link["has_password"]
    for part in ("", "/words", "/export?format=srt"):
        problem(opened(user, link["token"], part), 403, "share_password")
        wrong = {"X-Share-Password": "wrong horse"}
        problem(opened(user, link["token"], part, headers=wrong), 403, "share_password")
        right = {"X-Share-Password": "correct horse"}
        assert opened(user, link["token"], part, headers=right).status_code == 200


def test_wrong_passwords_lock_out_the_address_that_sends_them_alone(
    harness: Harness, user: ApiUser, talk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = share(user, talk, password="correct horse")
    runtime = harness.runtime
    limits: dict[LimitName, str] = {"login": "3/minute", "shared": "5/minute"}
    monkeypatch.setitem(runtime.__dict__, "limiter", RateLimiter(limits, redis_url=None))

    def tried(address: str, password: str) -> int:
        visitor = service.Visitor(password=password, address=address)
        try:
            with service.opened(runtime, link["token"], visitor):
                return 200
        except AppError as error:
            return error.status

    assert [tried("192.0.2.1", "wrong") for _ in range(5)] == [403, 403, 403, 429, 429]
    assert tried("192.0.2.1", "correct horse") == 429
    assert tried("192.0.2.2", "correct horse") == 200
    # Guesses from many addresses meet the higher limit of the link.
    assert [tried(f"192.0.2.{n}", "wrong") for n in range(3, 6)] == [403, 429, 429]


@pytest.mark.parametrize("password", ["naïve", "密码密码", "100%41"])
def test_a_password_in_any_letters_opens_a_link(user: ApiUser, talk: str, password: str) -> None:
    link = share(user, talk, password=password)
    for sent in (quote(password, safe=""), password.encode()):  # by browsers, and by tools
        answer = opened(user, link["token"], headers={"X-Share-Password": sent})
        assert answer.status_code == 200, answer.text
    wrong = quote(password + "!", safe="")
    answer = opened(user, link["token"], headers={"X-Share-Password": wrong})
    problem(answer, 403, "share_password")


def test_a_password_of_which_the_end_would_not_count_is_refused(user: ApiUser, talk: str) -> None:
    answer = user.call("POST", f"/transcriptions/{talk}/shares", json={"password": "密" * 25})
    assert "at most 72 are used" in problem(answer, 422, "invalid")["detail"]


def test_a_revoked_link_leads_nowhere(user: ApiUser, talk: str) -> None:
    link = share(user, talk)
    sound = opened(user, link["token"]).json()["media_url"]
    user.send("DELETE", f"/shares/{link['id']}", None, status=204)
    problem(opened(user, link["token"]), 404, "share_not_found")
    problem(user.harness.client.get(sound), 404, "not_found")
    unsigned = sound.replace(f"&share={link['id']}", "")
    assert unsigned != sound
    problem(user.harness.client.get(unsigned), 404, "not_found")
    problem(user.call("DELETE", f"/shares/{link['id']}"), 404, "share_not_found")


@pytest.mark.parametrize("how", ["expired", "binned", "deleted", "deactivated"])
def test_what_is_over_is_like_what_never_was(user: ApiUser, talk: str, how: str) -> None:
    link = share(user, talk, expires_at=(now() + timedelta(hours=1)).isoformat())
    sound = opened(user, link["token"]).json()["media_url"]
    assert user.harness.client.get(sound).status_code == 200
    match how:
        case "expired":
            with user.harness.runtime.database.write() as session:
                session.execute(
                    update(Share).where(Share.id == link["id"]).values(expires_at=now())
                )
            assert user.get("/shares")["items"][0]["expired"]
        case "binned":
            user.send("PATCH", f"/transcriptions/{talk}", {"binned": True})
        case "deleted":
            user.send("DELETE", f"/transcriptions/{talk}", None, status=204)
        case _:
            with user.harness.runtime.database.write() as session:
                session.execute(update(User).where(User.id == user.account.id).values(active=False))
    never = opened(user, "mp4h_nobody-made-it").json()
    over = opened(user, link["token"]).json()
    assert (over["code"], over["detail"]) == (never["code"], never["detail"])
    problem(user.harness.client.get(sound), 404, "not_found")


@pytest.mark.parametrize("how", ["revoked", "deactivated"])
def test_sound_that_is_being_sent_ends_with_its_link(
    user: ApiUser, talk: str, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "CHUNK_BYTES", 1000)
    monkeypatch.setattr(ranges, "CHECK_EVERY_S", 0)
    link = share(user, talk)
    sound = urlsplit(opened(user, link["token"]).json()["media_url"])
    received: list[bytes] = []

    def end() -> None:
        with user.harness.runtime.database.write() as session:
            if how == "revoked":
                session.execute(delete(Share).where(Share.id == link["id"]))
            else:
                session.execute(update(User).where(User.id == user.account.id).values(active=False))

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            received.append(message["body"])
            if len(received) == 3:
                end()

    async def receive() -> Message:
        await sleep_forever()
        raise AssertionError

    scope = {"type": "http", "method": "GET", "path": sound.path, "headers": []}
    scope |= {"query_string": sound.query.encode()}
    anyio.run(user.harness.client.app, scope, receive, send)
    assert len(received) == 3


def test_openings_are_counted_and_links_can_be_shown_again(user: ApiUser, talk: str) -> None:
    link = share(user, talk)
    for _ in range(3):
        opened(user, link["token"])
    listed = user.get("/shares", transcription_id=talk)["items"]
    assert [(each["token"], each["opened"]) for each in listed] == [(link["token"], 3)]
    assert listed[0]["last_opened_at"]
    assert listed[0]["title"] == "Talk"
    with user.harness.runtime.database.read() as session:
        stored = session.get_one(Share, link["id"])
    assert link["token"] not in str(vars(stored))


def test_an_end_that_was_is_refused(user: ApiUser, talk: str) -> None:
    body = {"expires_at": "2020-01-01T00:00:00Z"}
    problem(user.call("POST", f"/transcriptions/{talk}/shares", json=body), 422, "in_past")


def test_there_is_a_limit(user: ApiUser, talk: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MAX_SHARES", 1)
    share(user, talk)
    problem(user.call("POST", f"/transcriptions/{talk}/shares", json={}), 409, "too_many_shares")


def test_without_a_transcript_there_is_nothing_to_show(user: ApiUser) -> None:
    waiting = user.upload(recording(TEN_SECONDS), language="en").json()["id"]
    problem(opened(user, share(user, waiting)["token"]), 409, "not_ready")


def test_chapters_that_were_written_later_are_shared(user: ApiUser) -> None:
    """Also in what visitors download."""
    talk = str(user.transcribed("two_cities.wav")["id"])
    link = share(user, talk, may_export=True)
    assert opened(user, link["token"]).json()["chapters"] == []
    user.send("POST", f"/transcriptions/{talk}/texts", {"kind": "chapters"}, status=202)
    user.harness.work()
    text_id = user.get(f"/transcriptions/{talk}/texts")["items"][0]["id"]
    written = user.get(f"/transcriptions/{talk}/texts/{text_id}")["data"]["chapters"]
    shown = opened(user, link["token"]).json()["chapters"]
    assert [each["headline"] for each in shown] == [each["headline"] for each in written]
    assert (shown[0]["start"], shown[-1]["end"]) == (
        user.recording(talk)["segments"][0]["start_ms"],
        user.recording(talk)["duration_ms"],
    )
    exported = opened(user, link["token"], "/export", params={"format": "vtt-chapters"})
    assert written[0]["gist"] in exported.text
