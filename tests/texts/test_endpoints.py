"""The routes for texts: refusals name what is accepted, before anything is held."""

from typing import Any

import pytest
from pydantic import SecretStr

from mp4totext.jobs.models import JobState
from mp4totext.kit.ids import new_id
from mp4totext.transcript import Transcript
from mp4totext.writing.kinds import KINDS
from tests.conformance.text_apis import KEY
from tests.conftest import account_for
from tests.support.text_vendors import with_engines
from tests.support.transcript_builders import transcript
from tests.texts.conftest import SPOKEN, Service

REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    ("poem", {}, "unknown_kind", "summary"),
    ("summary", {"provider": "acme"}, "unknown_provider", "gemini"),
    ("summary", {"provider": "openai", "model": "gpt6-luna"}, "unknown_model", "'gpt-6-luna'"),
    ("summary", {"model": "gpt-oss"}, "unknown_model", "openai/gpt-oss-120b"),
    ("summary", {"provider": "openai"}, "provider_not_ready", "OPENAI_API_KEY"),
    ("summary", {"provider": "gemini"}, "provider_not_ready", "GEMINI_API_KEY"),
    ("summary", {"provider": "groq"}, "provider_not_ready", "GROQ_API_KEY"),
    ("summary", {"provider": "together"}, "provider_not_ready", "TOGETHER_API_KEY"),
    (
        "summary",
        {"provider": "openai-compatible"},
        "provider_not_ready",
        "OPENAI_COMPATIBLE_BASE_URL",
    ),
    ("lecture_notes", {}, "provider_not_ready", "GEMINI_API_KEY"),
    ("lecture_notes", {"provider": "local"}, "needs_model", "summary"),
    ("web_context", {"provider": "local"}, "needs_model", "questions"),
    ("summary", {"provider": "local", "model": "x"}, "invalid_options", "leave out"),
    ("summary", {"options": {"style": "haiku"}}, "invalid_options", "bullets"),
    ("summary", {"options": {"stile": "short"}}, "invalid_options", "style"),
    ("summary", {"options": {"language": "klingon"}}, "invalid_options", "pt-BR"),
    ("translate", {"options": {}}, "invalid_options", "target"),
    ("translate", {"options": {"target": "xx-nope"}}, "invalid_options", "not a language"),
    ("custom", {"options": {"prompt": "p" * 100_000}}, "invalid_options", "20000"),
    ("custom", {"options": {"prompt": "a\x00b"}}, "invalid", "NUL"),
    ("questions", {"options": {"questions": []}}, "invalid_options", "questions"),
    ("questions", {"options": {"questions": ["q" * 1001]}}, "invalid_options", "1000"),
    ("translate", {"options": {"target": "plain words"}}, "invalid_options", "pt-BR"),
    (
        "summary",
        {"options": {"language": "en-aaaaaaaa-bbbbbbbb-cccccccc-dddddddd"}},
        "invalid_options",
        "35 characters",
    ),
    ("summary", {"options": {"focus": "f" * 501}}, "invalid_options", "500"),
    ("clean", {"model": "m" * 121, "provider": "openai"}, "invalid", "model"),
    ("exam_questions", {"options": {"count": 51}}, "invalid_options", "50"),
]


@pytest.mark.parametrize(
    ("kind", "body", "code", "excerpt"), REFUSED, ids=lambda value: str(value)[:40]
)
def test_impossible_texts_are_refused_before_anything_is_held(
    refusing: Service, kind: str, body: dict[str, Any], code: str, excerpt: str
) -> None:
    recording = refusing.record()
    with refusing.moves():
        answer = refusing.request(recording, kind, status=422, **body)
    assert answer["code"] == code
    assert excerpt in answer["detail"]
    assert listed(refusing, recording) == []


def test_a_recording_that_is_too_short_is_refused(service: Service) -> None:
    short = service.record(transcript("Two words."))
    answer = service.request(short, "summary", status=422, provider="local")
    assert (answer["code"], answer["needed"], answer["words"]) == ("text_too_short", 20, 2)
    silent = service.record(Transcript(duration_ms=60_000))
    answer = service.request(silent, "clean", status=422, provider="local")
    assert answer["code"] == "empty_transcript"


def test_a_refused_language_names_the_languages_of_the_kind(service: Service) -> None:
    german = service.record(transcript(*["Heute backen wir ein Brot."] * 20, language="de"))
    answer = service.request(german, "chapters", status=422, provider="local")
    assert answer["code"] == "needs_model"
    assert "works in: en" in answer["detail"]
    service.request(german, "summary", provider="local")


def test_without_a_vendor_the_local_version_is_the_default(service: Service) -> None:
    accepted = service.request(service.record(), "summary")
    assert (accepted["provider"], accepted["model"]) == ("local", None)
    service.work()
    text = service.text(accepted)
    quoted = [text["segment_ids"] for text in text["citations"]]
    assert quoted
    spoken = " ".join(text.text for text in SPOKEN.segments)
    assert all(text.partition(" [")[0] in spoken for text in text["body"].split("] ") if text)


def test_the_default_model_is_used_where_it_is_ready(service: Service) -> None:
    settings = with_engines(service.runtime.settings, gemini_api_key=SecretStr(KEY))
    object.__setattr__(service.runtime, "settings", settings)
    accepted = service.request(service.record(), "summary")
    assert (accepted["provider"], accepted["model"]) == ("gemini", "gemini-3.5-flash-lite")


def test_an_estimate_holds_nothing(service: Service) -> None:
    recording = service.record()
    with service.moves():
        answer = service.client.post(
            f"/api/v1/transcriptions/{recording}/texts/estimate",
            json={"kind": "summary", "provider": "local"},
            headers=service.user.headers,
        )
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["characters"] == sum(len(text.text) for text in SPOKEN.segments)
    assert (body["lines"][0]["key"], body["enough"]) == ("text.local", True)
    assert listed(service, recording) == []


def test_texts_are_listed_and_deleted_separately(service: Service) -> None:
    recording = service.record()
    first = service.request(recording, "summary", provider="local")
    second = service.request(recording, "summary", provider="local", options={"style": "bullets"})
    third = service.request(recording, "clean", provider="local")
    service.work()
    body = listed(service, recording)
    assert [text["id"] for text in body] == [third["id"], second["id"], first["id"]]
    assert {text["status"] for text in body} == {"succeeded"}
    assert "body" not in body[0]
    assert [text["id"] for text in listed(service, recording, kind="clean")] == [third["id"]]
    url = f"/api/v1/transcriptions/{recording}/texts/{second['id']}"
    assert service.client.delete(url, headers=service.user.headers).status_code == 204
    assert service.client.get(url, headers=service.user.headers).status_code == 404
    assert service.text(first)["prompt_version"] == "1.1"


def test_deleting_a_queued_text_cancels_it(service: Service) -> None:
    recording = service.record()
    with service.moves():
        accepted = service.request(recording, "summary", provider="local")
        url = f"/api/v1/transcriptions/{recording}/texts/{accepted['id']}"
        assert service.client.delete(url, headers=service.user.headers).status_code == 204
    assert service.job(accepted).state == JobState.CANCELLED


def test_deleting_a_recording_deletes_its_texts(service: Service) -> None:
    recording = service.record()
    accepted = service.request(recording, "summary", provider="local")
    service.work()
    deleted = service.client.delete(
        f"/api/v1/transcriptions/{recording}", headers=service.user.headers
    )
    assert deleted.status_code == 204, deleted.text
    url = f"/api/v1/transcriptions/{recording}/texts/{accepted['id']}"
    assert service.client.get(url, headers=service.user.headers).status_code == 404


def test_a_repeated_request_makes_one_text(service: Service) -> None:
    recording = service.record()
    headers = {**service.user.headers, "Idempotency-Key": "once"}
    url = f"/api/v1/transcriptions/{recording}/texts"
    body = {"kind": "summary", "provider": "local"}
    first = service.client.post(url, json=body, headers=headers)
    second = service.client.post(url, json=body, headers=headers)
    assert first.json() == second.json()
    assert len(listed(service, recording)) == 1
    other = service.client.post(url, json={**body, "kind": "clean"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_texts_are_visible_to_their_owner_only(service: Service) -> None:
    recording = service.record()
    accepted = service.request(recording, "summary", provider="local")
    other = account_for(service.runtime, "other@example.com")
    url = f"/api/v1/transcriptions/{recording}/texts"
    body = {"kind": "summary", "provider": "local"}
    client = service.client
    assert client.post(url, json=body, headers=other.headers).status_code == 404
    assert client.get(url, headers=other.headers).status_code == 404
    assert client.get(f"{url}/{accepted['id']}", headers=other.headers).status_code == 404
    assert client.delete(f"{url}/{accepted['id']}", headers=other.headers).status_code == 404
    assert client.post(url, json=body).status_code == 401


def test_a_recording_without_a_transcript_is_not_ready(service: Service) -> None:
    url = f"/api/v1/transcriptions/{new_id('trn')}/texts"
    answer = service.client.post(url, json={"kind": "clean"}, headers=service.user.headers)
    assert answer.status_code == 404


def test_the_catalogue_describes_kinds_and_models(service: Service) -> None:
    kinds = service.client.get("/api/v1/text-kinds").json()
    assert [text["name"] for text in kinds] == list(KINDS)
    by_name = {text["name"]: text for text in kinds}
    assert by_name["exam_questions"]["price"] == "35 x the model's multiplier"
    assert "target" in by_name["translate"]["options"]["properties"]
    assert {"en", "de", "zh"} <= set(by_name["chapters"]["local_languages"])
    models = service.client.get("/api/v1/ai-models").json()
    assert (models[0]["provider"], models[0]["ready"]) == ("local", True)
    flash = next(text for text in models if text["model"] == "gemini-3.5-flash-lite")
    assert (flash["default"], flash["ready"]) == (True, False)
    assert "GEMINI_API_KEY" in flash["missing"]
    assert flash["context_tokens"] == 1_048_576


def test_a_vendors_list_of_models_is_for_administrators(service: Service) -> None:
    url = "/api/v1/admin/ai-models/openai"
    assert service.client.get(url, headers=service.user.headers).status_code == 403
    admin = account_for(service.runtime, "admin@example.com", admin=True)
    answer = service.client.get(url, headers=admin.headers)
    assert (answer.status_code, answer.json()["code"]) == (503, "provider_unavailable")
    assert "OPENAI_API_KEY" in answer.json()["detail"]


def listed(service: Service, recording: str, **query: str) -> list[dict[str, Any]]:
    answer = service.client.get(
        f"/api/v1/transcriptions/{recording}/texts", params=query, headers=service.user.headers
    )
    assert answer.status_code == 200, answer.text
    body: list[dict[str, Any]] = answer.json()["items"]
    return body
