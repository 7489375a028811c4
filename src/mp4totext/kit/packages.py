"""Install commands that work where they are printed: in a clone, or where a wheel is installed."""

import re
import sys
from pathlib import Path

_SOURCE = Path(__file__).parents[3]
_EXTRA = re.compile(r"'mp4totext\[(\w+)\]'")


def install_command(
    command: str,
    *,
    source: Path = _SOURCE,
    environment: Path | None = None,
    folder: Path | None = None,
) -> str:
    """``command`` installs packages from a wheel's view; the answer is what to type here.

    In a clone (``source`` has a pyproject.toml) our own extras are installed from its folder, by
    the pip of its ``.venv`` where ``environment`` is that. The paths are relative, because answers
    of the service quote the command and must not name folders of its machine; where the current
    ``folder`` is not the clone, the command says that it belongs there.
    """
    if not (source / "pyproject.toml").is_file():
        return command
    here = _EXTRA.sub(r"-e '.[\1]'", command)
    if (environment or Path(sys.prefix)).resolve() == (source / ".venv").resolve():
        pip = r".venv\Scripts\pip" if sys.platform == "win32" else ".venv/bin/pip"
        here = here.replace("pip install", f"{pip} install")
    if here != command and (folder or Path.cwd()).resolve() != source.resolve():
        return f"{here} (in the folder of the clone)"
    return here
