"""Commands that install what is missing, as they must be typed in this installation.

A clone, environments of pip, pipx and uv, and Homebrew each install packages differently. All
messages about missing packages get their command from here.
"""

import json
import os
import re
import shlex
import shutil
import sys
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from urllib.request import url2pathname

NAME = "mp4totext"

Kind = Literal["clone", "pip", "pipx", "uv tool", "uvx", "homebrew"]

_SOURCE = Path(__file__).parents[3]
_OWN_EXTRAS = re.compile(rf"{NAME}\[([\w,-]+)\]")
_UV_CACHE = re.compile(r"(archive|environments|builds)-v\d+")  # folders of uv's cache
# How each system installs a program; the first that exists is used.
_MANAGERS = (
    ("apt-get", "apt-get install"),
    ("dnf", "dnf install"),
    ("pacman", "pacman -S"),
    ("apk", "apk add"),
    ("brew", "brew install"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """How this program was installed, as far as commands depend on it."""

    kind: Kind
    python: str = "python"  # as the user types it
    program: str = NAME  # as the user types it
    origin: str = NAME  # what the program is installed from: its name, or a file
    folder: str = "."  # of the clone, as the user types it

    def install(self, *requirements: str, force: bool = False) -> str:
        """The command that installs packages. ``force``: reinstalls broken ones."""
        match self.kind:
            case "clone" | "pip":
                return f"{self._pip} {self._arguments(requirements, force=force)}"
            case "homebrew":
                python = f'"$(brew --prefix {NAME})/libexec/bin/python" -m pip install'
                return f"{python} {self._arguments(requirements, force=force)}"
            case "pipx":
                if force:
                    pip = f"pipx runpip {NAME} install"
                    return f"{pip} {self._arguments(requirements, force=True)}"
                return f"pipx inject {NAME} {shlex.join(_without_extras(requirements))}"
            case "uv tool":
                options = "--reinstall --no-deps " if force else ""
                environment = f'"$(uv tool dir)/{NAME}"'
                plain = shlex.join(_without_extras(requirements))
                return f"uv pip install --python {environment} {options}{plain}"
            case "uvx":
                options = "--reinstall " if force else ""
                added = " ".join(
                    f"--with {shlex.quote(package)}" for package in _without_extras(requirements)
                )
                return f"uvx {options}{added} --from {shlex.quote(self.origin)} {NAME}"

    def reinstall(self) -> str:
        """The command that reinstalls the program with all its dependencies."""
        match self.kind:
            case "clone":
                return f"make -C {shlex.quote(self.folder)} clean install"
            case "pip":
                return f"{self._pip} --force-reinstall {shlex.quote(self.origin)}"
            case "pipx":
                return f"pipx reinstall {NAME}"
            case "uv tool":
                return f"uv tool upgrade --reinstall {NAME}"
            case "uvx":
                return f"uvx --reinstall --from {shlex.quote(self.origin)} {NAME} doctor"
            case "homebrew":
                return f"brew reinstall {NAME}"

    def run(self, arguments: str) -> str:
        """A command of this program."""
        if self.kind == "uvx":
            return f"uvx --from {shlex.quote(self.origin)} {NAME} {arguments}"
        return f"{self.program} {arguments}"

    @property
    def _pip(self) -> str:
        if self.python.endswith(("/bin/python", r"\Scripts\python")):
            pip = self.python.removesuffix("python") + "pip"
            return f"{shlex.quote(pip) if os.sep == '/' else pip} install"
        return f"{shlex.quote(self.python)} -m pip install"

    def _arguments(self, requirements: tuple[str, ...], *, force: bool) -> str:
        options = ["--force-reinstall", "--no-deps"] if force else []
        for requirement in requirements:
            extras = _OWN_EXTRAS.fullmatch(requirement)
            if extras and self.kind == "clone":
                options += ["-e", f"{self.folder}[{extras[1]}]"]
            elif extras and self.kind == "homebrew":
                options += _without_extras((requirement,))
            else:
                options.append(requirement)
        return shlex.join(options)


def install_command(*requirements: str, force: bool = False) -> str:
    """The command that installs packages here; extras are written ``mp4totext[openai]``."""
    return installation().install(*requirements, force=force)


def reinstall_command() -> str:
    return installation().reinstall()


def own_command(arguments: str) -> str:
    """The command ``mp4totext ARGUMENTS`` as it must be typed in this installation."""
    return installation().run(arguments)


def program_command(package: str) -> str:
    """The command that installs a program of the system; "" without a known package manager."""
    for manager, command in _MANAGERS:
        if shutil.which(manager):
            root = manager == "brew" or (hasattr(os, "geteuid") and os.geteuid() == 0)
            return f"{'' if root else 'sudo '}{command} {package}"
    return ""


class _Audience:
    public = False


def hide_paths() -> None:
    """Leave paths of this machine out of commands from now on: clients read the messages."""
    _Audience.public = True


def installation(
    *,
    source: Path = _SOURCE,
    prefix: Path | None = None,
    current: Path | None = None,
    public: bool | None = None,
) -> Installation:
    """The installation in ``prefix``, whose commands are typed in the folder ``current``."""
    prefix = prefix or Path(sys.prefix)
    current = current or Path.cwd()
    public = _Audience.public if public is None else public
    origin = _origin(current, public=public)
    clone = (source / "pyproject.toml").is_file()
    if not clone:
        if (prefix / "pipx_metadata.json").is_file():
            return Installation(kind="pipx", origin=origin)
        if (prefix / "uv-receipt.toml").is_file():
            return Installation(kind="uv tool", origin=origin)
        if any(_UV_CACHE.fullmatch(part) for part in prefix.parts):
            return Installation(kind="uvx", origin=origin)
        if "Cellar" in prefix.parts:
            return Installation(kind="homebrew", origin=origin)
    at_home = public or current.resolve() == source.resolve()
    installed = Installation(
        kind="clone" if clone else "pip",
        python=_typed(prefix, "python", current, public=public),
        program=_typed(prefix, NAME, current, public=public),
        origin=origin,
        folder="." if at_home else str(source),
    )
    if clone and prefix.resolve() == (source / ".venv").resolve():
        # The same whether or not the environment is activated.
        scripts = _scripts(Path(".venv") if at_home else source / ".venv")
        return replace(installed, python=str(scripts / "python"), program=str(scripts / NAME))
    return installed


def _scripts(environment: Path) -> Path:
    return environment / ("Scripts" if sys.platform == "win32" else "bin")


def _typed(prefix: Path, program: str, current: Path, *, public: bool) -> str:
    """The program's name if the shell finds that of ``prefix`` by it, else its path."""
    scripts = _scripts(prefix)
    for name in (program, f"{program}3"):
        on_path = shutil.which(name)
        if on_path and Path(on_path).parent.resolve() == scripts.resolve():
            return name
    if public:
        return program
    return _short(scripts / program, current)


def _short(path: Path, current: Path) -> str:
    inside = path.is_relative_to(current)
    return f"./{path.relative_to(current)}" if inside else str(path)


def _origin(current: Path, *, public: bool) -> str:
    """The file or folder from which the program was installed (PEP 610), else its name."""
    try:
        direct_url = metadata.distribution(NAME).read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return NAME
    address = urlsplit(str(json.loads(direct_url)["url"])) if direct_url else None
    if address is None or address.scheme != "file":
        return NAME
    path = Path(url2pathname(address.path))
    return f"./{path.name}" if public else _short(path, current)


def _without_extras(requirements: tuple[str, ...]) -> list[str]:
    """The packages of our own extras in place of the extras, for tools that cannot add an extra."""
    packages: list[str] = []
    for requirement in requirements:
        extras = _OWN_EXTRAS.fullmatch(requirement)
        if extras is None:
            packages.append(requirement)
            continue
        for name in extras[1].split(","):
            for line in metadata.requires(NAME) or ():
                needed, _, marker = line.partition(";")
                if re.search(rf"\bextra == ['\"]{re.escape(name)}['\"]", marker):
                    packages += _without_extras((needed.strip(),))
    return list(dict.fromkeys(packages))
