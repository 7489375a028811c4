"""Small disks that tests can fill: in-memory file systems that only some processes see.

They are in a mount namespace of their own, so the kernel removes them when the processes end.
"""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.support.servers import IS_ROOT, ProgramMissing, program, running
from tests.support.waiting import until

ROOM_BYTES = 32 << 20
_MOUNT = (
    'size=$1; shift; for disk in "$@"; do mount -t tmpfs -o size=$size tmpfs "$disk"; done'
    "; echo ready; exec sleep infinity"
)
_TRY = "mount -t tmpfs tmpfs /tmp"
# Who is not root may mount in a user namespace of his own, where that is allowed.
_AS_ROOT = () if IS_ROOT else ("--user", "--map-root-user")
_LIKE_THE_HOLDER = () if IS_ROOT else ("--user", "--preserve-credentials")


@dataclass(frozen=True, kw_only=True)
class SmallDisks:
    """Small disks. ``under`` is prepended to a command, whose processes then see them.

    Without a holder they are plain folders, which cannot be filled.
    """

    holder: int | None
    folders: tuple[Path, ...]

    @property
    def under(self) -> tuple[str, ...]:
        if self.holder is None:
            return ()
        return (program("nsenter"), "--target", str(self.holder), "--mount", *_LIKE_THE_HOLDER)

    @contextmanager
    def full(self) -> Iterator[None]:
        """Keep all disks full during the block."""
        assert self.holder is not None, "these are folders on somebody's disk"
        fillers = [self._inside(folder) / "filler" for folder in self.folders]
        for filler in fillers:
            _fill(filler)
        try:
            yield
        finally:
            for filler in fillers:
                filler.unlink()

    def files(self) -> list[str]:
        """The files on the disks, without locks and empty folders."""
        return [
            str(path.name)
            for folder in self.folders
            for path in self._inside(folder).rglob("*")
            if path.is_file() and path.suffix != ".lock"
        ]

    def _inside(self, folder: Path) -> Path:
        """The path of the folder as the processes see it."""
        if self.holder is None:
            return folder
        return Path(f"/proc/{self.holder}/root") / folder.relative_to("/")


def _fill(path: Path) -> None:
    with suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(1 << 16))
    with suppress(OSError), path.open("ab", buffering=0) as file:
        while True:
            file.write(b"\0")


def _may_mount() -> bool:
    try:
        command = [program("unshare"), *_AS_ROOT, "--mount", program("sh"), "-c", _TRY]
        return subprocess.run(command, check=False, timeout=10, capture_output=True).returncode == 0
    except ProgramMissing:
        return False


@contextmanager
def small_disks(own: Path, folders: Sequence[Path]) -> Iterator[SmallDisks]:
    """Mount a disk on each of the folders, or use plain folders if mounting is not permitted."""
    for folder in (own, *folders):
        folder.mkdir(parents=True, exist_ok=True)
    if not _may_mount():
        yield SmallDisks(holder=None, folders=tuple(folders))
        return
    command = [program("unshare"), *_AS_ROOT, "--mount", program("sh"), "-c", _MOUNT, "sh"]
    wanted = [str(ROOM_BYTES), *map(str, folders)]
    with running([*command, *wanted], own) as process:
        until(lambda: "ready" in (own / "output.log").read_text(), what="disks", within_s=10)
        yield SmallDisks(holder=process.pid, folders=tuple(folders))
