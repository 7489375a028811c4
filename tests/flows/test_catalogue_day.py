"""A model that is retired: API, command, lists, warnings, and a job in progress."""

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from click.testing import CliRunner, Result

from mp4totext.cli import main
from mp4totext.jobs.models import JobState
from mp4totext.kit.clock import now
from mp4totext.settings import Settings
from tests.conftest import Account, account_for
from tests.support.text_vendors import BY_NAME, compliant_model, vendor_server
from tests.texts.conftest import Service, service_of

MODEL: dict[str, Any] = {"provider": "openai", "model": "gpt-6-luna"}
STATES = [
    pytest.param(61, "sold", marks=pytest.mark.slow),
    (60, "warns"),
    pytest.param(59, "warns", marks=pytest.mark.slow),
    pytest.param(1, "warns", marks=pytest.mark.slow),
    pytest.param(0, "refused", marks=pytest.mark.slow),
    pytest.param(-30, "refused", marks=pytest.mark.slow),
]


@pytest.fixture
def service(settings: Settings, empty_database: Any) -> Iterator[Service]:
    with vendor_server(BY_NAME["openai"], compliant_model) as (server, _):
        service = service_of(BY_NAME["openai"].settings(settings, server), empty_database)
        yield service
        service.runtime.close()


@pytest.fixture
def admin(service: Service) -> Account:
    return account_for(service.runtime, "admin@example.com", admin=True)


@pytest.fixture
def ends_in(service: Service, admin: Account) -> Callable[[int], date]:
    """Sets the model's last day so that it is so many days away: the calendar stays as it is."""

    def set_end(days: int) -> date:
        day = now().date() + timedelta(days=days)
        answer = service.client.put(
            "/api/v1/admin/models/text/openai/gpt-6-luna",
            json={"retires_at": day.isoformat(), "replaced_by": "gpt-6.1-terra"},
            headers=admin.headers,
        )
        assert answer.status_code == 200, answer.text
        return day

    return set_end


def run(service: Service, *arguments: str) -> Result:
    data = str(service.runtime.settings.data_dir)
    return CliRunner().invoke(main, [*arguments, "--data", data])


def offered(service: Service, url: str) -> dict[str, Any]:
    models = service.client.get(url).json()
    models = models if isinstance(models, list) else models["models"]
    return next((text for text in models if text["model"] == "gpt-6-luna"), {})


def about_luna(warnings: list[str]) -> list[str]:
    return [warning for warning in warnings if warning.startswith("openai's 'gpt-6-luna' ")]


@pytest.mark.parametrize(("days", "state"), STATES)
def test_the_last_days_of_a_model(
    service: Service,
    admin: Account,
    ends_in: Callable[[int], date],
    monkeypatch: pytest.MonkeyPatch,
    days: int,
    state: str,
) -> None:
    day = ends_in(days)
    recording = service.record()
    estimate = service.client.post(
        f"/api/v1/transcriptions/{recording}/texts/estimate",
        json={"kind": "summary", **MODEL},
        headers=service.user.headers,
    )
    if state == "refused":
        with service.moves():
            refused = service.request(recording, "summary", 422, **MODEL)
        for problem in (refused, estimate.json()):
            assert problem["code"] == "model_retired"
            assert problem["replaced_by"] == "gpt-6.1-terra"
            assert problem["retires_at"] == day.isoformat()
            assert f"ended on {day}: choose 'gpt-6.1-terra'" in problem["detail"]
    else:
        assert estimate.status_code == 200
        accepted = service.request(recording, "summary", **MODEL)
        assert accepted["model"] == "gpt-6-luna"

    assert offered(service, "/api/v1/ai-models")["state"] == state
    assert bool(offered(service, "/api/v1/credits/pricing")) == (state != "refused")
    said = about_luna(service.client.get("/api/v1/status").json()["warnings"])
    assert len(said) == (1 if state == "warns" else 0)
    listed = service.client.get("/api/v1/admin/models", headers=admin.headers).json()
    assert about_luna(listed["warnings"]) == said
    row = next(row for row in listed["models"] if row["model"] == "gpt-6-luna")
    assert (row["state"], row["retires_at"]) == (state, day.isoformat())
    assert row["edited"] == ["replaced_by", "retires_at"]

    # The command has the same rows and its keys from the environment.
    monkeypatch.setenv("OPENAI_API_KEY", "k" * 12)
    rows = json.loads(run(service, "admin", "models", "list", "--json").stdout)
    luna = next(row for row in rows["models"] if row["model"] == "gpt-6-luna")
    assert luna["state"] == state
    (openai,) = (
        row
        for row in json.loads(run(service, "providers", "list", "--json").stdout)
        if (row["kind"], row["name"]) == ("text", "openai")
    )
    assert {"gpt-6-luna": state}.items() <= {
        model["model"]: model["state"] for model in openai["models"]
    }.items()
    doctor = json.loads(run(service, "doctor", "--json").stdout)
    (models,) = (finding for finding in doctor if finding["part"] == "models")
    assert models["ok"] is True
    assert models["warning"] == bool(listed["warnings"])


def test_a_job_in_progress_keeps_its_model_and_price(
    service: Service, ends_in: Callable[[int], date], admin: Account
) -> None:
    ends_in(1)
    recording = service.record()
    accepted = service.request(recording, "summary", **MODEL)
    ends_in(0)
    service.client.put(
        "/api/v1/admin/models/text/openai/gpt-6-luna", json={"rate": 900}, headers=admin.headers
    )
    service.work()
    job = service.job(accepted)
    assert job.state == JobState.SUCCEEDED
    assert job.charged_uc is not None
    assert job.charged_uc / 1_000_000 == accepted["held"] < 1
    refused = service.request(recording, "summary", 422, **MODEL)
    assert refused["code"] == "model_retired"


def test_texts_requested_with_an_upload_are_refused_before_it(
    service: Service, ends_in: Callable[[int], date]
) -> None:
    ends_in(0)
    texts = [{"kind": "summary", **MODEL}]
    answer = service.client.post(
        "/api/v1/credits/quote",
        json={"operation": "transcribe", "duration_ms": 60_000, "options": {"texts": texts}},
        headers=service.user.headers,
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "model_retired")


def test_where_nobody_names_a_model_the_default_or_its_successor_writes(
    service: Service, ends_in: Callable[[int], date], admin: Account
) -> None:
    def default_is(model: str) -> None:
        assert service.request(service.record(), "summary")["model"] == model
        models = service.client.get("/api/v1/ai-models").json()
        assert [text["model"] for text in models if text["default"]] == [model]

    service.client.put(
        "/api/v1/admin/models/text/openai/gpt-6-luna", json={"default": True}, headers=admin.headers
    )
    default_is("gpt-6-luna")
    ends_in(1)
    default_is("gpt-6-luna")
    ends_in(0)  # the row names what follows it, and the answer says which model it is
    default_is("gpt-6.1-terra")


def test_a_model_alone_chooses_its_provider_and_an_unknown_one_has_names_like_it(
    service: Service,
) -> None:
    accepted = service.request(service.record(), "summary", model="gpt-6.1-terra")
    assert accepted["provider"] == "openai"
    refused = service.request(service.record(), "summary", 422, model="gpt-6.1-tera")
    assert refused["code"] == "unknown_model"
    assert refused["near"][0] == "gpt-6.1-terra"
    assert "Did you mean 'gpt-6.1-terra'" in refused["detail"]
