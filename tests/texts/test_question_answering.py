"""Questions over all of a user's recordings, on both databases."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from mp4totext import migrations
from mp4totext.jobs.models import JobState
from mp4totext.runtime import Runtime
from mp4totext.settings import DatabaseSettings, Settings
from mp4totext.texts import search_index
from mp4totext.texts.models import WrittenText
from mp4totext.texts.service import remove_answers_of_deleted
from tests.conftest import account_for, app_for
from tests.support.text_vendors import BY_NAME, follow_instructions, vendor_server
from tests.support.transcript_builders import talk, transcript
from tests.texts.conftest import Service

Serve = Callable[[Settings], Service]


def ask(service: Service, question: str, status: int = 200, **body: Any) -> dict[str, Any]:
    answer = service.client.post(
        "/api/v1/ask", json={"question": question, **body}, headers=service.user.headers
    )
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture(params=["sqlite", "postgres"])
def full(
    request: pytest.FixtureRequest, service: Service, settings: Settings
) -> Iterator[tuple[Service, dict[str, str]]]:
    """Four talks and one in a script without spaces, and somebody else's recording."""
    if request.param == "sqlite":
        yield service, filled(service)
        return
    database = DatabaseSettings(database_url=request.getfixturevalue("postgres_url"))
    runtime = Runtime(settings.model_copy(update={"database": database}))
    migrations.upgrade(runtime.database)
    assert migrations.differences(runtime.database) == []
    user = account_for(runtime, "user@example.com")
    service = Service(runtime=runtime, client=TestClient(app_for(runtime)), user=user)
    yield service, filled(service)
    runtime.close()


def filled(service: Service) -> dict[str, str]:
    kept = {name: service.record(talk(name)[0]) for name in ("bread", "orbits", "court", "birds")}
    chinese = ("今天我们讨论公司的预算。", "下个月的会议在北京举行。")
    kept["budget"] = service.record(transcript(*chinese, language="zh"))
    other = account_for(service.runtime, "other@example.com")
    kept["other"] = service.record(talk("orbits")[0], user=other)
    return kept


def test_the_passages_that_answer_are_found_and_cited(
    full: tuple[Service, dict[str, str]],
) -> None:
    service, kept = full
    with service.moves():
        for question, where, says in (
            ("How long do we bake the bread?", "bread", "forty minutes"),
            ("When does a satellite turn once a day?", "orbits", "equator"),
            ("Who broke the lease?", "court", "landlord had broken it first"),
            ("Why do storks avoid the sea?", "birds", "warm air"),
            ("公司的预算", "budget", "预算"),
        ):
            found = ask(service, question)
            best = found["passages"][0]
            assert best["transcription_id"] == kept[where], question
            assert says in best["text"], question
            assert best["segment_ids"]
            assert best["end_ms"] > best["start_ms"] >= 0
            assert found["answer"] is None
            everywhere = {one["transcription_id"] for one in found["passages"]}
            assert kept["other"] not in everywhere
    assert ask(service, "zzz qqq")["passages"] == []
    assert ask(service, '"; DROP TABLE texts; -- ( * ^')["passages"] == []


def test_the_index_follows_edits_and_deletions(full: tuple[Service, dict[str, str]]) -> None:
    service, kept = full
    assert ask(service, "storks")["passages"]
    assert migrations.differences(service.runtime.database) == []
    edited = service.client.patch(
        f"/api/v1/transcriptions/{kept['bread']}/segments",
        json={"revision": 0, "edits": [{"id": "s1", "text": "Marzipan is made of almonds."}]},
        headers=service.user.headers,
    )
    assert edited.status_code == 200, edited.text
    assert ask(service, "marzipan")["passages"][0]["transcription_id"] == kept["bread"]
    gone = service.client.delete(
        f"/api/v1/transcriptions/{kept['birds']}", headers=service.user.headers
    )
    assert gone.status_code == 204
    assert ask(service, "storks")["passages"] == []
    if service.runtime.database.is_sqlite:  # its words are gone, not only hidden
        count = text("SELECT count(*) FROM search_index WHERE search_index MATCH 'stork'")
        with service.runtime.database.read() as session:
            assert session.scalar(count) == 0


def test_a_question_indexes_so_many_recordings_and_knows_how_many_wait(service: Service) -> None:
    for _ in range(5):
        service.record()
    waiting = []
    for _ in range(3):
        with service.runtime.database.write() as session:
            waiting.append(search_index.refresh(session, service.user.id, most=2))
    assert waiting == [3, 1, 0]
    assert ask(service, "flour")["not_yet_searched"] == 0


def test_a_model_answers_from_passages_of_several_recordings(
    serve: Serve, settings: Settings
) -> None:
    vendor = BY_NAME["openai"]
    with vendor_server(vendor, follow_instructions) as (server, api):
        service = serve(vendor.settings(settings, server))
        kept = {name: service.record(talk(name)[0]) for name in ("bread", "orbits", "court")}
        found = ask(service, "What has to stand for an hour?", provider="openai", language="tr")
        accepted = found["answer"]
        assert accepted["transcription_id"] is None
        held, _ = service.held_and_spent()
        assert held > 0
        service.work()
        shown = service.client.get(
            f"/api/v1/ask/{accepted['id']}", headers=service.user.headers
        ).json()
    assert service.job(accepted).state == JobState.SUCCEEDED, service.job(accepted).error_message
    (asked,) = api.asked
    assert "What has to stand for an hour?" in asked.user
    assert "Write in Turkish" in asked.system
    assert "rise for an hour" in asked.user
    assert shown["data"]["answers"][0]["answer"]
    (citation,) = shown["citations"]
    assert citation["transcription_id"] in kept.values()
    assert citation["verbatim"] is True
    assert service.held_and_spent()[0] == 0
    gone = service.client.delete(f"/api/v1/ask/{accepted['id']}", headers=service.user.headers)
    assert gone.status_code == 204


def test_an_answer_goes_with_any_of_its_recordings(serve: Serve, settings: Settings) -> None:
    vendor = BY_NAME["openai"]
    with vendor_server(vendor, follow_instructions) as (server, api):
        service = serve(vendor.settings(settings, server))
        kept = [service.record(talk(name)[0]) for name in ("bread", "orbits")]
        headers = {**service.user.headers, "Idempotency-Key": "once"}
        body = {"question": "hour", "provider": "openai"}
        first = service.client.post("/api/v1/ask", json=body, headers=headers).json()
        again = service.client.post("/api/v1/ask", json=body, headers=headers).json()
        service.work()
    assert first == again
    assert len(api.asked) == 1
    url = f"/api/v1/ask/{first['answer']['id']}"
    assert service.client.get(url, headers=service.user.headers).status_code == 200
    for recording in kept:
        service.client.delete(f"/api/v1/transcriptions/{recording}", headers=service.user.headers)
    assert service.client.get(url, headers=service.user.headers).status_code == 404
    remove_answers_of_deleted(service.runtime)
    with service.runtime.database.read() as session:
        assert session.get(WrittenText, first["answer"]["id"]) is None


def test_a_model_is_not_asked_about_nothing(serve: Serve, settings: Settings) -> None:
    vendor = BY_NAME["openai"]
    with vendor_server(vendor, follow_instructions) as (server, api):
        service = serve(vendor.settings(settings, server))
        service.record()
        with service.moves():
            found = ask(service, "zzz", status=422, provider="openai")
    assert found["code"] == "nothing_found"
    assert api.asked == []
