"""Texts are written again, kept beside one another, and compared."""

from collections.abc import Callable
from typing import Any

from httpx import Response
from hypothesis import given
from hypothesis import strategies as st

from mp4totext.settings import Settings
from mp4totext.texts.comparing import changes
from tests.conformance.text_apis import ModelReply
from tests.support.text_vendors import BY_NAME, vendor_server
from tests.texts.conftest import Service
from tests.texts.test_chain import upload

Serve = Callable[[Settings], Service]


def url(text: dict[str, Any]) -> str:
    return f"/api/v1/transcriptions/{text['transcription_id']}/texts/{text['id']}"


def again(service: Service, text: dict[str, Any], **body: Any) -> Response:
    return service.client.post(f"{url(text)}/rerun", json=body, headers=service.user.headers)


def compared(service: Service, text: dict[str, Any], *, since: str) -> Response:
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
    said = iter(
        [
            ModelReply("It is about bread. It was long."),
            ModelReply("It is about bread. It was good."),
        ]
    )
    with vendor_server(vendor, lambda _asked: next(said)) as (server, _):
        service = serve(vendor.settings(settings, server))
        options = {"style": "bullets"}
        first = service.ask(service.record(), "summary", **wanted(vendor), options=options)
        service.work()
        answer = again(service, first)
        assert answer.status_code == 202, answer.text
        second = answer.json()
        service.work()
    old, new = service.text(first), service.text(second)
    assert (old["body"], new["body"]) == (
        "It is about bread. It was long.",
        "It is about bread. It was good.",
    )
    assert (new["options"], new["model"]) == (old["options"], old["model"])
    found = compared(service, second, since=first["id"]).json()
    assert (found["before"]["id"], found["after"]["id"]) == (first["id"], second["id"])
    assert found["changed"] == []
    assert [(one["change"], one["text"]) for one in found["changes"]] == [
        ("same", "It is about bread. "),
        ("removed", "It was long."),
        ("added", "It was good."),
    ]
    assert 0.5 < found["likeness"] < 0.7
    listed = service.client.get(
        f"/api/v1/transcriptions/{first['transcription_id']}/texts", headers=service.user.headers
    ).json()["items"]
    assert [one["id"] for one in listed] == [second["id"], first["id"]]


def wanted(vendor: Any) -> dict[str, str]:
    return {"provider": vendor.name, "model": vendor.model}


def test_another_provider_can_write_it_again(serve: Serve, settings: Settings) -> None:
    vendor = BY_NAME["openai"]
    with vendor_server(vendor, lambda _asked: ModelReply("Bread.")) as (server, _):
        service = serve(vendor.settings(settings, server))
        first = service.ask(service.record(), "summary", **wanted(vendor))
        service.work()
        second = again(service, first, provider="local").json()
        third = again(service, first, model="gpt-4o").json()
        service.work()
    assert (second["provider"], second["model"]) == ("local", None)
    assert (third["provider"], third["model"]) == ("openai", "gpt-4o")
    found = compared(service, third, since=first["id"]).json()
    assert (found["changed"], found["likeness"]) == (["model"], 1)
    assert again(service, first, provider="acme").status_code == 422


def test_a_text_that_is_being_written_is_not_begun_twice(service: Service) -> None:
    first = service.ask(service.record(), "clean", provider="local")
    with service.moves():
        answer = again(service, first)
        assert (answer.status_code, answer.json()["code"]) == (409, "still_being_written")
        unwritten = compared(service, first, since=first["id"])
        assert (unwritten.status_code, unwritten.json()["code"]) == (409, "nothing_to_compare")
    service.cancel(first)
    assert again(service, first).status_code == 202


def test_an_edit_shows_in_the_next_text_and_the_old_one_stays(service: Service) -> None:
    recording = service.record()
    first = service.ask(recording, "clean", provider="local")
    service.work()
    edit(service, recording)
    second = again(service, first).json()
    service.work()
    assert service.text(first)["body"].startswith("So today we talk about bread")
    assert service.text(second)["body"].startswith("Quite another beginning.")
    found = compared(service, second, since=first["id"]).json()
    assert [one["change"] for one in found["changes"]] == ["removed", "added", "same"]


def test_texts_of_two_kinds_are_not_compared(service: Service) -> None:
    recording = service.record()
    first = service.ask(recording, "clean", provider="local")
    second = service.ask(recording, "summary", provider="local")
    service.work()
    answer = compared(service, second, since=first["id"])
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_compare")
    other = service.ask(service.record(), "clean", provider="local")
    assert compared(service, other, since=first["id"]).status_code == 404


def test_a_recording_is_transcribed_again_while_a_text_is_written(service: Service) -> None:
    """The text stays of the version it was asked for."""
    _, accepted = upload(service, [{"kind": "clean", "provider": "local"}])
    recording = str(accepted["id"])
    rerun = f"/api/v1/transcriptions/{recording}/rerun"
    refused = service.client.post(rerun, json={}, headers=service.user.headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "still_running")
    assert "makes a version" in refused.json()["detail"]
    service.work()
    waiting = service.ask(recording, "summary", provider="local")
    answer = service.client.post(rerun, json={}, headers=service.user.headers)
    assert answer.status_code == 202, answer.text
    service.work()
    assert service.text(waiting)["version"] == 1
    texts = service.client.get(
        f"/api/v1/transcriptions/{recording}/texts", headers=service.user.headers
    ).json()["items"]
    versions = {(one["kind"], one["version"], one["status"]) for one in texts}
    assert versions == {
        ("clean", 1, "succeeded"),
        ("summary", 1, "succeeded"),
        ("clean", 2, "succeeded"),
    }


texts = st.lists(st.sampled_from(["One. ", "Two! ", "三。", "four\n", "Five?” ", "x"])).map("".join)


@given(texts, texts)
def test_a_comparison_holds_both_texts_to_the_letter(before: str, after: str) -> None:
    found, likeness = changes(before, after)
    assert "".join(one.text for one in found if one.change != "removed") == after
    assert "".join(one.text for one in found if one.change != "added") == before
    assert 0 <= likeness <= 1
    assert (likeness == 1) == (before == after != "")
