"""``mp4totext db``: the schema."""

from pathlib import Path

import click

from mp4totext import migrations
from mp4totext.commands.checks import shown_address
from mp4totext.commands.output import data_option, note, open_runtime


@click.group()
def db() -> None:
    """The database's schema."""


@db.command()
@data_option
def upgrade(data: Path | None) -> None:
    """Bring the database to this version's schema."""
    with open_runtime(data) as runtime:
        migrations.upgrade(runtime.database)
        address = shown_address(runtime.settings.database_url)
        note(f"{address} is at {migrations.current(runtime.database)}.")


@db.command()
@data_option
@click.pass_context
def check(context: click.Context, data: Path | None) -> None:
    """Exit code 1 when the database is not at this version's schema, or the schema misses code."""
    with open_runtime(data) as runtime:
        at_head = migrations.at_head(runtime.database)
        found = migrations.differences(runtime.database) if at_head else []
    if not at_head:
        note("The database is of another version. Run `mp4totext db upgrade`.", warning=True)
    for difference in found:
        click.echo(difference)
    context.exit(1 if found or not at_head else 0)


@db.command()
@data_option
def current(data: Path | None) -> None:
    """Print the revision the database is at."""
    with open_runtime(data) as runtime:
        click.echo(migrations.current(runtime.database) or "no schema yet")
