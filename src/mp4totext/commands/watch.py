"""Watches a folder and processes each new recording once.

The progress is appended to a file in the folder, one line for each step, so that a killed command
continues where it stopped. A recording is processed once no process writes to it any more. It is
identified by its content, also under another name or with another date.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from mp4totext.commands.inputs import recordings_in
from mp4totext.kit.errors import Invalid, WrongState

STATE_FILE = ".mp4totext-watch.jsonl"
LOCK_FILE = ".mp4totext-watch.lock"
POLL_S = 1.0
SETTLE_S = 2.0  # without a change, a file counts as complete; network copies write more often
LATER_S = 60.0  # pause before a retry after a temporary failure, such as a full disk


class Outcome(StrEnum):
    DELIVERING = "delivering"  # its files are being written
    DONE = "done"
    UNUSABLE = "unusable"  # not a recording; tried again only if the file changes
    LATER = "later"  # failed temporarily; not stored in the file
    GONE = "gone"  # renamed, changed or deleted in the meantime; not stored in the file


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """Attributes of a file that change when it is written or replaced."""

    inode: int
    size_bytes: int
    mtime_ns: int

    @classmethod
    def of(cls, path: Path) -> "Stamp | None":
        """The stamp of a file; None if it does not exist."""
        try:
            status = path.stat()
        except FileNotFoundError:
            return None
        return cls(inode=status.st_ino, size_bytes=status.st_size, mtime_ns=status.st_mtime_ns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the file with the progress."""

    name: str  # below the folder
    outcome: Outcome
    stamp: Stamp
    sha256: str
    files: tuple[str, ...] = ()  # being written


class Delivery:
    """A recording that is being processed, from its discovery until its files are written."""

    def __init__(self, state: "State", path: Path, stamp: Stamp, sha256: str) -> None:
        self.path = path
        self._state = state
        self._stamp = stamp
        self._sha256 = sha256

    @property
    def is_current(self) -> bool:
        """Whether the file has not changed since it was found."""
        return Stamp.of(self.path) == self._stamp

    @property
    def own_files(self) -> frozenset[Path]:
        """Files of this recording that an earlier command was writing when it was killed."""
        return self._state.unfinished_files(self._sha256)

    def announce(self, files: Sequence[Path]) -> None:
        """Store the paths of the files. Called before they are written."""
        self.record(Outcome.DELIVERING, files)

    def record(self, outcome: Outcome, files: Sequence[Path] = ()) -> None:
        name = self._state.name_of(self.path)
        written = tuple(str(path.absolute()) for path in files)
        self._state.append(
            Entry(name=name, outcome=outcome, stamp=self._stamp, sha256=self._sha256, files=written)
        )


class State:
    """The progress of a folder's recordings. Each line is flushed to disk when it is appended."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / STATE_FILE
        self._entries: dict[str, Entry] = {}  # by name; the last line counts
        self._done: set[Stamp] = set()
        for entry in _lines(self._path):
            self._remember(entry)

    def name_of(self, path: Path) -> str:
        return str(path.relative_to(self._folder))

    def is_done(self, stamp: Stamp) -> bool:
        return stamp in self._done

    def earlier(self, path: Path, sha256: str) -> Entry | None:
        """The entry for equal content, under this name or under one that no longer exists."""
        for entry in self._entries.values():
            if entry.sha256 == sha256 and entry.outcome != Outcome.DELIVERING:
                earlier_path = self._folder / entry.name
                if earlier_path == path or not earlier_path.exists():
                    return entry
        return None

    def unfinished_files(self, sha256: str) -> frozenset[Path]:
        return frozenset(
            Path(file)
            for entry in self._entries.values()
            if entry.sha256 == sha256 and entry.outcome == Outcome.DELIVERING
            for file in entry.files
        )

    def append(self, entry: Entry) -> None:
        line = json.dumps(asdict(entry), ensure_ascii=True) + "\n"
        with self._path.open("a", encoding="ascii") as file:
            # An earlier command may have been killed while it wrote a line.
            if file.tell() and not _ends_with_newline(self._path):
                file.write("\n")
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        self._remember(entry)

    def _remember(self, entry: Entry) -> None:
        self._entries[entry.name] = entry
        if entry.outcome != Outcome.DELIVERING:
            self._done.add(entry.stamp)


def _lines(path: Path) -> Iterator[Entry]:
    if not path.exists():
        return
    for line in path.read_text(encoding="ascii", errors="replace").splitlines():
        try:
            facts = json.loads(line)
            stamp = Stamp(**facts.pop("stamp"))
            files, outcome = tuple(facts.pop("files")), Outcome(facts.pop("outcome"))
            yield Entry(**facts, stamp=stamp, files=files, outcome=outcome)
        except (ValueError, KeyError, TypeError):
            continue  # cut off by a kill or a full disk: its recording is processed again


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


Process = Callable[[Path, Delivery], Outcome]


def follow(
    folder: Path,
    process: Process,
    *,
    stop: Callable[[], bool] = lambda: False,
    poll_s: float = POLL_S,
    settle_s: float = SETTLE_S,
) -> None:
    """Process recordings in ``folder`` until ``stop``, which is called after each scan, is True.

    Raises Invalid if the folder does not exist or is not writable, and WrongState if another
    command watches it.
    """
    with _locked(folder):
        watch = _Watch(State(folder), process, settle_s=settle_s)
        while True:
            watch.look(recordings_in(folder))
            if stop():
                return
            time.sleep(poll_s)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    if not folder.is_dir():
        raise Invalid(f"{str(folder)!r} is not a folder.")
    if not os.access(folder, os.W_OK):
        raise Invalid(
            f"{str(folder)!r} cannot be written. The progress is kept in it, in {STATE_FILE}."
        )
    lock = FileLock(folder / LOCK_FILE)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise WrongState(f"Another command already watches {str(folder)!r}.") from error
    try:
        yield
    finally:
        lock.release()


class _Watch:
    def __init__(self, state: State, process: Process, *, settle_s: float) -> None:
        self._state = state
        self._process = process
        self._settle_s = settle_s
        self._since: dict[Path, tuple[Stamp, float]] = {}  # when a file was first seen like this
        self._not_before: dict[Stamp, float] = {}

    def look(self, paths: Iterable[Path]) -> None:
        present = set()
        for path in paths:
            present.add(path)
            stamp = Stamp.of(path)
            if stamp is None or self._state.is_done(stamp) or not self._is_due(path, stamp):
                continue
            if not _is_being_written(path):
                self._process_new(path, stamp)
        for path in self._since.keys() - present:
            del self._since[path]

    def _is_due(self, path: Path, stamp: Stamp) -> bool:
        """Whether nothing was written for a while, by its date or since it was first seen."""
        now_s = time.monotonic()
        if now_s < self._not_before.get(stamp, 0.0):
            return False
        seen, since_s = self._since.get(path, (None, now_s))
        if seen != stamp:
            since_s = now_s
            self._since[path] = (stamp, since_s)
        age_s = time.time() - stamp.mtime_ns / 1e9
        return max(now_s - since_s, age_s) >= self._settle_s

    def _process_new(self, path: Path, stamp: Stamp) -> None:
        try:
            with path.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            return
        delivery = Delivery(self._state, path, stamp, sha256)
        earlier = self._state.earlier(path, sha256)
        if earlier is not None:
            delivery.record(earlier.outcome)
            return
        outcome = self._process(path, delivery)
        if outcome in (Outcome.DONE, Outcome.UNUSABLE):
            delivery.record(outcome)
        elif outcome == Outcome.LATER:
            self._not_before[stamp] = time.monotonic() + LATER_S


def _is_being_written(path: Path) -> bool:
    """Whether a process of this user has the file open for writing. Always False outside Linux."""
    if not psutil.LINUX:
        return False
    real = str(path.resolve())
    return any(
        file.path == real and file.mode not in ("r", "")
        for process in psutil.process_iter(["open_files"])
        for file in process.info["open_files"] or ()
    )
