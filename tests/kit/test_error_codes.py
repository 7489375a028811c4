"""Each error code is explained at the address of a problem's ``type``."""

import ast
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from mp4totext.kit.error_codes import ERROR_CODES, explained, type_of

PACKAGE = Path(__file__).parents[2] / "src" / "mp4totext"
EXPLAINED = [code for codes in ERROR_CODES.values() for code in codes]
# Made of the class's name by jobs.runner, or by a table or a status.
COMPUTED = {
    "provider_busy", "provider_rejected", "provider_unreachable", "provider_unsupported",
    "provider_misconfigured", "headers_too_large", "too_many_pipelined", "method_not_allowed",
    "worker_disk", "worker_disk_full", "out_of_memory", "media_missing",
}  # fmt: skip
# Keywords of this name that are no error's: fields of messages.
NO_ERRORS = {"code", "type", "reason", "job_complete"}


def literals(node: ast.AST) -> set[str]:
    return {
        part.value
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    }


def raised() -> Iterator[str]:
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "code":
                yield from literals(node.value)
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Failure.of":
                yield from literals(node.args[0])
            if isinstance(node, ast.ClassDef):
                yield from of_class(node)


def of_class(node: ast.ClassDef) -> Iterator[str]:
    for line in node.body:
        if not isinstance(line, ast.Assign):
            continue
        match line.targets[0], line.value:
            case ast.Name(id="code"), value:
                yield from literals(value)
            case ast.Tuple(elts=[ast.Name(id="status"), ast.Name(id="code")]), ast.Tuple() as value:
                yield from literals(value)


def test_every_code_has_its_explanation_and_no_other_is_listed() -> None:
    assert len(EXPLAINED) == len(set(EXPLAINED))
    codes = {code for code in raised() if code} - NO_ERRORS
    assert codes | COMPUTED == set(EXPLAINED)


@pytest.mark.parametrize("root_path", ["", "/mp4"])
def test_the_type_of_a_problem_leads_to_its_code(root_path: str) -> None:
    assert type_of("invalid", root_path=root_path) == f"{root_path}/docs/errors#invalid"
    assert type_of("a_vendors_own", root_path=root_path) == "about:blank"


def test_the_page_of_errors_has_an_anchor_a_code(client: TestClient) -> None:
    problem = client.get("/api/v1/jobs").json()
    page, _, anchor = problem["type"].partition("#")
    assert anchor == problem["code"] == "unauthenticated"
    answer = client.get(page)
    assert answer.headers["content-type"].startswith("text/html")
    shown = unescape(re.sub(r"<[^>]+>", "", answer.text))
    for codes in ERROR_CODES.values():
        for code, sentence in codes.items():
            assert f'id="{code}"' in answer.text
            assert explained(sentence).replace("`", "") in shown


def test_an_ellipsis_stands_for_a_value_on_the_page() -> None:
    assert explained("There is no job {job_id!r}.") == "There is no job …."
