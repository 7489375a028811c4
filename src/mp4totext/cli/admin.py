"""``mp4totext admin``: what administrators change on the machine. Each change is audited."""

from typing import Any

import click

from mp4totext.cli.names import MODEL_KINDS
from mp4totext.cli.options import action, data_option, json_option

KIND = click.Choice(MODEL_KINDS)
DAY = click.DateTime(["%Y-%m-%d"])
_KEY = ("kind", "provider", "model", "data")


def _sets_something(given: dict[str, Any]) -> None:
    fields = {name: value for name, value in given.items() if name not in _KEY}
    if fields.pop("default") or any(value is not None for value in fields.values()):
        return
    raise click.UsageError("Name what to set, for example --rate 0.01.")


@click.group()
def admin() -> None:
    """Change which models are sold, and their prices."""


@admin.group()
def models() -> None:
    """List, set, reset and import the models of vendors; compare them with vendors' lists."""


@models.command("list")
@click.option("--kind", type=KIND, help="List only models of this kind.")
@json_option
@data_option
@action()
def list_models() -> None:
    """List every model with its price, retirement day and replacement."""


@models.command("set")
@click.argument("kind", type=KIND)
@click.argument("provider")
@click.argument("model")
@click.option("--rate", help="Credits for 1,000 characters.")
@click.option("--multiplier", help="Factor on the fixed prices of texts.")
@click.option("--retires-at", type=DAY, metavar="DAY", help="First day on which it is not sold.")
@click.option("--replaced-by", help="Its replacement, of the same provider.")
@click.option(
    "--context-tokens", type=click.IntRange(2_048), help="Limit on input and output together."
)
@click.option("--output-tokens", type=click.IntRange(256), help="Limit on one answer.")
@click.option("--default", is_flag=True, help="Use it for requests that name no model.")
@click.option("--active/--off", default=None, help="Offer the model or not.")
@data_option
@action(_sets_something)
def set_model() -> None:
    """Set some fields of a model, or add one. Accepted jobs keep their model and price."""


@models.command()
@click.argument("kind", type=KIND)
@click.argument("provider")
@click.argument("model")
@data_option
@action()
def reset() -> None:
    """Undo `set`: restore the release's values. A model that the release lacks is deleted."""


@models.command("import")
@click.argument("file", type=click.File("r", encoding="utf-8"))
@data_option
@action()
def import_models() -> None:
    """Import a dated catalogue, such as the models.toml of a newer release.

    Fields that were set by hand are kept.
    """


@models.command()
@click.argument("providers", metavar="[PROVIDER]...", nargs=-1)
@data_option
@action()
def check() -> None:
    """Compare the models with their vendors' lists. Exit code 1 if something needs attention.

    Without PROVIDER, all providers that have a key here. The service does this once a day.
    """
