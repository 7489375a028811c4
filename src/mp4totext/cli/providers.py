"""``mp4totext providers``: which engines and vendors are ready, and what the others need."""

import click

from mp4totext.cli.options import action, data_option, json_option


@click.group()
def providers() -> None:
    """List engines and vendors, and what each one needs."""


@providers.command("list")
@json_option
@data_option
@action()
def list_providers() -> None:
    """List all engines and vendors, and what those that are not ready need."""


@providers.command()
@click.argument("name")
@data_option
@action()
def check() -> None:
    """Load an engine or vendor as a job would, and report what is missing."""
