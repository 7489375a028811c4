"""What definitions of commands share. They import nothing slow, so that help comes at once."""

import functools
import gc
import importlib
import os
import sys
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from types import ModuleType
from typing import Any

import click


class FilePath(click.Path):
    """A path whose value is a pathlib.Path, imported when there is one."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:  # a Path, where click's own gives text or bytes
        return importlib.import_module("pathlib").Path(super().convert(value, param, ctx))


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
quiet_option = click.option("-q", "--quiet", is_flag=True, help="Print only the result.")
data_option = click.option(
    "--data",
    type=FilePath(file_okay=False),
    metavar="DIR",
    help="Data folder instead of DATA_DIR.",
)


def action(
    check: Callable[[dict[str, Any]], None] | None = None, *, reads_media: bool = False
) -> Callable[[Callable[[], None]], Callable[..., None]]:
    """A command runs the function of its name in the module of its module's name in ``commands/``.

    That is imported after the arguments were parsed, and gets them by name. ``check`` sees them
    before: it raises click's UsageError for those that do not go together. ``reads_media``: the
    process that decodes files loads its libraries while this one imports the module.
    """

    def decorate(definition: Callable[[], None]) -> Callable[..., None]:
        module = definition.__module__.replace(".cli.", ".commands.")

        @functools.wraps(definition)
        def run(**given: Any) -> None:
            if check is not None:
                check(given)
            if reads_media:
                _imported("mp4totext.media.sandbox").start()
            getattr(_imported(module), definition.__name__)(**given)

        return run

    return decorate


def _imported(module: str) -> ModuleType:
    """Imports the module of a command, and what it needs: up to 1,700 modules.

    They stay until the process ends, so looking for garbage among them is in vain: without that
    an import takes a sixth less processor time, and later searches leave them out as well.
    """
    if module in sys.modules:
        return sys.modules[module]
    gc.disable()
    try:
        return importlib.import_module(module)
    finally:
        gc.freeze()
        gc.enable()


def file_names(_context: click.Context, _param: click.Parameter, incomplete: str) -> list[Any]:
    """Lets a shell complete names of files, where a value may be something else as well."""
    return [_completion(incomplete, type="file")]


def _completion(value: str, **more: Any) -> Any:  # click's class, imported when a shell asks
    return importlib.import_module("click.shell_completion").CompletionItem(value, **more)


def refuse_unwritable(output: Any) -> None:
    """Raises UsageError if nothing can be written there, before work of minutes begins.

    ``output``: the path of a file or a folder, which need not exist; "" is the current folder.
    """
    place = importlib.import_module("pathlib").Path(output)
    if place.exists() and not place.is_dir():
        if not place.is_file():
            return  # a pipe or a device
        place = place.parent
    while not place.exists():
        place = place.parent
    if not place.is_dir():
        raise click.UsageError(f"{str(place)!r} is a file, not a folder: choose another with -o.")
    if not os.access(place, os.W_OK):
        raise click.UsageError(f"{str(place)!r} cannot be written to: choose another with -o.")


class Names(click.ParamType[tuple[str, ...]]):
    """Comma-separated names from a table; the value is a tuple of them."""

    name = "names"

    def __init__(self, what: str, known: Iterable[str]) -> None:
        self._what = what
        self._known = tuple(known)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        if isinstance(value, tuple):  # a default
            return value
        names = tuple(word.strip() for word in str(value).split(",") if word.strip())
        for name in names:
            if name not in self._known:
                near = get_close_matches(name, self._known, n=1)
                hint = f" Did you mean {near[0]}?" if near else ""
                self.fail(
                    f"There is no {self._what} {name!r}.{hint} Choose from "
                    f"{', '.join(self._known)}.",
                    param,
                    ctx,
                )
        return names

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[Any]:
        before, comma, last = incomplete.rpartition(",")
        names = [name for name in self._known if name.startswith(last)]
        return [_completion(before + comma + name) for name in names]
