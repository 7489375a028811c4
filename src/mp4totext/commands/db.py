"""``mp4totext db``: upgrades, checks and takes back the database's schema."""

from pathlib import Path

import click

from mp4totext import migrations
from mp4totext.commands.checks import shown_address
from mp4totext.commands.output import data_option, note, open_runtime
from mp4totext.kit.errors import Invalid


@click.group()
def db() -> None:
    """Upgrade, check and take back the database's schema."""


@db.command()
@data_option
def upgrade(data: Path | None) -> None:
    """Upgrade the database to this version's schema."""
    with open_runtime(data) as runtime:
        migrations.upgrade(runtime.database)
        address = shown_address(runtime.settings.database_url)
        note(f"{address} is at {migrations.current(runtime.database)}.")


@db.command()
@click.argument("revision")
@click.confirmation_option(
    prompt="Data that only newer versions store will be deleted. Did you make a backup?"
)
@data_option
def downgrade(revision: str, data: Path | None) -> None:
    """Take the database back to an older REVISION, before you install an older version.

    REVISION is what `db current` printed before the upgrade. Refused when edits of transcripts
    would be lost.
    """
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
