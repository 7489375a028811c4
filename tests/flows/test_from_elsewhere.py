"""Recordings from URLs, and resumable uploads."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.account_steps import problem
from tests.support.folder_site import folder_site
from tests.support.in_process_service import FOUR_SECONDS, TEN_SECONDS, ApiUser, Harness, recording


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A web server of this machine with one recording and one page."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "talk.wav").write_bytes(recording(FOUR_SECONDS).read_bytes())
    (folder / "page.wav").write_text("<html>no recording here</html>")
    with folder_site(folder) as site:
        yield site


def test_an_address_is_downloaded_and_transcribed(
    harness: Harness, user: ApiUser, site: str
) -> None:
    body = {"url": f"{site}/talk.wav", "options": {"language": "en"}}
    accepted = user.send(
        "POST", "/transcriptions/from-url", body, status=202, **{"Idempotency-Key": "u"}
    )
    again = user.send(
        "POST", "/transcriptions/from-url", body, status=202, **{"Idempotency-Key": "u"}
    )
    assert again == accepted
    assert [line["key"] for line in accepted["quote"]] == ["download"]
    assert harness.work() == 2  # the download, and the transcription it submitted
    found = user.recording(accepted["id"])
    assert found["status"] == "succeeded", found["error"]
    assert "America" in found["text"]
    assert (found["title"], found["source_url"]) == ("talk", f"{site}/talk.wav")
    entries = user.get(f"/credits/transactions/transcription/{found['id']}")["items"]
    assert [(e["kind"], e["operation_type"]) for e in entries if e["kind"] == "settle"] == [
        ("settle", "transcribe"),
        ("settle", "import"),
    ]
    media = user.call("GET", f"/transcriptions/{found['id']}/media")
    assert media.content == recording(FOUR_SECONDS).read_bytes()
    assert not [name for name in harness.files() if name.startswith("work/")]


@pytest.mark.parametrize("name", ["page.wav", "missing.wav"])
def test_a_download_without_a_recording_costs_nothing(
    harness: Harness, user: ApiUser, site: str, name: str
) -> None:
    body = {"url": f"{site}/{name}"}
    accepted = user.send("POST", "/transcriptions/from-url", body, status=202)
    assert accepted["held"] > 0
    assert harness.work() == 1
    job = user.get(f"/jobs/{accepted['task_id']}")
    assert (job["state"], job["charged"]) == ("failed", None)
    assert job["error"]["message"]
    assert user.recording(accepted["id"])["error"] == job["error"]["message"]
    assert (user.balance["held"], user.balance["available"]) == (0, user.balance["balance"])
    assert not [n for n in harness.files() if n.startswith("work/") or accepted["id"] in n]


def test_a_download_without_credits_for_the_rest_stays(
    harness: Harness, user: ApiUser, site: str
) -> None:
    accepted = user.send(
        "POST", "/transcriptions/from-url", {"url": f"{site}/talk.wav"}, status=202
    )
    admin = harness.new_user(admin=True)
    taken = -user.balance["available"]
    body = {"amount": taken, "reason": "test"}
    admin.send("POST", f"/admin/users/{user.account.id}/credits", body)
    assert harness.work() == 1
    found = user.recording(accepted["id"])
    assert (found["status"], found["version"], found["duration_ms"]) == ("succeeded", None, 4_109)
    assert "not transcribed" in found["warnings"][0]
    admin.send("POST", f"/admin/users/{user.account.id}/credits", {**body, "amount": 1})
    user.send("POST", f"/transcriptions/{found['id']}/rerun", {}, status=202)
    harness.work()
    assert "America" in user.recording(accepted["id"])["text"]


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://example.com/a", "http://a:b@example.com/a.mp3", "http://", "x"],
)
def test_an_address_that_cannot_be_fetched_is_refused_at_once(user: ApiUser, url: str) -> None:
    refused = user.call("POST", "/transcriptions/from-url", json={"url": url})
    assert refused.status_code == 422, refused.text
    assert user.has_nothing


TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {**TUS, "Content-Type": "application/offset+octet-stream"}


def begun(user: ApiUser, length: int) -> str:
    name = base64.b64encode(b"in pieces.wav").decode()
    created = user.call(
        "POST",
        "/uploads",
        headers={**TUS, "Upload-Length": str(length), "Upload-Metadata": f"filename {name}"},
    )
    assert created.status_code == 201, created.text
    return str(created.headers["location"]).rpartition("/")[2]


def send_piece(user: ApiUser, upload: str, start: int, content: bytes) -> None:
    sent = user.call(
        "PATCH",
        f"/uploads/{upload}",
        content=content,
        headers={**BYTES, "Upload-Offset": str(start)},
    )
    assert sent.status_code == 204, sent.text


def test_pieces_become_a_transcription(harness: Harness, user: ApiUser) -> None:
    content = Path(recording(TEN_SECONDS)).read_bytes()
    upload = begun(user, len(content))
    send_piece(user, upload, 0, content[:100_000])
    body = {"upload_id": upload, "options": {"language": "en"}}
    early = user.call("POST", "/transcriptions/from-upload", json=body)
    assert problem(early, 409, "upload_incomplete")["offset"] == 100_000
    send_piece(user, upload, 100_000, content[100_000:])
    stolen = harness.new_user().call("POST", "/transcriptions/from-upload", json=body)
    problem(stolen, 404, "not_found")
    key = {"Idempotency-Key": "pieces"}
    accepted = user.send("POST", "/transcriptions/from-upload", body, status=202, **key)
    assert user.send("POST", "/transcriptions/from-upload", body, status=202, **key) == accepted
    problem(user.call("POST", "/transcriptions/from-upload", json=body), 404, "not_found")
    assert not [name for name in harness.files() if upload in name]
    harness.work()
    found = user.recording(accepted["id"])
    assert found["text"].endswith("fail better.")
    assert found["filename"] == "in pieces.wav"


def test_pieces_that_are_no_recording_are_refused(harness: Harness, user: ApiUser) -> None:
    upload = begun(user, 5)
    send_piece(user, upload, 0, b"hello")
    refused = user.call("POST", "/transcriptions/from-upload", json={"upload_id": upload})
    problem(refused, 415, "not_media")
    assert user.has_nothing
    ended = user.call("DELETE", f"/uploads/{upload}", headers=TUS)
    assert ended.status_code == 204
    assert not [name for name in harness.files() if upload in name or name.startswith("work/")]


def test_a_webhook_is_told_by_the_transcription_and_each_text(
    harness: Harness, user: ApiUser, site: str
) -> None:
    options = {"webhook_url": f"{site}/hook", "texts": [{"kind": "clean", "provider": "local"}]}
    body = {"url": f"{site}/talk.wav", "options": options}
    accepted = user.send("POST", "/transcriptions/from-url", body, status=202)
    assert harness.work() == 5  # download, transcription, text, and a webhook for the last two
    jobs = user.get("/jobs")["items"]
    told = [job for job in jobs if job["operation"] == "webhook"]
    assert len(told) == 2
    # The site has no such address, and who asked for it can see that.
    assert {job["error"]["code"] for job in told} == {"webhook_refused"}
    assert {job["subject_id"] for job in told} == {accepted["id"]}
    assert user.balance["held"] == 0
    user.send("POST", f"/jobs/{told[0]['id']}/retry", None, status=202)
    # A webhook that still waits is no reason to refuse a rerun.
    user.send("POST", f"/transcriptions/{accepted['id']}/rerun", {}, status=202)
    user.send("DELETE", f"/transcriptions/{accepted['id']}", None, status=204)
    assert harness.work() == 0


@pytest.mark.parametrize("url", ["ftp://example.com/x", "https://user:pw@example.com/", "no"])
def test_a_webhook_address_is_checked_before_anything_is_held(user: ApiUser, url: str) -> None:
    options = {"webhook_url": url}
    answer = user.call(
        "POST", "/transcriptions/estimate", json={"duration_ms": 1000, "options": options}
    )
    assert answer.status_code == 422, answer.text


def test_the_secret_of_webhooks_is_ones_own(harness: Harness, user: ApiUser) -> None:
    mine = user.get("/webhook-secret")["secret"]
    assert mine.startswith("whsec_")
    assert mine != harness.new_user().get("/webhook-secret")["secret"]
