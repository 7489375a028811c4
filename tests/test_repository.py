"""What stands beside the code says the same as the code: CI, hooks, extras, templates."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
GITHUB = ROOT / ".github"
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def read_yaml(path: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def workflow_job() -> dict[str, Any]:
    return dict(read_yaml(GITHUB / "workflows" / "ci.yml")["jobs"]["check"])


def test_the_workflow_runs_what_a_release_needs_and_nothing_else() -> None:
    commands = [step["run"] for step in workflow_job()["steps"] if "run" in step]
    assert len(commands) == 1
    assert commands[0].split()[-1] == ".ci/run"
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111


def test_the_workflow_can_only_read_and_names_the_versions_of_its_actions() -> None:
    workflow = read_yaml(GITHUB / "workflows" / "ci.yml")
    assert workflow["permissions"] == {"contents": "read"}
    used = [step["uses"] for step in workflow_job()["steps"] if "uses" in step]
    assert used
    assert all(re.fullmatch(r"actions/[\w-]+@v\d+\.\d+\.\d+", action) for action in used)


def test_the_workflow_runs_the_oldest_and_the_newest_python_that_is_promised() -> None:
    promised = re.findall(r"Python :: (3\.\d+)", " ".join(PROJECT["classifiers"]))
    tried = workflow_job()["strategy"]["matrix"]["python"]
    assert tried == [promised[0], promised[-1]]
    assert PROJECT["requires-python"] == f">={promised[0]}"


def test_the_hooks_are_the_targets_of_make_check() -> None:
    config = read_yaml(ROOT / ".pre-commit-config.yaml")
    hooks = [hook for repo in config["repos"] for hook in repo["hooks"]]
    match = re.search(r"^check: ((?:\w+ )+)##", MAKEFILE, re.MULTILINE)
    assert match
    assert [hook["entry"].split()[1] for hook in hooks] == match[1].split()
    assert hooks[-1]["entry"] == "make test COVER=1"
    assert "check: COVER := 1" in MAKEFILE
    assert all(hook["entry"].startswith("make ") for hook in hooks)


@pytest.mark.parametrize("name", ["bug.yml", "idea.yml"])
def test_an_issue_form_asks_questions_with_names_of_their_own(name: str) -> None:
    form = read_yaml(GITHUB / "ISSUE_TEMPLATE" / name)
    assert form["name"]
    assert form["description"]
    questions = [part for part in form["body"] if part["type"] != "markdown"]
    ids = [part["id"] for part in questions]
    assert len(ids) == len(set(ids)) >= 3
    assert all(part["attributes"]["label"] for part in questions)


def extras_of(name: str) -> set[str]:
    """The extras that an extra stands for, itself included."""
    found = {name}
    for requirement in PROJECT["optional-dependencies"][name]:
        if match := re.fullmatch(r"mp4totext\[([\w,-]+)\]", requirement):
            for extra in match[1].split(","):
                found |= extras_of(extra)
    return found


def test_the_extra_all_has_every_extra() -> None:
    assert extras_of("all") == PROJECT["optional-dependencies"].keys()


def test_the_package_tells_type_checkers_that_it_has_types() -> None:
    assert (ROOT / "src" / "mp4totext" / "py.typed").exists()
    assert "Typing :: Typed" in PROJECT["classifiers"]
