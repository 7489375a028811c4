"""``mp4totext db``: the database's schema, and a copy of SQLite's data."""

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
    if at_head and not differences:
        note("The schema is the one of this version.")
    context.exit(1 if differences or not at_head else 0)


def current(data: Path | None) -> None:
    with open_runtime(data) as runtime:
        click.echo(migrations.current(runtime.database) or "no schema yet")


def backup(file: Path, data: Path | None) -> None:
    with open_runtime(data) as runtime:
        if not runtime.database.is_sqlite:
            raise click.UsageError("This database is a server's: back it up with pg_dump.")
        try:
            runtime.database.copy_to(file)
        except FileExistsError as error:
            raise click.BadParameter(f"{str(file)!r} exists. Name a new file.") from error
        except OSError as error:
            raise click.BadParameter(
                f"{str(file)!r} cannot be written: {error.strerror}."
            ) from error
        note(f"{file} is a copy of {shown_address(runtime.settings.database_url)}.")
