"""``mp4totext models``: lists, downloads and deletes models."""

import click

from mp4totext.cli.options import action, data_option, json_option


@click.group()
def models() -> None:
    """List, download and delete models. Bundled ones are part of the install."""


@models.command("list")
@json_option
@data_option
@action()
def list_models() -> None:
    """List the models on this machine, with their size."""


@models.command()
@click.argument("reference", metavar="ENGINE:NAME")
@click.option("-y", "--yes", is_flag=True, help="Do not ask before a download.")
@data_option
@action()
def pull() -> None:
    """Download a model, for example faster-whisper:small. Its size is printed first."""


@models.command()
@click.argument("reference", metavar="ENGINE:NAME")
@data_option
@action()
def remove() -> None:
    """Delete a model from this machine."""
