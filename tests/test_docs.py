"""The docs match the code: generated parts are current, and links work."""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)")


def test_generated_parts_are_fresh() -> None:
    done = subprocess.run(
        [sys.executable, "tools/docs.py", "--check"],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for path, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        target = (page.parent / path).resolve() if path else page
        if not target.exists():
            broken.append(path)
        elif anchor and anchor not in anchors(target):
            broken.append(f"{path}#{anchor}")
    assert not broken, broken


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {
        re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings
    }


def named(part: Any) -> Iterator[str]:
    """The files in MkDocs' tree of titles."""
    if isinstance(part, str):
        yield part
    else:
        for inner in part.values() if isinstance(part, dict) else part:
            yield from named(inner)


@pytest.mark.parametrize("page", ["docs/architecture.md", "CONTRIBUTING.md"])
def test_files_that_are_named_exist(page: str) -> None:
    """In the pages that lead through the code, by names and not by links."""
    paths = set(re.findall(r"`([\w/]+\.py)`", (ROOT / page).read_text(encoding="utf-8")))
    files = [
        f"/{file.relative_to(ROOT).as_posix()}"
        for top in ("src", "tests")
        for file in (ROOT / top).rglob("*.py")
    ]
    assert paths
    assert not [path for path in paths if not any(file.endswith(f"/{path}") for file in files)]


def test_the_site_has_every_page() -> None:
    site = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    pages = {page.relative_to(ROOT / "docs").as_posix() for page in PAGES if page.parent != ROOT}
    assert sorted(named(site["nav"])) == sorted(pages | {"index.md"})  # which is the README
    assert "offline" in site["plugins"]
    assert site["theme"]["font"] is False


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = list(project["dependencies"])
    for extra in project["optional-dependencies"].values():
        lines += extra
    programs = ("clients.in", "home-assistant.in", "open-webui.in")
    for name in ("run.in", "dev.in", *programs, "web.in", "site.in"):
        lines += (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines()
    found = (re.match(r"[\w.-]+", line) for line in lines)
    wanted = {match[0].lower() for match in found if match} - {"mp4totext"}  # an extra of extras
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([\w.-]+) \| [\d.any]+ \| [^|]+ \| ([^|]+) \|$", page, re.MULTILINE)
    assert {name.lower() for name, _ in rows} == wanted


def test_every_package_of_the_page_has_its_reason() -> None:
    package = json.loads((ROOT / "web" / "package.json").read_text(encoding="utf-8"))
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([\w@/.-]+) \| [^|]+ \| [^|]+ \|$", page, re.MULTILINE)
    assert set(rows) - {"name"} == set(package["devDependencies"])


@pytest.mark.parametrize("folder", ["web", "tests/clients/node"])
def test_every_lock_of_npm_has_hashes_and_no_address(folder: str) -> None:
    lock = json.loads((ROOT / folder / "package-lock.json").read_text(encoding="utf-8"))
    entries = [entry for name, entry in lock["packages"].items() if name]
    assert all("integrity" in entry and "resolved" not in entry for entry in entries)


def test_every_lock_has_hashes_and_no_address() -> None:
    for lock in (ROOT / "requirements").glob("*.txt"):
        text = lock.read_text(encoding="utf-8")
        pins = re.split(r"^(?=[\w-]+==)", text, flags=re.MULTILINE)[1:]
        assert pins
        assert all("--hash=sha256:" in pin for pin in pins)
        assert "://" not in text
        assert "file:" not in text
