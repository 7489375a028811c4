"""Deletion of accounts: the export of their data, and its complete removal."""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from httpx2 import Response
from sqlalchemy import func, select, update

from mp4totext.account_data import ARCHIVED, ELSEWHERE, NOT_ARCHIVED
from mp4totext.account_erasure import erase_ended_accounts
from mp4totext.auth.account_closing import NothingToEnd, end_account
from mp4totext.auth.local_user import local_user
from mp4totext.auth.models import User
from mp4totext.auth.service import set_active
from mp4totext.credits.models import CreditEntry
from mp4totext.kit.clock import now
from mp4totext.kit.db import Base
from mp4totext.kit.fair_slots import FairSlots
from mp4totext.operations import OPERATIONS
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.versions import add_version, transcript_of
from tests.conftest import PASSWORD, Account
from tests.support.account_steps import problem
from tests.support.owned_objects import API, Owner, RunningApp, run_app_in

THINGS = ("transcription_id", "image_id", "speech_id", "video_id", "tag_id", "webhook_id",
          "profile_id", "upload_id", "key_id", "share_id")  # fmt: skip
# Tables that keep rows of an erased account, and why.
KEPT = {
    "jobs": "credits name them; they have no contents any more",
    "credit_accounts": "the ledger adds up",
    "credit_entries": "the ledger adds up",
    "credit_holds": "the ledger adds up",
    "event_cursors": "a number",
    "uploads": "the sweeper deletes them with their parts",
}


@pytest.fixture
def running(empty_database: Path, tmp_path: Path) -> Iterator[RunningApp]:
    with run_app_in(tmp_path, empty_database) as running:
        yield running


@pytest.fixture
def owner(running: RunningApp) -> Owner:
    """With one thing of every kind."""
    owner = running.owner()
    for name in THINGS:
        assert owner[name]
    owner.written_text()
    owner.answer()
    return owner


def end(running: RunningApp, account: Account, password: str = PASSWORD) -> Response:
    path = f"{API}/auth/me/end"
    return running.client.post(path, json={"password": password}, headers=account.headers)


def let_time_pass(running: RunningApp) -> None:
    past = now() - timedelta(seconds=1)
    with running.runtime.database.write() as session:
        session.execute(update(User).where(User.delete_at.is_not(None)).values(delete_at=past))
    erase_ended_accounts(running.runtime, OPERATIONS)


def rows_of(running: RunningApp, user_id: str) -> dict[str, int]:
    """By table: how many rows name the user."""
    counts = {}
    with running.runtime.database.read() as session:
        for table in Base.metadata.sorted_tables:
            column = table.columns.get("user_id", table.columns.get("owner"))
            if column is not None:
                statement = select(func.count()).select_from(table).where(column == user_id)
                counts[table.name] = session.scalar(statement) or 0
    return {name: count for name, count in counts.items() if count}


def test_an_account_ends_at_once_and_is_erased_when_its_days_are_over(
    running: RunningApp, owner: Owner
) -> None:
    account = owner.account
    key_headers = dict(account.headers)
    assert set(rows_of(running, account.id)) > {"transcriptions", "texts", "speeches", "pictures"}
    with running.runtime.database.read() as session:
        spent = session.scalar(select(func.sum(CreditEntry.amount_uc)))
    problem(end(running, account, "not the password"), 422, "wrong_password")

    answer = end(running, account)
    assert answer.status_code == 200, answer.text
    days = running.runtime.settings.ingest.bin_days
    assert answer.json()["delete_at"][:10] == (now() + timedelta(days=days)).isoformat()[:10]
    me = running.client.get(f"{API}/auth/me", headers=key_headers)
    problem(me, 401, "invalid_credentials")
    login = {"email": account.email, "password": PASSWORD}
    again = running.client.post(f"{API}/auth/login", json=login)
    problem(again, 401, "account_deactivated")

    erase_ended_accounts(running.runtime, OPERATIONS)  # its days are not over
    assert "transcriptions" in rows_of(running, account.id)
    let_time_pass(running)
    assert set(rows_of(running, account.id)) <= set(KEPT)
    stored = [key for prefix in ("recordings", "images", "videos", "speeches")
              for key in running.runtime.storage.keys(prefix)]  # fmt: skip
    assert stored == []
    with running.runtime.database.read() as session:
        user = session.get_one(User, account.id)
        assert (user.email, user.full_name) == (f"{account.id}@deleted.invalid", "")
        assert user.delete_at is None
        assert session.scalar(select(func.sum(CreditEntry.amount_uc))) == spent
    problem(running.client.post(f"{API}/auth/login", json=login), 401, "wrong_login")
    let_time_pass(running)  # nothing is left to do


def test_an_administrator_brings_an_account_back_in_time(running: RunningApp, owner: Owner) -> None:
    assert end(running, owner.account).status_code == 200
    with running.runtime.database.write() as session:
        set_active(session, actor_id="command", user_id=owner.account.id, active=True)
    let_time_pass(running)
    assert "transcriptions" in rows_of(running, owner.account.id)


def test_the_last_administrator_stays(running: RunningApp) -> None:
    problem(end(running, running.new_account("admin", admin=True)), 409, "last_admin")


def test_all_data_is_one_archive(running: RunningApp, owner: Owner) -> None:
    running.runtime.storage.delete_prefix(f"images/{owner['image_id']}")  # lost meanwhile
    answer = running.client.get(f"{API}/auth/me/data", headers=owner.account.headers)
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        names = set(archive.namelist())
        account = json.loads(archive.read("account.json"))
        assert archive.read("recordings/Talk.wav") == b"RIFF"
        transcript = json.loads(archive.read("recordings/Talk.json"))
        assert "Good morning." in archive.read("recordings/Talk.txt").decode()
        left_out = archive.read("left-out.txt").decode()
    assert names == {
        "account.json",
        "left-out.txt",
        "recordings/Talk.json",
        "recordings/Talk.txt",
        "recordings/Talk.wav",
    }
    assert left_out == f"pictures/{owner['image_id']}.jpg: its file is not here.\n"
    assert account["account"]["email"] == owner.account.email
    assert "password" not in json.dumps(account)
    assert [text["body"] for text in account["texts"]].count("Good morning.") == 1
    assert account["speeches"][0]["text"] == "Good evening."
    assert transcript["segments"][0]["text"] == "Good morning."
    other = running.owner()
    theirs = running.client.get(f"{API}/auth/me/data", headers=other.account.headers)
    with zipfile.ZipFile(io.BytesIO(theirs.content)) as archive:
        assert archive.namelist() == ["account.json"]


def tables_of_an_account() -> set[str]:
    """Those that name a user, and those of which a row belongs to a row of them."""
    found = {"users"}
    while True:
        more = {
            table.name
            for table in Base.metadata.sorted_tables
            if {"user_id", "owner"} & set(table.columns.keys())
            or any(key.column.table.name in found for key in table.foreign_keys)
        }
        if more <= found:
            return found
        found |= more


def test_each_table_of_an_account_is_in_the_archive_or_named_with_a_reason() -> None:
    archived = {model.__tablename__ for model in ARCHIVED.values()} | set(ELSEWHERE)
    assert not archived & set(NOT_ARCHIVED)
    named = archived | set(NOT_ARCHIVED)
    assert tables_of_an_account() - named == set()
    assert named <= set(Base.metadata.tables)


def test_what_an_account_made_is_in_the_archive_without_its_secrets(
    running: RunningApp, owner: Owner
) -> None:
    owner["comment_id"]
    tags = f"{API}/transcriptions/{owner['transcription_id']}/tags"
    wanted = {"tag_ids": [owner["tag_id"]]}
    assert running.client.put(tags, json=wanted, headers=owner.account.headers).is_success
    with running.runtime.database.write() as session:
        recording = session.get_one(Transcription, owner["transcription_id"])
        spoken = transcript_of(session, queries.version(session, recording, None))
        add_version(session, recording.id, spoken, number=99, job_id="job_1")
    answer = running.client.get(f"{API}/auth/me/data", headers=owner.account.headers)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        account = json.loads(archive.read("account.json"))
        older = json.loads(archive.read("recordings/Talk (version 99).json"))
    assert older["segments"][0]["text"] == "Good morning."
    assert {row["id"] for row in account["shares"]} >= {owner["share_id"]}
    assert account["comments"][0]["id"] == owner["comment_id"]
    assert account["comments"][0]["text"]
    assert {row["id"] for row in account["webhooks"]} == {owner["webhook_id"]}
    assert account["recording_tags"] == [
        {"transcription_id": owner["transcription_id"], "tag_id": owner["tag_id"]}
    ]
    assert {row["id"] for row in account["tags"]} == {owner["tag_id"]}
    assert {row["id"] for row in account["api_keys"]} >= {owner["key_id"]}
    fields = {name for rows in account.values() for row in rows if isinstance(row, dict)
              for name in row}  # fmt: skip
    assert not {name for name in fields if "hash" in name or "secret" in name}


def test_downloads_of_all_data_wait_for_a_slot(running: RunningApp, owner: Owner) -> None:
    full = FairSlots("exports", total=1, per_user=0, wait_s=0.01)
    running.client.app.state.export_slots = full  # type: ignore[attr-defined]
    answer = running.client.get(f"{API}/auth/me/data", headers=owner.account.headers)
    problem(answer, 429, "too_many_requests")


def test_the_account_of_this_machine_stays(running: RunningApp) -> None:
    with running.runtime.database.write() as session:
        user_id = local_user(session).id
    with pytest.raises(NothingToEnd):
        end_account(running.runtime, user_id, password=PASSWORD)


def test_a_transcript_that_cannot_be_written_is_named(running: RunningApp, owner: Owner) -> None:
    recording = Transcription.id == owner["transcription_id"]
    with running.runtime.database.write() as session:
        session.execute(update(Transcription).where(recording).values(version=99))
    answer = running.client.get(f"{API}/auth/me/data", headers=owner.account.headers)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        left_out = archive.read("left-out.txt").decode()
        assert "recordings/Talk.wav" in archive.namelist()
    assert left_out.startswith("recordings/Talk.json: ")
