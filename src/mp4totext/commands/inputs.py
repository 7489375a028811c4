"""Finds the recordings for the arguments of ``transcribe``: files, folders, patterns, addresses."""

import glob
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import files as files_of
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from mp4totext.commands.messages import BAD_INPUT, print_failure, printable
from mp4totext.kit.errors import AppError, NotFound
from mp4totext.kit.ids import new_id
from mp4totext.media.extensions import FILE_EXTENSIONS, HEAD_BYTES, begins_like_recording

if TYPE_CHECKING:  # these imports take a second, and an error for a mistyped name must not wait
    from mp4totext.runtime import Runtime

STDIN = "-"
SAMPLE = "two_cities.wav"
_DESCRIPTORS = ("/dev/fd/", "/dev/stdin", "/proc/self/fd/")


class NoFile(AppError):
    status, code = 415, "no_file"


def no_file(argument: str) -> NoFile:
    """The error for an argument that names no file, with what to do about other addresses."""
    scheme, is_address, _ = argument.partition("://")
    if not (is_address and scheme.isascii() and scheme.isalnum()):
        return NoFile()
    return NoFile(
        f"{scheme}:// is not fetched, only http:// and https:// are. Give the path of the file, or "
        "pipe it in and give - as its name."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One recording to transcribe."""

    argument: str  # as it is named in messages

    @property
    def is_url(self) -> bool:
        return self.argument.lower().startswith(("http://", "https://"))

    @property
    def is_pipe(self) -> bool:
        """Stdin, a named pipe, or what a shell writes for <(COMMAND)."""
        return self.argument == STDIN or (not self.is_url and Path(self.argument).is_fifo())

    @property
    def path(self) -> Path | None:
        """None if it is not a file of the user on this machine."""
        return None if self.is_pipe or self.is_url else absolute(Path(self.argument))

    @property
    def name(self) -> str:
        if self.is_url:
            return self.argument
        is_nameless = self.argument == STDIN or self.argument.startswith(_DESCRIPTORS)
        return "recording" if is_nameless else printable(Path(self.argument).name)


def absolute(path: Path) -> Path:
    """The absolute path without "..": messages show the paths that are made from it."""
    whole = path.absolute()
    # Resolved, since ".." behind a link leads to its target's parent. The name may be a link too.
    return whole.parent.resolve() / whole.name if ".." in whole.parts else whole


def expanded(arguments: Sequence[str]) -> list[Input]:
    """Expand folders to their recordings and patterns to matching files; each file once."""
    inputs: dict[str, Input] = {}
    for argument in arguments:
        for name in _names(argument):
            item = Input(argument=name)
            is_file = name != STDIN and not item.is_url
            inputs.setdefault(_place(Path(name)) if is_file else name, item)
    return list(inputs.values())


def _place(path: Path) -> str:
    """The path without "..", so that a file has one however it is written.

    A link and the file that it leads to are two: each gets captions under its own name.
    """
    return str(path.parent.resolve() / path.name)


def _names(argument: str) -> Iterator[str]:
    if argument.endswith("\r") and not Path(argument).exists():
        argument = argument[:-1]  # a list with Windows line ends, passed by xargs
    path = Path(argument)
    if argument == STDIN or Input(argument=argument).is_url or path.is_file():
        yield argument
        return
    if path.is_dir():
        names = [str(file) for file in recordings_in(path)]
    else:  # shells pass on a pattern that is quoted or matches nothing
        names = sorted(glob.glob(argument, recursive=True))  # noqa: PTH207  Path has no absolute ones
        names = [name for name in names if Path(name).is_file()]
    yield from names or [argument]  # the error for it is raised when it is opened


def recordings_in(folder: Path) -> list[Path]:
    """The recordings in a folder and its subfolders, without hidden files."""
    return sorted(
        path
        for path in folder.rglob("*")
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and _looks_like_recording(path)
    )


def _looks_like_recording(path: Path) -> bool:
    """Judge a file by its extension, or without a known one ("Call at 12.30") by its content."""
    extension = path.suffix.lower().lstrip(".")
    if extension in FILE_EXTENSIONS:
        return path.is_file()
    if (extension and not extension.isdigit()) or not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return begins_like_recording(file.read(HEAD_BYTES))
    except PermissionError:
        return False


def refuse_absent(arguments: Sequence[str], *, as_json: bool) -> None:
    """Exit if none of the files exists. If some exist, the command uses those."""
    inputs = expanded(arguments)
    names = [item.argument for item in inputs]
    if inputs and not any(
        item.argument == STDIN or item.is_url or Path(item.argument).exists() for item in inputs
    ):
        for name in names:
            print_failure(name, code=NoFile.code, message=no_file(name).message, as_json=as_json)
        raise click.exceptions.Exit(BAD_INPUT)


def opened(runtime: "Runtime", argument: str) -> tuple[Path, Path | None]:
    """The file to read, and its path for the user (None if it was read from a pipe)."""
    path = Path(argument)
    if argument == STDIN:
        return _stored(runtime, sys.stdin.buffer), None
    if path.is_fifo():
        with path.open("rb") as pipe:
            return _stored(runtime, pipe), None
    if path.is_dir():
        raise NoFile("There is no recording in this folder: no file name has the extension of one.")
    if not path.exists():
        raise no_file(argument)
    if not path.is_file():
        raise NoFile("This is neither a file nor a pipe. Give the path of a recording.")
    with path.open("rb"):  # raises the system's own message when it cannot be read
        pass
    # Players look for captions beside the link, so they are not written beside its target.
    return path.resolve(), None if path.samefile(sample_file()) else absolute(path)


def _stored(runtime: "Runtime", pipe: BinaryIO) -> Path:
    """What a pipe gives, in a file: the index of a recording may be at its end."""
    path = runtime.settings.work_dir / new_id("pipe")
    with path.open("wb") as spool:
        shutil.copyfileobj(pipe, spool, 1 << 20)
    return path


def sample_file() -> Path:
    """The path of a public-domain reading that the bundled engine's package contains."""
    for file in files_of("moonshine-voice") or ():
        if file.name == SAMPLE:
            return Path(str(file.locate()))
    raise NotFound(f"The sample {SAMPLE!r} is not in the installed moonshine-voice package.")
