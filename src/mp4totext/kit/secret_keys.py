"""The secret of a service: made where no setting has one, and refused where others may know it."""

import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

MIN_SECRET_CHARS = 32

# Parts of publicly known secrets: from tutorials, templates and the first backend's repository.
WELL_KNOWN_SECRETS = (
    "change-me",
    "changeme",
    "secret",
    "your-secret-key",
    "your_secret_key",
    "supersecret",
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
    "minioadmin",
    "password",
    "django-insecure",
)

HOW_TO_MAKE_ONE = "make one with `python -c 'import secrets; print(secrets.token_urlsafe(48))'`"


def secret_in(path: Path) -> str:
    """One secret for each data folder, created on first use, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent) as file:  # created with mode 0600
        file.write(secrets.token_urlsafe(48))
        file.flush()
        with suppress(FileExistsError):  # it exists already, or another process has just created it
            path.hardlink_to(file.name)
    return path.read_text(encoding="ascii")


def weakness_of(secret: str) -> str | None:
    """The reason, such as "has 7 characters, at least 32 are needed"; None if it is not weak."""
    if len(secret) < MIN_SECRET_CHARS:
        return f"has {len(secret)} characters, at least {MIN_SECRET_CHARS} are needed"
    lowered = secret.lower()
    if any(word in lowered for word in WELL_KNOWN_SECRETS) or len(set(secret)) < 10:
        return "is a well-known or guessable value"
    return None
