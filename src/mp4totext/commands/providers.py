"""``mp4totext providers``: which engines and vendors are ready, and what the others need."""

from pathlib import Path

import click

from mp4totext.commands.output import (
    data_option,
    json_option,
    note,
    print_json,
    print_table,
    quiet_logs,
    settings_for,
)
from mp4totext.kit.errors import Invalid
from mp4totext.providers import registry
from mp4totext.providers.kinds import KINDS, entries


@click.group()
def providers() -> None:
    """List engines and vendors, and what each one needs."""


@providers.command("list")
@json_option
@data_option
def list_providers(as_json: bool, data: Path | None) -> None:  # noqa: FBT001  click passes names
    """List all engines and vendors, and what those that are not ready need."""
    settings = settings_for(data)
    rows = [
        (kind, name, entry.title, registry.missing(entry, settings))
        for kind, name, entry in entries()
    ]
    if as_json:
        keys = ("kind", "name", "title", "missing")
        print_json([dict(zip(keys, row, strict=True)) | {"ready": row[3] is None} for row in rows])
        return
    shown = [(kind, name, title, missing or "ready") for kind, name, title, missing in rows]
    print_table(("kind", "name", "what it is", "state"), shown)


@providers.command()
@click.argument("name")
@data_option
def check(name: str, data: Path | None) -> None:
    """Load an engine or vendor as a job would, and report what is missing."""
    quiet_logs()
    settings = settings_for(data)
    tables = {kind: table for kind, table in KINDS.items() if name in table}
    if not tables:
        known = ", ".join(sorted({known for _, known, _ in entries()}))
        raise Invalid(f"There is no provider {name!r}: choose one of {known}.")
    for kind, table in tables.items():
        registry.build(table, name, settings)
        note(f"{name} ({kind}) is ready.")
