"""``mp4totext db``: the database's schema, and a copy of SQLite's data."""

import click

from mp4totext.cli.options import FilePath, action, data_option


@click.group()
def db() -> None:
    """Upgrade, downgrade and check the database's schema; back up SQLite."""


@db.command()
@data_option
@action()
def upgrade() -> None:
    """Upgrade the database to this version's schema."""


@db.command()
@click.argument("revision")
@click.confirmation_option(
    prompt="Data that only newer versions store will be deleted. Did you make a backup?"
)
@data_option
@action()
def downgrade() -> None:
    """Downgrade the database to REVISION, before you install an older version.

    REVISION is what `db current` printed before the upgrade. Refused when edits of transcripts
    would be lost.
    """


@db.command()
@data_option
@action()
def check() -> None:
    """Check the schema. Exit code 1 if it is not current, or migrations and models differ."""


@db.command()
@data_option
@action()
def current() -> None:
    """Print the revision of the database's schema."""


@db.command()
@click.argument("file", type=FilePath(dir_okay=False))
@data_option
@action()
def backup() -> None:
    """Copy SQLite's database to a new FILE, while the service runs.

    For PostgreSQL, use pg_dump.
    """
