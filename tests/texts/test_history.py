"""Texts can be written again, listed with earlier ones, and compared."""

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mp4totext.settings import Settings
from mp4totext.texts.comparing import changes
from tests.conformance.text_apis import ModelAnswer
from tests.support.text_vendors import BY_NAME, vendor_server
from tests.texts.conftest import Service
from tests.texts.test_chain import upload

Serve = Callable[[Settings], Service]


def url(text: dict[str, Any]) -> str:
    return f"/api/v1/transcriptions/{text['transcription_id']}/texts/{text['id']}"


def rerun(service: Service, text: dict[str, Any], **body: Any) -> Any:  # the test client's answer
    return service.client.post(f"{url(text)}/rerun", json=body, headers=service.user.headers)


def compare(
    service: Service, text: dict[str, Any], *, since: str
) -> Any:  # the test client's answer
    return service.client.get(
        f"{url(text)}/compare", params={"since": since}, headers=service.user.headers
    )


def edit(service: Service, recording: str) -> None:
    answer = service.client.patch(
        f"/api/v1/transcriptions/{recording}/segments",
        json={"revision": 0, "edits": [{"id": "s1", "text": "Quite another beginning."}]},
        headers=service.user.headers,
    )
    assert answer.status_code == 200, answer.text


def test_a_text_is_written_again_and_compared(serve: Serve, settings: Settings) -> None:
    vendor = BY_NAME["openai"]
    answers = iter(
        [
            ModelAnswer("It is about bread. It was long."),
            ModelAnswer("It is about bread. It was good."),
        ]
    )
    with vendor_server(vendor, lambda _request: next(answers)) as (server, _):
        service = serve(vendor.settings(settings, server))
        options = {"style": "bullets"}
        first = service.request(service.record(), "summary", **choice_of(vendor), options=options)
        service.work()
        answer = rerun(service, first)
        assert answer.status_code == 202, answer.text
        second = answer.json()
        service.work()
    old, new = service.text(first), service.text(second)
    assert (old["body"], new["body"]) == (
        "It is about bread. It was long.",
        "It is about bread. It was good.",
    )
    assert (new["options"], new["model"]) == (old["options"], old["model"])
    body = compare(service, second, since=first["id"]).json()
    assert (body["before"]["id"], body["after"]["id"]) == (first["id"], second["id"])
    assert body["changed"] == []
    assert [(entry["change"], entry["text"]) for entry in body["changes"]] == [
        ("same", "It is about bread. "),
        ("removed", "It was long."),
        ("added", "It was good."),
    ]
    assert 0.5 < body["likeness"] < 0.7
    listed = service.client.get(
        f"/api/v1/transcriptions/{first['transcription_id']}/texts", headers=service.user.headers
    ).json()["items"]
    assert [entry["id"] for entry in listed] == [second["id"], first["id"]]


def choice_of(vendor: Any) -> dict[str, Any]:
    return {"provider": vendor.name, "model": vendor.model}


def test_another_provider_can_write_a_text_again(serve: Serve, settings: Settings) -> None:
    vendor = BY_NAME["openai"]
    with vendor_server(vendor, lambda _request: ModelAnswer("Bread.")) as (server, _):
        service = serve(vendor.settings(settings, server))
        first = service.request(service.record(), "summary", **choice_of(vendor))
        service.work()
        second = rerun(service, first, provider="local").json()
        third = rerun(service, first, model="gpt-6.1-terra").json()
        service.work()
    assert (second["provider"], second["model"]) == ("local", None)
    assert (third["provider"], third["model"]) == ("openai", "gpt-6.1-terra")
    body = compare(service, third, since=first["id"]).json()
    assert (body["changed"], body["likeness"]) == (["model"], 1)
    assert rerun(service, first, provider="acme").status_code == 422


def test_a_text_is_not_rerun_while_it_is_written(service: Service) -> None:
    first = service.request(service.record(), "clean", provider="local")
    with service.moves():
        answer = rerun(service, first)
        assert (answer.status_code, answer.json()["code"]) == (409, "still_being_written")
        unwritten = compare(service, first, since=first["id"])
        assert (unwritten.status_code, unwritten.json()["code"]) == (409, "nothing_to_compare")
    service.cancel(first)
    assert rerun(service, first).status_code == 202


def test_an_edit_changes_the_next_text_and_not_the_old_one(service: Service) -> None:
    recording = service.record()
    first = service.request(recording, "clean", provider="local")
    service.work()
    edit(service, recording)
    second = rerun(service, first).json()
    service.work()
    assert service.text(first)["body"].startswith("So today we talk about bread")
    assert service.text(second)["body"].startswith("Quite another beginning.")
    body = compare(service, second, since=first["id"]).json()
    assert [entry["change"] for entry in body["changes"]] == ["removed", "added", "same"]


def test_texts_of_two_kinds_are_not_compared(service: Service) -> None:
    recording = service.record()
    first = service.request(recording, "clean", provider="local")
    second = service.request(recording, "summary", provider="local")
    service.work()
    answer = compare(service, second, since=first["id"])
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_compare")
    other = service.request(service.record(), "clean", provider="local")
    assert compare(service, other, since=first["id"]).status_code == 404


def test_a_recording_can_be_transcribed_again_while_a_text_is_written(service: Service) -> None:
    """The text belongs to the version it was requested for."""
    _, accepted = upload(service, [{"kind": "clean", "provider": "local"}])
    recording = str(accepted["id"])
    rerun = f"/api/v1/transcriptions/{recording}/rerun"
    refused = service.client.post(rerun, json={}, headers=service.user.headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "still_running")
    assert "makes a version" in refused.json()["detail"]
    service.work()
    waiting = service.request(recording, "summary", provider="local")
    answer = service.client.post(rerun, json={}, headers=service.user.headers)
    assert answer.status_code == 202, answer.text
    service.work()
    assert service.text(waiting)["version"] == 1
    texts = service.client.get(
        f"/api/v1/transcriptions/{recording}/texts", headers=service.user.headers
    ).json()["items"]
    versions = {(entry["kind"], entry["version"], entry["status"]) for entry in texts}
    assert versions == {
        ("clean", 1, "succeeded"),
        ("summary", 1, "succeeded"),
        ("clean", 2, "succeeded"),
    }


texts = st.lists(st.sampled_from(["One. ", "Two! ", "三。", "four\n", "Five?” ", "x"])).map("".join)


@given(texts, texts)
def test_a_comparison_has_both_texts_to_the_letter(before: str, after: str) -> None:
    body, likeness = changes(before, after)
    assert "".join(entry.text for entry in body if entry.change != "removed") == after
    assert "".join(entry.text for entry in body if entry.change != "added") == before
    assert 0 <= likeness <= 1
    assert (likeness == 1) == (before == after != "")
