"""``mp4totext db``: upgrades, checks and takes back the database's schema."""

from pathlib import Path

import click

from mp4totext import migrations
from mp4totext.commands.checks import shown_address
from mp4totext.commands.messages import note
from mp4totext.commands.output import open_runtime
from mp4totext.kit.errors import Invalid


def upgrade(data: Path | None) -> None:
    with open_runtime(data) as runtime:
        migrations.upgrade(runtime.database)
        address = shown_address(runtime.settings.database_url)
        note(f"{address} is at {migrations.current(runtime.database)}.")


def downgrade(revision: str, data: Path | None) -> None:
    with open_runtime(data) as runtime:
        older = migrations.older(runtime.database)
        if revision not in older:
            raise Invalid(
                f"The database is at revision {migrations.current(runtime.database)!r} and cannot "
                f"go back to {revision!r}. Older revisions: {', '.join(older) or 'none'}.",
                code="no_such_revision",
            )
        migrations.downgrade(runtime.database, revision)
        address = shown_address(runtime.settings.database_url)
        note(f"{address} is at {migrations.current(runtime.database)}.")


def check(data: Path | None) -> None:
    context = click.get_current_context()
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


def current(data: Path | None) -> None:
    with open_runtime(data) as runtime:
        click.echo(migrations.current(runtime.database) or "no schema yet")
