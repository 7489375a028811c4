"""Search in all transcripts on both databases: passages, filters, pages, owners."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from mp4totext.runtime import Runtime
from mp4totext.search import service as search_service
from mp4totext.settings import DatabaseSettings
from mp4totext.transcript import Speaker
from mp4totext.transcriptions.models import Transcription
from tests.conftest import Account, account_for, app_for, settings_for
from tests.support.account_steps import problem
from tests.support.transcript_builders import transcript
from tests.texts.conftest import Service

API = "/api/v1"


@pytest.fixture
def service(database_url: str | None, tmp_path: Path) -> Iterator[Service]:
    database = DatabaseSettings(database_url=database_url)
    runtime = Runtime(settings_for(tmp_path).model_copy(update={"database": database}))
    user = account_for(runtime, "user@example.com")
    yield Service(runtime=runtime, client=TestClient(app_for(runtime)), user=user)
    runtime.close()


def search(service: Service, query: str, user: Account | None = None, **more: Any) -> Any:
    answer = service.client.get(
        f"{API}/search",
        params={"q": query, **{name: value for name, value in more.items() if value is not None}},
        headers=(user or service.user).headers,
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def ids(answer: Any) -> list[str]:
    return [each["id"] for each in answer["items"]]


def change(service: Service, transcription_id: str, **body: Any) -> None:
    path = f"{API}/transcriptions/{transcription_id}"
    answer = service.client.patch(path, json=body, headers=service.user.headers)
    assert answer.status_code == 200, answer.text


def test_passages_have_their_place_and_their_marks(service: Service) -> None:
    service.record(transcript("Nothing of it is said here."))
    first = service.record(
        transcript(
            "We kept the old tape.", "Nobody knew.", "The tapes were old, the roof new.", words=True
        )
    )
    found = search(service, "old tapes")
    assert (ids(found), found["next_cursor"], found["not_yet_searched"]) == ([first], None, 0)
    recording = found["items"][0]
    assert recording["matches"] == 2
    one, other = recording["passages"]
    assert [one["text"][start:end] for start, end in one["marks"]] == ["old", "tape"]
    assert [other["text"][start:end] for start, end in other["marks"]] == ["tapes", "old"]
    assert one["start_ms"] <= one["at_ms"] <= one["end_ms"]
    assert one["at_ms"] > one["start_ms"]  # "old" is not the first word


def test_another_form_of_a_word_is_found_in_each_language(service: Service) -> None:
    german = service.record(transcript("Zwei alte Häuser am Hafen.", language="de"))
    polish = service.record(transcript("Podpisali nową umowę.", language="pl"))
    assert ids(search(service, "Hauses")) == [german]
    found = search(service, "umowy")
    assert ids(found) == [polish]
    (passage,) = found["items"][0]["passages"]
    assert [passage["text"][start:end] for start, end in passage["marks"]] == ["umowę"]


@pytest.mark.parametrize("query", ["AI", "the", "to be", '"the AI"'])
def test_short_words_and_stop_words_are_found_where_a_query_has_nothing_else(
    service: Service, query: str
) -> None:
    service.record(transcript("Nothing of that kind."))
    said = service.record(transcript("What the AI was meant to be."))
    assert ids(search(service, query)) == [said]


def test_edits_are_found_at_once_and_what_was_said_before_is_not(service: Service) -> None:
    key = service.record(transcript("We sail in a bout."))
    assert ids(search(service, "boat")) == []
    edit = {"version": 1, "revision": 0, "edits": [{"id": "s1", "text": "We sail in a boat."}]}
    path = f"{API}/transcriptions/{key}/segments"
    headers = service.user.headers
    assert service.client.patch(path, json=edit, headers=headers).status_code == 200
    assert ids(search(service, "boat")) == [key]
    assert ids(search(service, "bout")) == []


def test_nobody_finds_what_others_said(service: Service) -> None:
    other = account_for(service.runtime, "other@example.com")
    theirs = service.record(transcript("The secret is in the cellar."), user=other)
    assert ids(search(service, "secret")) == []
    assert ids(search(service, "secret", other)) == [theirs]


def test_archived_ones_are_found_and_those_in_the_bin_are_not(service: Service) -> None:
    archived, binned = (service.record(transcript("A stork on the roof.")) for _ in range(2))
    change(service, archived, archived=True)
    change(service, binned, binned=True)
    assert ids(search(service, "stork")) == [archived]


def test_filters_choose(service: Service) -> None:
    key = service.record(transcript("A stork on the roof."))
    german = service.record(transcript("Ein Stork ist kein Storch.", language="de"))
    assert set(ids(search(service, "stork"))) == {key, german}
    assert ids(search(service, "stork", language="de")) == [german]
    headers = service.user.headers
    tag = service.client.post(f"{API}/tags", json={"name": "Birds"}, headers=headers).json()
    path = f"{API}/transcriptions/{key}/tags"
    service.client.put(path, json={"tag_ids": [tag["id"]]}, headers=headers)
    assert ids(search(service, "stork", tag=tag["id"])) == [key]
    assert ids(search(service, "stork", created_from="2100-01-01T00:00:00Z")) == []
    assert set(ids(search(service, "stork", created_to="2100-01-01T00:00:00Z"))) == {key, german}


@pytest.mark.parametrize("label", ["Speaker 2", "sprecher 2", "話者 2"])
def test_a_nameless_speaker_is_chosen_by_the_label_of_any_language(
    service: Service, label: str
) -> None:
    said = replace(
        transcript("The roof leaked.", "Which roof?", "A roof.", speakers=["S1", "S2", "S3"]),
        speakers=(Speaker(id="S1", name="Ada"), Speaker(id="S2"), Speaker(id="S3", name=label)),
    )
    key = service.record(said)
    found = search(service, "roof", speaker=label)
    assert ids(found) == [key]
    assert [each["speaker"] for each in found["items"][0]["passages"]] == ["Speaker 2", label]


def test_a_speaker_is_chosen_by_name(service: Service) -> None:
    said = replace(
        transcript("The roof leaked.", "Which roof?", speakers=["a", "b"]),
        speakers=(Speaker(id="a", name="Ada"), Speaker(id="b")),
    )
    key = service.record(said)
    found = search(service, "roof", speaker="ada")
    assert ids(found) == [key]
    assert [each["speaker"] for each in found["items"][0]["passages"]] == ["Ada"]
    assert ids(search(service, "roof", speaker="Bob")) == []


def test_pages_have_them_all_once(service: Service) -> None:
    keys = {service.record(transcript(f"Stork number {number}.")) for number in range(5)}
    seen: list[str] = []
    cursor = None
    while True:
        page = search(service, "stork", limit=2, cursor=cursor)
        seen += ids(page)
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert (len(seen), set(seen)) == (5, keys)


def test_what_is_not_indexed_yet_is_said(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_service, "INDEXED_AT_ONCE", 2)
    for _ in range(3):
        service.record(transcript("A stork."))
    assert search(service, "stork")["not_yet_searched"] == 1
    found = search(service, "stork")
    assert (len(found["items"]), found["not_yet_searched"]) == (3, 0)


@pytest.mark.parametrize(
    "query",
    ["...", '"', "'", "a' | 'b", 'x" OR "y', "NEAR(a b)", "*", "stork -bird", "(((", "\\", "a:*b"],
)
def test_operators_of_databases_are_words_like_others(service: Service, query: str) -> None:
    service.record(transcript("A stork and a bird."))
    search(service, query)


def test_accents_that_only_the_index_forgets_are_no_passage(service: Service) -> None:
    service.record(transcript("Et voila.", language="fr"))
    assert ids(search(service, "voilà")) == []


def test_a_word_that_no_time_is_known_of_is_at_its_segment(service: Service) -> None:
    key = service.record(transcript("A stork."))
    with service.runtime.database.write() as session:
        session.execute(update(Transcription).values(title="Birds"))
    edit = {"version": 1, "revision": 0, "edits": [{"id": "s1", "text": "Entirely other words"}]}
    path = f"{API}/transcriptions/{key}/segments"
    service.client.patch(path, json=edit, headers=service.user.headers)
    passage = search(service, "words")["items"][0]["passages"][0]
    assert passage["start_ms"] <= passage["at_ms"] <= passage["end_ms"]


def test_an_empty_search_is_refused(service: Service) -> None:
    answer = service.client.get(f"{API}/search", params={"q": " "}, headers=service.user.headers)
    problem(answer, 422, "invalid")
