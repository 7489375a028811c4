"""From an uploaded recording to its transcript, exports and playback."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select, update

from mp4totext.auth import service
from mp4totext.auth.models import User
from mp4totext.events.log import Event
from mp4totext.exports.registry import EXPORTS
from mp4totext.kit.signed_links import sign
from tests.conftest import PASSWORD, auth_headers
from tests.support.account_steps import make_key, problem
from tests.support.in_process_service import TEN_SECONDS, ApiUser, Harness, recording

SAID = "Ever tried, ever failed, no matter, try again, fail again, fail better."


@pytest.fixture(scope="module")
def owner(harness: Harness) -> ApiUser:
    return harness.new_user()


@pytest.fixture(scope="module")
def heard(owner: ApiUser) -> dict[str, object]:
    """One finished recording, for stories that only look at it."""
    found: dict[str, object] = owner.transcribed(TEN_SECONDS, title="Try again")
    return found


def spoken(text: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in text.lower()).split()


def test_an_upload_becomes_a_transcript_with_times(harness: Harness, user: ApiUser) -> None:
    accepted = user.upload(recording(TEN_SECONDS), language="en")
    assert accepted.status_code == 202, accepted.text
    answer = accepted.json()
    waiting = user.recording(answer["id"])
    assert (waiting["status"], waiting["segments"], waiting["text"]) == ("queued", [], None)
    held = user.balance["held"]
    assert held == answer["held"] == pytest.approx(0.17)

    assert harness.work() == 1
    found = user.recording(answer["id"], words=True)
    assert found["status"] == "succeeded"
    assert spoken(found["text"]) == spoken(SAID)
    assert (found["engine"], found["version"], found["revision"]) == ("moonshine", 1, 0)
    assert found["duration_ms"] == 9_963
    words = [word for segment in found["segments"] for word in segment["words"]]
    assert [w for word in words for w in spoken(word["text"])] == spoken(SAID)
    starts = [word["start_ms"] for word in words]
    assert starts == sorted(starts)
    assert all(
        0 <= w["start_ms"] < w["end_ms"] <= 9_963 and 0 < w["confidence"] <= 1 for w in words
    )
    edges = [0, *(stretch["end_ms"] for stretch in found["coverage"])]
    assert [stretch["start_ms"] for stretch in found["coverage"]] == edges[:-1]
    assert edges[-1] == 9_963

    job = user.get(f"/jobs/{answer['task_id']}")
    assert (job["state"], job["charged"], job["error"]) == ("succeeded", held, None)
    assert job["progress"]["percent"] == 100.0
    assert user.balance["held"] == 0
    assert not [name for name in harness.files() if name.startswith("work/")]


def test_each_window_that_is_done_is_an_event_for_pages_that_wait(
    harness: Harness, user: ApiUser
) -> None:
    accepted = user.upload(recording(TEN_SECONDS), language="en").json()
    harness.work()
    with harness.runtime.database.read() as session:
        chosen = select(Event).where(Event.job_id == accepted["task_id"], Event.type == "heard")
        [window] = session.scalars(chosen)
    assert window.passing
    assert window.body["subject_id"] == accepted["id"]
    assert (window.body["start_ms"], window.body["end_ms"]) == (0, 9_963)
    assert spoken(" ".join(window.body["lines"])) == spoken(SAID)


def test_the_short_path_takes_uploads_too(harness: Harness, user: ApiUser) -> None:
    raw = user.call(
        "POST",
        "/transcriptions/upload?filename=raw.wav",
        content=recording(TEN_SECONDS).read_bytes(),
        headers={"Content-Type": "application/octet-stream"},
    )
    assert raw.status_code == 202, raw.text
    assert user.recording(raw.json()["id"])["filename"] == "raw.wav"
    assert harness.work() == 1


@pytest.mark.parametrize("name", sorted(n for n, e in EXPORTS.items() if not e.of_chapters))
def test_every_export_has_content(owner: ApiUser, heard: dict[str, object], name: str) -> None:
    answer = owner.call("GET", f"/transcriptions/{heard['id']}/export", params={"format": name})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == EXPORTS[name].media_type
    assert (
        f'filename="Try again.{EXPORTS[name].extension}"' in answer.headers["content-disposition"]
    )
    if answer.headers["content-type"].startswith(("application/pdf", "application/vnd")):
        assert len(answer.content) > 1_000
    elif name != "rttm":  # it says who spoke when, not what
        assert "better." in answer.text


@pytest.mark.parametrize("name", sorted(n for n, e in EXPORTS.items() if e.of_chapters))
def test_a_list_of_chapters_says_how_to_get_some(
    owner: ApiUser, heard: dict[str, object], name: str
) -> None:
    path = f"/transcriptions/{heard['id']}/export"
    refused = problem(owner.call("GET", path, params={"format": name}), 409, "no_chapters")
    assert "auto_chapters" in refused["detail"]


def test_a_download_drops_the_extension_of_the_recording(harness: Harness, user: ApiUser) -> None:
    talk = user.upload(recording(TEN_SECONDS), name="talk.mp4", language="ENG").json()
    assert harness.work() == 1
    answer = user.call("GET", f"/transcriptions/{talk['id']}/export", params={"format": "srt"})
    assert answer.headers["content-disposition"] == 'attachment; filename="talk.srt"'
    assert user.recording(talk["id"])["options"]["language"] == "en"


def test_an_unknown_export_is_refused_with_the_known_ones(
    owner: ApiUser, heard: dict[str, object]
) -> None:
    path = f"/transcriptions/{heard['id']}/export"
    refused = problem(owner.call("GET", path, params={"format": "wav"}), 422, "unknown_export")
    assert "srt" in refused["detail"]


def test_every_export_is_listed_with_its_options(harness: Harness) -> None:
    listed = harness.client.get("/api/v1/export-formats").json()
    assert [row["name"] for row in listed] == list(EXPORTS)
    assert all(set(row["options"]) == set(EXPORTS[row["name"]].options) for row in listed)


def test_an_export_before_the_transcript_says_so(harness: Harness, user: ApiUser) -> None:
    accepted = user.upload(recording(TEN_SECONDS)).json()
    path = f"/transcriptions/{accepted['id']}/export"
    problem(user.call("GET", path, params={"format": "srt"}), 409, "not_ready")
    harness.work()
    assert user.call("GET", path, params={"format": "srt"}).status_code == 200


def test_media_is_served_whole_and_in_ranges(owner: ApiUser, heard: dict[str, object]) -> None:
    content = recording(TEN_SECONDS).read_bytes()
    path = f"/transcriptions/{heard['id']}/media"
    whole = owner.call("GET", path)
    assert (whole.status_code, whole.content) == (200, content)
    assert whole.headers["content-type"] == "audio/wav"
    some = owner.call("GET", path, headers={"Range": "bytes=100-199"})
    assert (some.status_code, some.content) == (206, content[100:200])
    assert some.headers["content-range"] == f"bytes 100-199/{len(content)}"
    beyond = owner.call("GET", path, headers={"Range": f"bytes={len(content)}-"})
    assert beyond.status_code == 416
    same = owner.call("GET", path, headers={"If-None-Match": whole.headers["etag"]})
    assert same.status_code == 304


def test_a_signed_link_ends_with_its_account(harness: Harness, user: ApiUser) -> None:
    link = user.transcribed(TEN_SECONDS)["media_url"]
    assert harness.client.get(link).status_code == 200
    for active, status in ((False, 404), (True, 200)):
        with harness.runtime.database.write() as session:
            session.execute(update(User).where(User.id == user.account.id).values(active=active))
        assert harness.client.get(link).status_code == status


def test_a_signed_link_ends_with_the_login_or_key_that_it_was_made_for(
    harness: Harness, user: ApiUser
) -> None:
    recording_id = user.upload(recording(TEN_SECONDS)).json()["id"]
    key = make_key(harness.client, user.account, "transcriptions:read")
    other = service.log_in(harness.runtime, email=user.account.email, password=PASSWORD)
    links = {
        credential: harness.client.get(
            f"/api/v1/transcriptions/{recording_id}", headers=auth_headers(credential)
        ).json()["media_url"]
        for credential in (user.account.access_token, key["key"], other.access_token)
    }

    def opened() -> list[int]:
        return [harness.client.get(link).status_code for link in links.values()]

    assert opened() == [200, 200, 200]
    user.send("DELETE", f"/auth/keys/{key['id']}", None, status=204)
    assert opened() == [200, 404, 200]
    user.send("POST", "/auth/logout", {"refresh_token": user.account.refresh_token}, status=204)
    assert opened() == [404, 404, 200]


def test_a_signed_link_opens_without_a_token(
    harness: Harness, owner: ApiUser, heard: dict[str, object]
) -> None:
    link = str(heard["media_url"])
    some = harness.client.get(link, headers={"Range": "bytes=0-3"})
    assert (some.status_code, some.content) == (206, b"RIFF")
    asked = parse_qs(urlsplit(link).query)
    assert int(asked["expires"][0]) > time.time()

    def opened(url: str) -> int:
        return int(harness.client.get(url).status_code)

    later = int(asked["expires"][0]) + 3600
    assert opened(link.replace(asked["expires"][0], str(later))) == 404  # lengthened
    flipped = "0" if link[-1] != "0" else "1"
    assert opened(link[:-1] + flipped) == 404  # forged
    path = urlsplit(link).path
    secret = harness.runtime.settings.secret_key
    facts = {name: asked[name][0] for name in ("type", "filename")}
    assert opened(f"{path}?{sign(path, facts, secret=secret, expires_s=-1)}") == 404  # expired
    assert opened(link.replace("audio", "text")) == 404  # of another type
    other = path.replace(str(heard["id"]), f"trn_{'0' * 26}")
    assert opened(f"{other}?{urlsplit(link).query}") == 404  # another recording's
    for missing in (other, f"{path}2", f"/api/v1/files/strange/{heard['id']}/media"):
        assert opened(f"{missing}?{sign(missing, facts, secret=secret, expires_s=60)}") == 404
    assert opened(path) == 422  # no signature at all


def test_features_and_speakers_are_delivered_and_billed(harness: Harness, user: ApiUser) -> None:
    wanted = '{"speech_understanding": {"sentiment_analysis": true, "auto_highlights": true}}'
    found = user.transcribed(TEN_SECONDS, features=wanted, diarize="true")
    asked = {"sentiment_analysis_results", "auto_highlights_result"}
    assert set(found["understanding"]) >= asked
    assert [speaker["label"] for speaker in found["speakers"]] == ["Speaker 1"]
    assert found["speakers"][0]["speaking_ms"] > 4_000
    assert {segment["speaker"] for segment in found["segments"]} == {"S1"}
    entries = user.get(f"/credits/transactions/transcription/{found['id']}")["items"]
    settled = next(entry for entry in entries if entry["kind"] == "settle")
    assert {line["key"] for line in settled["metadata"]["lines"]} == {
        "transcription",
        "feature.sentiment_analysis",
        "feature.auto_highlights",
        "diarization.local",
    }


def test_a_cancelled_job_costs_nothing_and_can_be_retried(harness: Harness, user: ApiUser) -> None:
    accepted = user.upload(recording(TEN_SECONDS), language="en").json()
    job = f"/jobs/{accepted['task_id']}"
    assert user.send("POST", f"{job}/cancel", None)["state"] == "cancelled"
    assert user.balance["held"] == 0
    problem(user.call("POST", f"{job}/cancel"), 409, "job_not_active")
    assert harness.work() == 0
    again = user.send("POST", f"{job}/retry", None, status=202, **{"Idempotency-Key": "again"})
    repeat = user.send("POST", f"{job}/retry", None, status=202, **{"Idempotency-Key": "again"})
    assert again == repeat
    assert user.balance["held"] == accepted["held"]
    assert harness.work() == 1
    assert user.recording(accepted["id"])["status"] == "succeeded"
    problem(user.call("POST", f"{job}/retry"), 409, "job_not_retryable")
    kinds = [entry["kind"] for entry in user.get("/credits/history")["items"]]
    assert kinds == ["settle", "hold", "release", "hold", "grant"]
