"""Which tests run in the same process: those of one file, and those of a slow server.

xdist's own groups (``--dist loadgroup``) have no effect with pytest 9.2, which keeps the names that
they are written into elsewhere. So it is read from the files: one that names a server's fixture
runs where that server is, which is started once.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).parent.parent.parent
# The longest come first, so that nobody waits for them at the end.
GROUPS = {
    "ceph": re.compile(r"\b(s3_bucket|started_s3_server)\b"),
    "postgres": re.compile(r"\b(postgres_url|started_postgres_server|database_url|spine)\b"),
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
    """Files are sorted by it, those of one place as they were found."""
    group = (*GROUPS, None).index(group_of(path))
    folder = next((n for n, name in enumerate(LONG) if path.startswith(name)), len(LONG))
    return group, folder
