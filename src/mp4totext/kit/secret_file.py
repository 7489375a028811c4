"""The secret of a data folder, generated if no setting has one."""

import secrets
import tempfile
from contextlib import suppress
from pathlib import Path


def secret_in(path: Path) -> str:
    """One secret for each data folder, created on first use, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent) as file:  # created with mode 0600
        file.write(secrets.token_urlsafe(48))
        file.flush()
        with suppress(FileExistsError):  # it exists already, or another process has just created it
            path.hardlink_to(file.name)
    return path.read_text(encoding="ascii")
