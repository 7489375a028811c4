"""Which tests one process runs when two share the suite: a file's, and those of a slow server.

xdist's own groups (``--dist loadgroup``) have no effect with pytest 9.2, which keeps the names that
they are written into elsewhere. So the names of files say it here.
"""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

# Started once. The longest come first, so that nobody waits for them at the end.
TOGETHER = {
    "ceph": (
        "tests/flows/test_server_faults.py",
        "tests/flows/test_servers.py",
        "tests/flows/test_two_hosts.py",
        "tests/kit/test_storage.py",
        "tests/test_services.py",
    ),
    "postgres": (
        "tests/jobs/",
        "tests/test_deploy.py",
        "tests/test_migrations.py",
        "tests/texts/test_asking.py",
    ),
}
_GROUPS = {place: group for group, places in TOGETHER.items() for place in places}


def group_of(nodeid: str) -> str | None:
    path = nodeid.partition("::")[0]
    folder = path.rpartition("/")[0] + "/"
    return _GROUPS.get(path) or _GROUPS.get(folder)


class Scheduling(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid) or nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:  # xdist's type
    config.option.loadscopereorder = False  # the order below
    return Scheduling(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not hasattr(config, "workerinput"):
        return
    order = (*TOGETHER, None)
    items.sort(key=lambda item: order.index(group_of(item.nodeid)))
    for item in items:
        if "started_s3_server" in getattr(item, "fixturenames", ()):
            assert group_of(item.nodeid) == "ceph", (
                f"{item.nodeid} belongs into tests/scheduling.py"
            )
