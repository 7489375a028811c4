"""``mp4totext db``: upgrades and checks the database's schema."""

from pathlib import Path

import click

from mp4totext import migrations
from mp4totext.commands.checks import shown_address
from mp4totext.commands.output import data_option, note, open_runtime


@click.group()
def db() -> None:
    """Upgrade and check the database's schema."""


@db.command()
@data_option
def upgrade(data: Path | None) -> None:
    """Upgrade the database to this version's schema."""
    with open_runtime(data) as runtime:
        migrations.upgrade(runtime.database)
        address = shown_address(runtime.settings.database_url)
        note(f"{address} is at {migrations.current(runtime.database)}.")


@db.command()
@data_option
@click.pass_context
def check(context: click.Context, data: Path | None) -> None:
    """Exit code 1 when the database has another schema, or when migrations and models differ."""
    with open_runtime(data) as runtime:
        at_head = migrations.at_head(runtime.database)
        differences = migrations.differences(runtime.database) if at_head else []
    if not at_head:
        note(
            "The database has the schema of another version. Run `mp4totext db upgrade`.",
            warning=True,
        )
    for difference in differences:
        click.echo(difference)
    context.exit(1 if differences or not at_head else 0)


@db.command()
@data_option
def current(data: Path | None) -> None:
    """Print the revision of the database's schema."""
    with open_runtime(data) as runtime:
        click.echo(migrations.current(runtime.database) or "no schema yet")
