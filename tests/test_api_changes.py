"""Changes of the HTTP API that break clients are found and must be listed."""

import copy
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from tools import api_changes
from tools.api_changes import breaks, complaints

Json = dict[str, Any]
JOBS = "/api/v1/jobs"
UPLOAD = "/api/v1/transcriptions"


@pytest.fixture(scope="module")
def released() -> Json:
    return api_changes.read(api_changes.TODAY)


def schema(document: Json, name: str) -> Json:
    return dict(document["components"]["schemas"][name])


def drop_route(document: Json) -> None:
    del document["paths"][JOBS]


def drop_parameter(document: Json) -> None:
    route = document["paths"][JOBS]["get"]
    route["parameters"] = [each for each in route["parameters"] if each["name"] != "state"]


def require_parameter(document: Json) -> None:
    for parameter in document["paths"][JOBS]["get"]["parameters"]:
        parameter["required"] = parameter["name"] == "state"


def add_required_parameter(document: Json) -> None:
    new = {"in": "query", "name": "team", "required": True, "schema": {"type": "string"}}
    document["paths"][JOBS]["get"]["parameters"].append(new)


def drop_value(document: Json) -> None:
    document["components"]["schemas"]["JobState"]["enum"].remove("cancelled")


def drop_field(document: Json) -> None:
    del document["components"]["schemas"]["JobOut"]["properties"]["progress"]


def require_field(document: Json) -> None:
    document["components"]["schemas"]["FromUrlRequest"]["required"].append("title")


def require_body(document: Json) -> None:
    route = document["paths"]["/api/v1/transcriptions/{transcription_id}/rerun"]["post"]
    route["requestBody"]["required"] = True
    document["paths"]["/api/v1/jobs/{job_id}/cancel"]["post"]["requestBody"] = {"required": True}


def narrow_request(document: Json) -> None:
    fields = document["components"]["schemas"]["FromUrlRequest"]["properties"]
    fields["url"]["type"] = "integer"


def widen_answer(document: Json) -> None:
    fields = document["components"]["schemas"]["JobOut"]["properties"]
    fields["id"] = {"anyOf": [{"type": "string"}, {"type": "null"}]}


def drop_media_type(document: Json) -> None:
    body = document["paths"][UPLOAD]["post"]["requestBody"]
    del body["content"]["application/octet-stream"]


def change_status(document: Json) -> None:
    answers = document["paths"]["/api/v1/jobs/{job_id}/retry"]["post"]["responses"]
    answers["200"] = answers.pop("202")


def rename_operation(document: Json) -> None:
    document["paths"][JOBS]["get"]["operationId"] = "jobs_all"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (drop_route, "GET /api/v1/jobs: the route is gone"),
        (drop_parameter, "GET /api/v1/jobs: the query parameter state is gone"),
        (require_parameter, "GET /api/v1/jobs: the query parameter state is required now"),
        (add_required_parameter, "GET /api/v1/jobs: the query parameter team is required now"),
        (drop_value, "JobState: the value cancelled is gone"),
        (drop_field, "JobOut: the field progress is gone"),
        (require_field, "FromUrlRequest: the field title is required now"),
        (require_body, "POST /api/v1/jobs/{job_id}/cancel: a body is required now"),
        (narrow_request, "FromUrlRequest.url: string is not taken any more"),
        (widen_answer, "JobOut.id: it can be null now"),
        (drop_media_type, "POST /api/v1/transcriptions body: application/octet-stream is gone"),
        (change_status, "POST /api/v1/jobs/{job_id}/retry: the answer 202 is gone"),
        (rename_operation, "GET /api/v1/jobs: the operation id jobs_list is gone"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_a_break_is_found_and_said_once(
    released: Json, change: Callable[[Json], None], sentence: str
) -> None:
    changed = copy.deepcopy(released)
    change(changed)
    assert breaks(released, changed).count(sentence) == 1


def add_everything(document: Json) -> None:
    """What may be added at any time."""
    schemas = document["components"]["schemas"]
    schemas["JobOut"]["properties"]["colour"] = {"type": "string"}
    schemas["JobOut"]["required"].append("colour")
    schemas["JobState"]["enum"].append("paused")
    schemas["FromUrlRequest"]["properties"]["colour"] = {"type": "string"}
    url = schemas["FromUrlRequest"]["properties"]["url"]
    schemas["FromUrlRequest"]["properties"]["url"] = {"anyOf": [url, {"type": "integer"}]}
    document["paths"][JOBS]["get"]["parameters"].append(
        {"in": "query", "name": "team", "schema": {"type": "string"}}
    )
    request = {"$ref": "#/components/schemas/FromUrlRequest"}
    other = {"type": "object", "properties": {"url": {"const": "other"}}, "required": ["url"]}
    body = document["paths"]["/api/v1/transcriptions/from-url"]["post"]["requestBody"]
    body["content"]["application/json"]["schema"] = {"oneOf": [request, other]}
    document["paths"]["/api/v1/teams"] = {"get": {"operationId": "teams_list", "responses": {}}}


def test_additions_break_nothing(released: Json) -> None:
    changed = copy.deepcopy(released)
    add_everything(changed)
    assert breaks(released, changed) == []


def test_a_break_needs_a_line_with_a_reason_and_a_line_needs_a_break() -> None:
    found = ["JobOut: the field progress is gone"]
    assert complaints(found, "- `JobOut: the field progress is gone`: it is `steps` now.\n") == []
    assert "not in docs/api-changes.md" in complaints(found, "")[0]
    assert "not in docs/api-changes.md" in complaints(found, f"- `{found[0]}`: \n")[0]
    assert "listed, but not so" in complaints([], f"- `{found[0]}`: why\n")[0]


def test_the_interface_breaks_nothing_that_is_not_listed() -> None:
    page = api_changes.LIST.read_text(encoding="utf-8")
    found = breaks(api_changes.read(api_changes.RELEASED), api_changes.read(api_changes.TODAY))
    assert complaints(found, page) == []


def test_the_document_of_a_release_keeps_all_that_is_compared(released: Json) -> None:
    kept = json.loads(api_changes.release_text(released))
    assert breaks(kept, released) == breaks(released, kept) == []
    assert "title" in kept["components"]["schemas"]["FromUrlRequest"]["properties"]
    for change in (drop_value, drop_field, require_field, narrow_request, widen_answer):
        changed = copy.deepcopy(released)
        change(changed)
        assert breaks(kept, changed) == breaks(released, changed) != []


def test_every_operation_has_a_readable_name_of_its_own(released: Json) -> None:
    names = [
        route["operationId"] for methods in released["paths"].values() for route in methods.values()
    ]
    assert len(names) == len(set(names))
    assert {"transcriptions_list", "transcriptions_export", "jobs_cancel", "auth_log_in"} <= {
        *names
    }
    unreadable = [name for name in names if not re.fullmatch(r"[a-z]+(_[a-z]+){1,4}", name)]
    assert not unreadable
