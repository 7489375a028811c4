"""``mp4totext credits``: balances, grants and the audit of the ledger."""

import click

from mp4totext.cli.options import action, data_option, json_option


@click.group("credits")
def credit() -> None:
    """Show and change balances, audit the ledger."""


@credit.command()
@json_option
@data_option
@action()
def audit() -> None:
    """Recompute all balances from the ledger; exit code 1 when one differs."""


@credit.command()
@click.argument("email")
@json_option
@data_option
@action()
def balance() -> None:
    """Show an account's credits, and how many are held for its jobs."""


@credit.command(context_settings={"ignore_unknown_options": True})
@click.argument("email")
@click.argument("amount")
@click.option("--reason", required=True, help="Recorded in the ledger and in the audit log.")
@data_option
@action()
def grant() -> None:
    """Add AMOUNT credits to an account; a negative AMOUNT takes credits away."""
