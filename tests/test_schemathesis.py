"""The OpenAPI document against the service: generated requests find no 500 and no surprise."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.scene import Owner, Scene, scene_in

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
# What may not be substituted by things that exist: the next request needs them.
ENDS = {"DELETE"}


@pytest.fixture(scope="module")
def scene(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with scene_in(tmp_path_factory.mktemp("schema"), empty_database) as scene:
        yield scene


@pytest.fixture(scope="module")
def owner(scene: Scene) -> Owner:
    return scene.owner()


@pytest.fixture(scope="module")
def callers(scene: Scene, owner: Owner) -> dict[str, dict[str, str]]:
    admin = scene.person("admin", admin=True)
    return {"nobody": {}, "user": owner.account.headers, "admin": admin.headers}


@pytest.fixture(scope="module")
def document(scene: Scene, owner: Owner) -> Any:  # schemathesis's schema
    schema = schemathesis.openapi.from_asgi("/openapi.json", scene.client.app)

    @schema.hook
    def map_path_parameters(context: Any, path_parameters: Any) -> Any:
        """Ids that exist, so that more than 404 is seen."""
        operation = context.operation
        if not path_parameters or operation.method.upper() in ENDS:
            return path_parameters
        owner.put("job_id", owner.ended_job())
        return {
            name: owner[name] if name.endswith("_id") else value
            for name, value in path_parameters.items()
        }

    return schema


operations = schemathesis.pytest.from_fixture("document")


@operations.parametrize()
@settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_generated_requests_are_answered_as_documented(
    case: Any, callers: dict[str, dict[str, str]]
) -> None:
    for headers in callers.values():
        case.headers.pop("Authorization", None)
        case.call_and_validate(headers=headers, checks=CHECKS)
