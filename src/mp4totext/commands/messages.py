"""What commands print, and the codes that they end with. Quick to import."""

import json
import os
from typing import Any

import click

FAILED, USAGE, BAD_INPUT, ENGINE_MISSING = 1, 2, 3, 4


def print_json(value: Any) -> None:  # JSON values
    click.echo(json.dumps(value, ensure_ascii=False, default=str))


def note(message: str, *, warning: bool = False) -> None:
    """A message on stderr: stdout is for the result."""
    click.secho(message, err=True, fg="yellow" if warning else None)


def print_failure(argument: str, *, code: str, message: str, as_json: bool) -> None:
    """Why there is no result of the recording that ``argument`` names."""
    if as_json:
        error = {"code": code, "message": message}
        print_json({"file": printable(argument), "ok": False, "error": error})
    else:
        click.secho(f"error: {printable(argument)}: {message}", fg="red", err=True)


def printable(name: str) -> str:
    """A file's name as text; names may have bytes that are not text."""
    return os.fsencode(name).decode(errors="replace")
