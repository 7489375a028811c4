"""Rules of the source code that no linter has. A failure names the line."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "mp4totext"
SOURCES = sorted(PACKAGE.rglob("*.py"))

MAX_FUNCTION_LINES = 60
MAX_FILE_LINES = 500
MAX_FILE_BYTES = 1_000_000

COMMITS = {"kit/db.py", "migrations/env.py"}
CREDIT_WRITER = "credits/ledger.py"
CREDIT_TABLES = {"CreditAccount", "CreditEntry", "CreditHold"}  # prices are not money
# A door answers for everything behind it; the runner turns any death of a job into a failed job,
# the context any death of an optional step into a dropped line, and a child process sends its
# traceback to its parent, which raises it.
CATCH_ALL = {
    *("jobs/runner.py", "jobs/context.py", "app.py", "worker.py", "cli.py"),
    "media/sandbox_process.py",
}
# A revision is written once by a generator and read from top to bottom.
GENERATED = "migrations/versions/"
# Heavy or optional libraries are imported when they are first used, and a guarded child process
# imports what it guards after its limits are set.
LATE_IMPORTS = (
    *("providers/", "media/download_process.py", "media/faces.py", "media/sandbox_process.py"),
    *(
        "runtime.py",
        "kit/ratelimit.py",
        "jobs/webhooks.py",
        "transcriptions/steps/understand.py",
        "exports/reading.py",
        "writing/chinese.py",
        "writing/extractive/word_forms.py",
        "commands/transcribe.py",
        "local_run/recordings.py",
        "script.py",
    ),  # commands start quickly
)

# What must not be in the repository, and where an exception has a reason.
FORBIDDEN = {
    "an absolute path of somebody's machine": re.compile(
        r"(?<![\w.:/-])/(?:root|work|home/(?!app\b|user\b)\w+|Users/\w+)/"
    ),
    "a package index": re.compile(
        r"--(?:extra-)?index-url|--find-links|pypi\.org/simple|files\.pythonhosted"
    ),
    "a folder beside the repository": re.compile(r"\.\./shared"),
    "a secret": re.compile(
        r"\b(?:sk-|gsk_)[A-Za-z0-9]{20,}|\bAKIA[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE"
    ),
}
EXCEPTIONS = {".ci/run": {"a folder beside the repository"}}


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def walk(kind: type[ast.AST] | tuple[type[ast.AST], ...]) -> Iterator[tuple[str, ast.AST]]:
    for path in SOURCES:
        for node in ast.walk(parsed(path)):
            if isinstance(node, kind):
                yield name_of(path), node


FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def test_functions_are_short() -> None:
    long = [
        f"{name}:{node.lineno} {node.name}"
        for name, node in walk(FUNCTIONS)
        if isinstance(node, FUNCTIONS)
        and not name.startswith(GENERATED)
        and (node.end_lineno or 0) - node.lineno >= MAX_FUNCTION_LINES
    ]
    assert not long, long


def test_files_are_short() -> None:
    written = [path for path in SOURCES if not name_of(path).startswith(GENERATED)]
    files = [*written, *(ROOT / "tests").rglob("*.py"), *(ROOT / "tools").rglob("*.py")]
    long = [
        str(path.relative_to(ROOT))
        for path in files
        if len(path.read_text(encoding="utf-8").splitlines()) > MAX_FILE_LINES
    ]
    assert not long, long


def test_only_the_edge_commits() -> None:
    found = [
        f"{name}:{node.lineno}"
        for name, node in walk(ast.Call)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"commit", "rollback"}
        and name not in COMMITS
    ]
    assert not found, f"kit.db owns the transaction: {found}"


def test_only_the_ledger_writes_credit_tables() -> None:
    def writes(node: ast.Call) -> bool:
        called = node.func.id if isinstance(node.func, ast.Name) else None
        first = node.args[0] if node.args else None
        target = first.id if isinstance(first, ast.Name) else None
        return called in CREDIT_TABLES or (
            called in {"insert", "update", "delete"} and target in CREDIT_TABLES
        )

    def table(node: ast.Attribute) -> bool:
        model = node.value.id if isinstance(node.value, ast.Name) else None
        return node.attr == "__table__" and model in CREDIT_TABLES

    found = [
        f"{name}:{node.lineno}"
        for name, node in walk((ast.Call, ast.Attribute))
        if (isinstance(node, ast.Call) and writes(node))
        or (isinstance(node, ast.Attribute) and table(node))
        if name != CREDIT_WRITER
    ]
    assert not found, f"only {CREDIT_WRITER} writes credit tables: {found}"


def test_a_scope_has_one_name() -> None:
    """``Reader = Annotated[Identity, require_scope(...)]``: the same scope in no second place."""
    places: dict[str, list[str]] = {}
    for name, node in walk(ast.Assign):
        assert isinstance(node, ast.Assign)
        value = ast.unparse(node.value)
        if re.fullmatch(r"Annotated\[\w+, (require_scope|caller_with)\(.*\)\]", value):
            places.setdefault(value, []).append(f"{name}:{node.lineno}")
    assert places, "no dependency has a scope any more"
    assert not [each for each in places.values() if len(each) > 1], places


def test_imports_are_at_the_top() -> None:
    found = [
        f"{name}:{inner.lineno}"
        for name, node in walk(FUNCTIONS)
        if not name.startswith(LATE_IMPORTS)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert not found, found


def test_nothing_catches_everything() -> None:
    def broad(node: ast.ExceptHandler) -> bool:
        types = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        reraises = any(isinstance(inner, ast.Raise) and not inner.exc for inner in ast.walk(node))
        names = {kind.id for kind in types if isinstance(kind, ast.Name)}
        return not reraises and (node.type is None or bool(names & {"Exception", "BaseException"}))

    found = [
        f"{name}:{node.lineno}"
        for name, node in walk(ast.ExceptHandler)
        if isinstance(node, ast.ExceptHandler) and broad(node) and name not in CATCH_ALL
    ]
    assert not found, found


@pytest.mark.parametrize("what", FORBIDDEN)
def test_nothing_tracked_holds(what: str) -> None:
    found = []
    for path in tracked():
        name = path.relative_to(ROOT).as_posix()
        if what in EXCEPTIONS.get(name, set()) or path == Path(__file__):
            continue
        for number, line in enumerate(path.read_bytes().splitlines(), 1):
            if FORBIDDEN[what].search(line.decode("utf-8", errors="replace")):
                found.append(f"{name}:{number}")
    assert not found, f"{what}: {found}"


def test_tracked_files_are_small() -> None:
    big = [str(path) for path in tracked() if path.stat().st_size >= MAX_FILE_BYTES]
    assert not big, big


def test_the_version_is_in_one_place() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    version = re.search(r'^version = "([^"]+)"', project, re.MULTILINE)
    assert version
    found = [
        name_of(path) for path in SOURCES if f'"{version[1]}"' in path.read_text(encoding="utf-8")
    ]
    assert not found, found


def test_a_changelog_entry_waits_for_the_next_release() -> None:
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
