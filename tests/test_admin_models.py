"""The model catalogue over HTTP: history, errors, imports."""

from datetime import date, timedelta
from importlib.resources import files
from typing import Any

import pytest
from fastapi.testclient import TestClient

from mp4totext.providers.model_catalogue import shipped
from tests.conftest import Account
from tests.support.account_steps import problem

MODELS = "/api/v1/admin/models"
LUNA = f"{MODELS}/text/openai/gpt-6-luna"
FILE = files("mp4totext.providers").joinpath("models.toml").read_text(encoding="utf-8")
DATED = f"dated = {shipped().dated}"


def models(client: TestClient, admin: Account, **query: str) -> dict[str, Any]:
    answer = client.get(MODELS, headers=admin.headers, params=query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def row(client: TestClient, admin: Account, model: str) -> dict[str, Any]:
    rows = models(client, admin)["models"]
    return next((each for each in rows if each["model"] == model), {})


def put(client: TestClient, admin: Account, url: str = LUNA, **fields: Any) -> Any:
    return client.put(url, headers=admin.headers, json=fields)


def import_toml(client: TestClient, admin: Account, toml: str) -> Any:
    return client.post(f"{MODELS}/import", headers=admin.headers, json={"toml": toml})


def audited(client: TestClient, admin: Account) -> list[tuple[str, str]]:
    entries = client.get("/api/v1/admin/audit", headers=admin.headers).json()["items"]
    return [(entry["action"], entry["target"]) for entry in entries]


def test_lists_what_the_release_ships(client: TestClient, admin: Account) -> None:
    body = models(client, admin)
    assert body["dated"] == shipped().dated.isoformat()
    assert [each["model"] for each in body["models"]] == [m.model for m in shipped().models]
    speech = models(client, admin, kind="speech")["models"]
    assert {each["kind"] for each in speech} == {"speech"}
    assert {each["per_1000_characters"] for each in speech} == {None}
    luna = row(client, admin, "gpt-6-luna")
    assert (luna["per_1000_characters"], luna["multiplier"]) == (0.006, 0.3)
    assert luna["list_prices"][0] == {
        "per": "million tokens",
        "input_usd": "0.10",
        "output_usd": "0.50",
        "since": None,
        "until": None,
    }
    assert luna["text"]["temperature"] == "without reasoning"


def test_sets_and_resets_single_fields_with_a_trace(client: TestClient, admin: Account) -> None:
    answer = put(client, admin, rate=0.5, text={"output_tokens": 4_096})
    assert answer.status_code == 200, answer.text
    luna = answer.json()
    assert (luna["per_1000_characters"], luna["edited"]) == (0.5, ["rate", "text"])
    assert (luna["text"]["output_tokens"], luna["text"]["context_tokens"]) == (4_096, 1_050_000)
    assert client.delete(LUNA, headers=admin.headers).status_code == 204
    assert row(client, admin, "gpt-6-luna")["edited"] == []
    assert audited(client, admin)[:2] == [
        ("model.reset", "text/openai/gpt-6-luna"),
        ("model.set", "text/openai/gpt-6-luna"),
    ]


def test_adds_a_model_and_takes_it_away(client: TestClient, admin: Account) -> None:
    url = f"{MODELS}/text/openai-compatible/llama3.2"
    assert problem(put(client, admin, url, note="x"), 422, "invalid_catalogue")
    assert put(client, admin, url, rate=0.001).json()["text"] is None
    assert client.delete(url, headers=admin.headers).status_code == 204
    assert row(client, admin, "llama3.2") == {}
    refused = problem(client.delete(url, headers=admin.headers), 422, "unknown_model")
    assert "Models: none" in refused["detail"]


def test_what_is_switched_off_has_no_price(client: TestClient, admin: Account) -> None:
    off = put(client, admin, active=False).json()
    assert (off["active"], off["per_1000_characters"]) == (False, None)


def test_there_is_one_default(client: TestClient, admin: Account) -> None:
    put(client, admin, default=True)
    rows = models(client, admin, kind="text")["models"]
    assert [each["model"] for each in rows if each["default"]] == ["gpt-6-luna"]


@pytest.mark.parametrize(
    "fields",
    [
        {"rate": -1},
        {"rate": "many"},
        {"rate": 1e99},
        {"retires_at": "soon"},
        {"replaced_by": "x" * 200},
        {"colour": "red"},
        {"text": {"context_tokens": 1}},
        {"text": {"temperature": "hot"}},
        {"list_prices": [{"input_usd": 1, "per": "mile"}]},
    ],
)
def test_refuses_fields_that_no_row_can_have(
    client: TestClient, admin: Account, fields: dict[str, Any]
) -> None:
    problem(put(client, admin, **fields), 422, "invalid")


def test_imports_a_newer_file_beside_what_was_set(client: TestClient, admin: Account) -> None:
    put(client, admin, rate=0.5)
    day = shipped().dated + timedelta(days=30)
    newer = FILE.replace(DATED, f"dated = {day}").replace(
        'model = "gpt-6-luna"', 'model = "gpt-6-luna"\nretires_at = 2030-01-01'
    )
    answer = import_toml(client, admin, newer)
    count = len(shipped().models)
    assert answer.json() == {"imported": True, "dated": day.isoformat(), "models": count}
    assert import_toml(client, admin, newer).json()["imported"] is False
    luna = row(client, admin, "gpt-6-luna")
    assert (luna["retires_at"], luna["per_1000_characters"]) == ("2030-01-01", 0.5)
    assert models(client, admin)["dated"] == day.isoformat()
    assert audited(client, admin)[0] == ("catalogue.imported", day.isoformat())


def test_an_older_file_is_refused(client: TestClient, admin: Account) -> None:
    import_toml(client, admin, FILE.replace(DATED, "dated = 2030-01-01"))
    refused = problem(import_toml(client, admin, FILE), 409, "older_catalogue")
    assert (refused["dated"], refused["newest"]) == (shipped().dated.isoformat(), "2030-01-01")


def test_a_file_that_is_no_catalogue_is_refused_whole(client: TestClient, admin: Account) -> None:
    broken = FILE.replace(DATED, f"dated = {date(2030, 1, 1)}").replace('"gpt-6-luna"', "5")
    refused = problem(import_toml(client, admin, broken), 422, "invalid_catalogue")
    assert "models.5.model" in refused["detail"]
    assert models(client, admin)["dated"] == shipped().dated.isoformat()
