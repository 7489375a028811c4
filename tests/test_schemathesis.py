"""Generated requests from the OpenAPI document cause no 500 and no undocumented response."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.owned_objects import Owner, RunningApp, run_app_in
from tests.support.route_rights import EXPECTED, SAMPLES

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
# They answer with what was made, so they wait for a worker, and there is none here.
WAIT_FOR_A_WORKER = ("POST /v1/audio/speech", "POST /v1/images/generations")
# These end logins, which the other requests need: each gets one of its own.
ENDS_LOGINS = ("DELETE /api/v1/auth/session", "POST /api/v1/auth/session/password")
# Where ids stay made up: what is deleted is needed by the next request, and a stream lasts until it
# is woken, in the event loop of the service and not of these requests.
MADE_UP = ("delete ", "get /api/v1/jobs/{job_id}/events")


@pytest.fixture(scope="module")
def running(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    with run_app_in(tmp_path_factory.mktemp("schema"), empty_database) as running:
        yield running


@pytest.fixture(scope="module")
def owner(running: RunningApp) -> Owner:
    return running.owner()


@pytest.fixture(scope="module")
def callers(running: RunningApp, owner: Owner) -> dict[str, dict[str, str]]:
    admin = running.new_account("admin", admin=True)
    return {"nobody": {}, "user": owner.account.headers, "admin": admin.headers}


@pytest.fixture(scope="module")
def document(running: RunningApp, owner: Owner) -> Any:  # schemathesis's schema
    # Its own limit of 10 s is too little for making the document on a busy machine.
    schema = schemathesis.openapi.from_asgi("/openapi.json", running.client.app, timeout=120)

    @schema.hook
    def map_path_parameters(context: Any, path_parameters: Any) -> Any:
        """Ids that exist, so that more than 404 is seen."""
        operation = context.operation
        route = f"{operation.method} {operation.path}".lower()
        if not path_parameters or route.startswith(MADE_UP):
            return path_parameters
        owner.put("job_id", owner.ended_job())
        return {
            name: owner[name] if name.endswith("_id") else value
            for name, value in path_parameters.items()
        }

    return schema


@pytest.mark.parametrize(
    "route",
    [
        pytest.param(each, marks=() if each in SAMPLES else pytest.mark.slow)
        for each in EXPECTED
        if each not in WAIT_FOR_A_WORKER
    ],
)
def test_generated_requests_are_answered_as_documented(
    document: Any, running: RunningApp, callers: dict[str, dict[str, str]], route: str
) -> None:
    method, _, path = route.partition(" ")
    if route.startswith(ENDS_LOGINS):
        user, admin = running.new_account("user"), running.new_account("admin", admin=True)
        callers = {"nobody": {}, "user": user.headers, "admin": admin.headers}

    @given(case=document[path][method].as_strategy())
    @settings(
        max_examples=8,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Any) -> None:
        for headers in callers.values():
            case.call_and_validate(headers=headers, checks=CHECKS)

    ask()
