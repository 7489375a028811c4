"""Temporary files of one process, in a folder that others remove if the process is killed.

Each process locks a file beside its folder. The operating system releases the lock when the process
ends, even if it is killed.
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
    """Creates nothing until ``folder`` is called. A forked child needs its own."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._making = threading.Lock()

    @cached_property
    def _own(self) -> tuple[Path, FileLock]:
        self._root.mkdir(parents=True, exist_ok=True)
        folder = self._root / new_id(_PREFIX)
        # The lock first, as a folder without one counts as abandoned.
        lock = FileLock(folder.with_suffix(_LOCK), thread_local=False)
        lock.acquire(timeout=0)
        folder.mkdir()
        return folder, lock

    def folder(self, name: str) -> Path:
        """This process's folder for one kind of files, created if it is missing."""
        with self._making:  # the first two requests may arrive at the same time
            folder = self._own[0] / name
        folder.mkdir(exist_ok=True)
        return folder

    def close(self) -> None:
        """Removes the folder. A later ``folder`` call makes a new one."""
        with self._making:
            folder_and_lock = self.__dict__.pop("_own", None)  # the value of the cached_property
        if folder_and_lock is not None:
            _remove(*folder_and_lock)


def remove_abandoned(root: Path) -> int:
    """Delete the folders of killed processes in ``root``; returns how many there were."""
    removed = 0
    for folder in root.glob(f"{_PREFIX}_*/"):
        lock = FileLock(folder.with_suffix(_LOCK), thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            continue  # its process is still running
        _remove(folder, lock)
        removed += 1
    return removed


def _remove(folder: Path, lock: FileLock) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    lock.release()
    folder.with_suffix(_LOCK).unlink(missing_ok=True)
