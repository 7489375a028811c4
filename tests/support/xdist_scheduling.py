"""Assigns tests to processes: those of one file, and those that use the same slow server.

xdist's own groups (``--dist loadgroup``) have no effect with pytest 9.2, which stores the test ids
that contain them elsewhere. So this plug-in searches the files for names of server fixtures, and
runs those that share a server in one process, where it is started once.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).parent.parent.parent
# The longest tests come first, so that they do not delay the end.
GROUPS = {
    "ceph": re.compile(r"\b(s3_bucket|started_s3_server)\b"),
    "postgres": re.compile(
        r"\b(postgres_url|migrated_postgres_url|started_postgres_server|database_url|spine)\b"
    ),
    "service": re.compile(r"\bstarted_service\b"),
}
# Of the other files these take longest, so they come before those that fill the end evenly.
LONG = ("tests/flows/", "tests/videos/", "tests/media/", "tests/providers/")


@cache
def group_of(path: str) -> str | None:
    text = (ROOT / path).read_text(encoding="utf-8")
    return next((group for group, names in GROUPS.items() if names.search(text)), None)


class Scheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return group_of(path) or path


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:  # xdist's type
    config.option.loadscopereorder = False  # the order below
    return Scheduling(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: place(item.nodeid.partition("::")[0]))


def place(path: str) -> tuple[int, int]:
    """The sort key of a file."""
    group = (*GROUPS, None).index(group_of(path))
    folder = next((n for n, name in enumerate(LONG) if path.startswith(name)), len(LONG))
    return group, folder
