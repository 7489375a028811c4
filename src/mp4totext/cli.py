"""The command."""

import click

from mp4totext import migrations
from mp4totext.runtime import Runtime
from mp4totext.settings import Settings


@click.group()
def main() -> None:
    """MP4toText: a recording in, text people can use out."""


@main.group()
def db() -> None:
    """The database."""


@db.command()
def upgrade() -> None:
    """Bring the schema to this version's."""
    migrations.upgrade(Runtime(Settings()).database)
