"""Times as people write them, as the values of options."""

import re

import click

_TIME = re.compile(r"(?:(?:([0-9]{1,2}):)?([0-9]{1,2}):)?([0-9]{1,5})(?:\.([0-9]{1,3}))?")


def milliseconds(_context: click.Context, _option: click.Parameter, text: str | None) -> int | None:
    """``12``, ``1:05.5`` or ``1:02:03``."""
    if text is None:
        return None
    match = _TIME.fullmatch(text)
    if match is None:
        raise click.BadParameter(f"{text!r} is not a time: write 75, 1:15 or 1:02:03.5.")
    hours, minutes, seconds, rest = (part or "" for part in match.groups())
    whole = int(hours or 0) * 3_600 + int(minutes or 0) * 60 + int(seconds)
    return whole * 1_000 + int(rest.ljust(3, "0"))
