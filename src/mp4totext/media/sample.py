"""A recording that the installation includes: a public-domain reading."""

from importlib.metadata import files as files_of
from pathlib import Path

NAME = "two_cities.wav"
PACKAGE = "moonshine-voice"  # the package that contains it


def sample_file() -> Path:
    """Raises FileNotFoundError if the package was installed without it."""
    for file in files_of(PACKAGE) or ():
        if file.name == NAME:
            return Path(str(file.locate()))
    raise FileNotFoundError(f"The sample {NAME!r} is not in the installed {PACKAGE} package.")
