"""Messages and exit codes of commands. It imports little, as every command needs it."""

import json
import os
from typing import Any

import click

FAILED, USAGE, BAD_INPUT, ENGINE_MISSING = 1, 2, 3, 4


def print_json(value: Any) -> None:  # JSON values
    click.echo(json.dumps(value, ensure_ascii=False, default=str))


def note(message: str, *, warning: bool = False) -> None:
    """Print a message on stderr, as stdout is for results."""
    click.secho(message, err=True, fg="yellow" if warning else None)


def print_failure(argument: str, *, code: str, message: str, as_json: bool) -> None:
    """Print why the recording that ``argument`` names has no result."""
    if as_json:
        error = {"code": code, "message": message}
        print_json({"file": printable(argument), "ok": False, "error": error})
    else:
        click.secho(f"error: {shown(argument)}: {message}", fg="red", err=True)


def shown(name: str) -> str:
    """A file name for a terminal, which control characters in it would garble or control."""
    return "".join(
        character if character.isprintable() else repr(character)[1:-1]
        for character in printable(name)
    )


def printable(name: str) -> str:
    """A file name as text, in which bytes that are no valid text are replaced."""
    return os.fsencode(name).decode(errors="replace")
