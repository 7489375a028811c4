"""A recording that comes with the install: a public-domain reading."""

from importlib.metadata import files as files_of
from pathlib import Path

NAME = "two_cities.wav"
PACKAGE = "moonshine-voice"  # whose files it is among


def sample_file() -> Path:
    """Raises FileNotFoundError where the package was installed without it."""
    for file in files_of(PACKAGE) or ():
        if file.name == NAME:
            return Path(str(file.locate()))
    raise FileNotFoundError(f"The sample {NAME!r} is not in the installed {PACKAGE} package.")
