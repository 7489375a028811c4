"""Temporary files that belong to one process, so that those of a killed one can be told apart.

Each process has a folder of its own and holds a lock beside it; the system frees the lock when the
process dies, however that happens.
"""

import shutil
import threading
from functools import cached_property
from pathlib import Path

from filelock import FileLock, Timeout

from mp4totext.kit.ids import new_id

_PREFIX = "process"
_LOCK = ".lock"


class Scratch:
    """Nothing is made until ``folder`` is called. Not shared with forked children."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._making = threading.Lock()

    @cached_property
    def _own(self) -> tuple[Path, FileLock]:
        self._root.mkdir(parents=True, exist_ok=True)
        own = self._root / new_id(_PREFIX)
        # The lock first: a folder without one counts as abandoned.
        lock = FileLock(own.with_suffix(_LOCK), thread_local=False)
        lock.acquire(timeout=0)
        own.mkdir()
        return own, lock

    def folder(self, name: str) -> Path:
        """This process's folder for one kind of files; it exists."""
        with self._making:  # two requests may be the first
            folder = self._own[0] / name
        folder.mkdir(exist_ok=True)
        return folder

    def close(self) -> None:
        """Removes the folder. A later ``folder`` call makes a new one."""
        with self._making:
            own = self.__dict__.pop("_own", None)
        if own is not None:
            _remove(*own)


def remove_abandoned(root: Path) -> int:
    """Deletes what killed processes left in ``root``; returns how many there were."""
    removed = 0
    for folder in root.glob(f"{_PREFIX}_*/"):
        lock = FileLock(folder.with_suffix(_LOCK), thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            continue  # its process lives
        _remove(folder, lock)
        removed += 1
    return removed


def _remove(folder: Path, lock: FileLock) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    lock.release()
    folder.with_suffix(_LOCK).unlink(missing_ok=True)
