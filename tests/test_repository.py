"""Files beside the code match it: CI, hooks, extras, templates."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.formula import fill

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
    match = re.search(r"^check: ((?:[\w-]+ )+)##", MAKEFILE, re.MULTILINE)
    assert match
    assert [hook["entry"].split()[1] for hook in hooks] == match[1].split()
    assert hooks[-1]["entry"] == "make test SLOW=1 COVER=1"
    assert "check: COVER := 1\ncheck: SLOW := 1\n" in MAKEFILE
    assert all(hook["entry"].startswith("make ") for hook in hooks)


@pytest.fixture
def release_check(tmp_path: Path) -> Path:
    """A copy of .ci/run beside recordings; its `make` only says what it was asked for."""
    for folder in ("shared/speech", "repository/.ci", "bin"):
        (tmp_path / folder).mkdir(parents=True)
    script = shutil.copy(ROOT / ".ci" / "run", tmp_path / "repository" / ".ci")
    make = tmp_path / "bin" / "make"
    make.write_text('#!/bin/sh\necho "asked for $1"\n[ "$1" != "$REFUSED" ]\n', encoding="ascii")
    make.chmod(0o755)
    return Path(script)


def checked(script: Path, *, refused: str = "") -> subprocess.CompletedProcess[str]:
    path = f"{script.parents[2] / 'bin'}{os.pathsep}{os.defpath}"
    variables = {"PATH": path, "REFUSED": refused}
    command = ["bash", str(script)]
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)


def test_a_release_needs_all_that_make_check_runs_and_what_is_installed_apart(
    release_check: Path,
) -> None:
    done = checked(release_check)
    assert done.returncode == 0, done.stderr
    match = re.search(r"^check: ((?:[\w-]+ )+)##", MAKEFILE, re.MULTILINE)
    assert match
    apart = {"test-extras", "test-clients", "test-package", "site", "lint-deploy", "eval-gate"}
    assert set(re.findall(r"asked for (.+)", done.stdout)) == {*match[1].split(), *apart}


@pytest.mark.parametrize(
    "refused",
    [
        "lint",
        "type",
        "test",
        "test-extras",
        "test-clients",
        "test-package",
        "lint-deploy",
        "eval-gate",
    ],
)
def test_one_step_that_fails_refuses_the_release(release_check: Path, refused: str) -> None:
    done = checked(release_check, refused=refused)
    assert done.returncode != 0
    assert f"asked for {refused}" in done.stdout
    assert "All of it holds" not in done.stdout


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


def test_a_release_is_made_by_a_tag_of_the_package_that_was_tried() -> None:
    workflow = read_yaml(GITHUB / "workflows" / "release.yml")
    assert workflow["permissions"] == {"contents": "read"}
    triggers: Any = {str(key): value for key, value in workflow.items()}["True"]  # `on`, in YAML
    assert triggers == {"push": {"tags": ["v[0-9]+.[0-9]+.[0-9]+*"]}}
    steps = workflow["jobs"]["package"]["steps"]
    assert steps[0]["with"]["fetch-depth"] == 0  # all tags
    commands = [step["run"] for step in steps if "run" in step]
    assert " make test-package " in commands[0]
    assert commands[-1].startswith("gh release create")
    used = [step["uses"] for step in steps if "uses" in step]
    assert all(re.fullmatch(r"actions/[\w-]+@v\d+\.\d+\.\d+", action) for action in used)


def test_the_formula_names_the_archive_of_the_release_with_its_hash(tmp_path: Path) -> None:
    archive = tmp_path / "mp4totext-1.2.3.tar.gz"
    archive.write_bytes(b"an archive")
    formula = fill(archive, repository="https://git.example/owner/name", tag="v1.2.3")
    address = "https://git.example/owner/name/releases/download/v1.2.3/mp4totext-1.2.3.tar.gz"
    assert f'url "{address}"' in formula
    assert f'sha256 "{hashlib.sha256(b"an archive").hexdigest()}"' in formula
    assert f'desc "{PROJECT["description"].rstrip(".")}"' in formula
    assert "@" not in formula.replace("python@", "")
    assert "requirements/run.txt" in formula  # with the hashes of the lock
    assert f'license "{PROJECT["license"]}"' in formula


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """A repository with the project's way to a version and one commit."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(project, encoding="utf-8")
    (tmp_path / "LICENSE").touch()
    (tmp_path / "README.md").touch()
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "first")
    return tmp_path


def git(folder: Path, *arguments: str) -> None:
    somebody = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")
    subprocess.run(["git", *somebody, *arguments], cwd=folder, check=True)


def version_in(folder: Path) -> str:
    command = [sys.executable, "-m", "hatchling", "version"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_version_is_the_last_tag_of_a_release(history: Path) -> None:
    assert version_in(history).startswith("0.1.0.dev1+g")
    git(history, "tag", "page-7")  # of something else
    git(history, "tag", "v1.2.3")
    assert version_in(history) == "1.2.3"
    git(history, "commit", "--quiet", "--allow-empty", "--message", "second")
    assert version_in(history).startswith("1.2.4.dev1+g")
    shutil.rmtree(history / ".git")
    assert version_in(history) == "0.1.0.dev0"
