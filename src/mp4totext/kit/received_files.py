"""A received file, its display name, and errors for a full disk."""

import errno
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mp4totext.kit.errors import AppError

NAME_BYTES_MAX = 255  # file systems allow no more, and a browser saves under this name
NAMELESS = "recording"
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_JOINERS = "\u200c\u200d"  # format characters that are part of words and emoji
_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


class UploadTooLarge(AppError):
    status, code = 413, "too_large"


class StorageFull(AppError):
    status, code = 507, "storage_full"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedUpload:
    """``filename`` is for display; ``fields`` are texts of the form, or the query of a raw body.

    ``lists`` has the same texts by name, with all values of a repeated field.
    """

    path: Path
    filename: str
    sha256: str
    size_bytes: int
    fields: dict[str, str] = field(default_factory=dict)
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)


def display_name(name: str, nameless: str = NAMELESS) -> str:
    """A file name from outside, without folders and invisible characters. Never use it as a path.

    ``nameless``: the name of a file without one.
    """
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    kept = (c for c in name if c in _JOINERS or unicodedata.category(c) not in _INVISIBLE)
    name = " ".join("".join(kept).split()).strip(". ")
    if len(name.encode()) > NAME_BYTES_MAX:
        stem, dot, extension = name.rpartition(".")
        if not stem or len(extension.encode()) > 16:
            stem, dot, extension = name, "", ""
        room = NAME_BYTES_MAX - len((dot + extension).encode())
        name = stem.encode()[:room].decode(errors="ignore").rstrip() + dot + extension
    return name or nameless


@contextmanager
def disk_errors() -> Iterator[None]:
    """Converts a full disk to AppError 507."""
    try:
        yield
    except OSError as e:
        if e.errno in DISK_FULL:
            raise StorageFull(
                "The server's disk is full; nothing was kept. Try again later, or tell whoever "
                "runs this service."
            ) from e
        raise


def too_large(max_bytes: int) -> UploadTooLarge:
    """An error to raise, which names the limit and its setting."""
    return UploadTooLarge(
        f"The file is larger than the limit of {max_bytes} bytes. Send a smaller or compressed "
        "one; the operator of this service can raise MAX_UPLOAD_BYTES.",
        limit_bytes=max_bytes,
    )
