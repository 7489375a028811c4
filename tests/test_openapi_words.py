"""Options are described one by one in the OpenAPI document."""

import pytest
from fastapi.testclient import TestClient

from mp4totext.openapi_words import HERE, WORDS, undescribed


def test_every_field_of_a_request_and_every_parameter_is_described(client: TestClient) -> None:
    assert undescribed(client.get("/openapi.json").json()) == []


def test_a_description_of_its_own_stays(client: TestClient) -> None:
    fields = client.get("/openapi.json").json()["components"]["schemas"]["RegisterRequest"]
    assert fields["properties"]["password"]["description"].startswith("At least 8 characters")
    assert fields["properties"]["email"]["description"] == WORDS["email"]


def test_every_description_is_used(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    text = str(document)
    assert [name for name, words in {**WORDS, **HERE}.items() if words not in text] == []


def test_the_document_is_made_once_and_not_sent_twice(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody may ask for it, and it takes some tenths of a second."""
    first = client.get("/openapi.json")
    monkeypatch.setattr(client.app, "openapi", None)  # what made it is not asked again
    assert client.get("/openapi.json").content == first.content
    known = {"If-None-Match": first.headers["etag"]}
    assert client.get("/openapi.json", headers=known).status_code == 304
