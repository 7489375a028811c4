"""POST /credits/quote prices every operation that has a price."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mp4totext.operations import OPERATIONS
from tests.support.account_steps import problem
from tests.support.owned_objects import API, SPEAKER, Owner, RunningApp, run_app_in

MINUTE = {"duration_ms": 60_000}
# What each operation is asked with; the price in credits at the defaults.
REQUESTS: dict[str, tuple[dict[str, Any], float]] = {
    "transcribe": (MINUTE, 1.0),
    "import": ({}, 0.88),
    "diarize": (MINUTE, 0.0),
    "learn_speaker_profile": ({}, 0.0),
    "live": (MINUTE, 1.0),
    "speech": ({"characters": 1_000, "provider": SPEAKER}, 5.0),
    "generate_images": ({"prompt": "The sea", "n": 3}, 0.3),
    "plan_video": ({"preset": "slideshow"}, 0.0),  # by this machine
    "find_clips": ({"least_ms": 5_000}, 0.0),  # by this machine
    "render_video": ({"preset": "captioned"}, 8.75),
    "write_text": ({"kind": "clean", "provider": "local"}, 0.0),
}
FREE = {"embed", "webhook", "vendor_deletion", "renditions"}  # the service's own, or no price


@pytest.fixture(scope="module")
def running(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    with run_app_in(tmp_path_factory.mktemp("quotes"), empty_database) as running:
        yield running


@pytest.fixture
def owner(running: RunningApp) -> Owner:
    return running.owner()


def quoted(owner: Owner, body: dict[str, Any] | list[str]) -> Any:
    return owner.running.client.post(
        f"{API}/credits/quote", json=body, headers=owner.account.headers
    )


def test_every_operation_that_is_for_sale_has_a_row_here() -> None:
    offered = {name for name, each in OPERATIONS.items() if each.quote_request is not None}
    assert offered == set(REQUESTS)
    assert set(OPERATIONS) - offered == FREE


@pytest.mark.parametrize("operation", REQUESTS)
def test_an_operation_is_priced(owner: Owner, operation: str) -> None:
    body, total = REQUESTS[operation]
    if operation in ("write_text", "plan_video", "find_clips", "render_video"):
        body = {**body, "transcription_id": owner["transcription_id"]}
    answer = quoted(owner, {**body, "operation": operation})
    assert answer.status_code == 200, answer.text
    quote = answer.json()
    assert quote["total"] == pytest.approx(total)
    assert quote["lines"]
    assert quote["enough"] is True


def test_a_transcription_is_priced_when_no_operation_is_named(owner: Owner) -> None:
    assert (
        quoted(owner, MINUTE).json() == quoted(owner, {**MINUTE, "operation": "transcribe"}).json()
    )


def test_an_operation_that_is_not_for_sale_is_refused_with_those_that_are(owner: Owner) -> None:
    refused = problem(quoted(owner, {"operation": "webhook"}), 422, "invalid")
    assert all(name in str(refused) for name in REQUESTS)


def test_a_body_that_is_no_object_is_refused(owner: Owner) -> None:
    problem(quoted(owner, ["diarize"]), 422, "invalid")


def test_what_would_be_refused_is_refused(owner: Owner) -> None:
    wrong = {"operation": "diarize", **MINUTE, "options": {"diarizer": "nobody"}}
    assert "local" in problem(quoted(owner, wrong), 422, "unknown_diarizer")["detail"]
    unknown = {"operation": "write_text", "kind": "poem", "transcription_id": "trn_" + "0" * 26}
    problem(quoted(owner, unknown), 404, "transcription_not_found")


def test_the_document_lists_each_operations_own_body(running: RunningApp) -> None:
    document = running.client.get("/openapi.json").json()
    route = document["paths"][f"{API}/credits/quote"]["post"]
    schema = route["requestBody"]["content"]["application/json"]["schema"]
    names = {each["$ref"].rpartition("/")[2] for each in schema["oneOf"]}
    assert {OPERATIONS[name].quote_request.__name__ for name in REQUESTS} == names  # type: ignore[union-attr]
