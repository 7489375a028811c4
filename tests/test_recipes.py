"""The recipes of CONTRIBUTING apply to the current code and work."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

SCREEN_LINES = 60


def recipes() -> list[str]:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return re.findall(r"```diff\n(.*?)```", page, re.DOTALL)


def changes() -> Iterator[tuple[str, list[str]]]:
    """File and diff lines of every change in every recipe."""
    for recipe in recipes():
        for change in re.split(r"^\+\+\+ ", recipe, flags=re.MULTILINE)[1:]:
            name, *lines = change.splitlines()
            yield name, lines


def hunks(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Added lines, each with the line before them: context (`` ``), removed (``-``) or none."""
    place, added = "", []
    for line in lines:
        if line.startswith("+"):
            added.append(line[1:])
            continue
        if added:
            yield place, added
        place, added = line, []
    yield place, added


def applied(text: str, lines: list[str]) -> str:
    for place, added in hunks(lines):
        mark, line = place[:1], f"{place[1:]}\n"
        new = "".join(f"{each}\n" for each in added)
        assert line in text or not mark, f"{place[1:]!r} is not in the file any more"
        if mark:
            text = text.replace(line, new if mark == "-" else line + new, 1)
        else:
            text = f"{text.rstrip()}\n\n\n{new}" if text else new
    return text


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code with all recipes applied."""
    copy = tmp_path_factory.mktemp("recipes")
    ignored = shutil.ignore_patterns("__pycache__")
    for folder in ("src", "tests"):  # tried outside of this process, which has the unchanged code
        shutil.copytree(ROOT / folder, copy / folder, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", copy)
    for name, lines in changes():
        path = copy / name
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        path.write_text(applied(text, lines), encoding="utf-8")
    return copy


def test_each_recipe_fits_a_screen() -> None:
    assert [n for n, recipe in enumerate(recipes(), 1) if recipe.count("\n") > SCREEN_LINES] == []


@pytest.mark.slow
def test_the_recipes_work(changed: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.recipe_checks"],
        cwd=changed,
        env={"PYTHONPATH": f"{changed / 'src'}:{changed}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_the_recipes_are_in_the_house_style(changed: Path) -> None:
    files = sorted({name for name, _ in changes()})
    for verb in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *verb, "--no-cache", *files],
            cwd=changed,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout


def test_a_recipe_whose_place_is_gone_fails() -> None:
    with pytest.raises(AssertionError, match="is not in the file any more"):
        applied("a\n", [" b", "+c"])


def test_lines_are_added_after_their_place_and_replace_what_is_removed() -> None:
    assert applied("a\nb\n", [" a", "+x", "+y"]) == "a\nx\ny\nb\n"
    assert applied("a\nb\n", ["-a", "+x"]) == "x\nb\n"
    assert applied("", ["+x", "+y"]) == "x\ny\n"
    assert applied("a\n", ["+x", "+y"]) == "a\n\n\nx\ny\n"
