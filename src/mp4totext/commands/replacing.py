"""Writes a file whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mp4totext.kit.ids import new_id


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield the path of a hidden file, which replaces ``path`` in one step when the block ends.

    No player reads half of a file, and on a full disk an existing one stays. An OSError names
    ``path``. A pipe or a device is yielded itself.
    """
    if path.exists() and not path.is_file():
        yield path
        return
    partial = path.with_name(f".{new_id('out')}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        partial.replace(path)
    except OSError as error:
        error.filename, error.filename2 = str(path), None
        raise
    finally:
        partial.unlink(missing_ok=True)
