"""``mp4totext users``: accounts of the service."""

import click

from mp4totext.cli.options import action, data_option, json_option

password_option = click.option(
    "--password-stdin", is_flag=True, help="Read the password from stdin's first line."
)


@click.group()
def users() -> None:
    """Manage accounts of the service. The first administrator is created here."""


@users.command()
@click.argument("email")
@click.option("--admin", is_flag=True, help="Create an administrator.")
@password_option
@data_option
@action()
def create() -> None:
    """Create an account; asks for its password."""


@users.command("list")
@click.option("--search", help="Part of an e-mail address or a name.")
@json_option
@data_option
@action()
def list_users() -> None:
    """List accounts, newest first."""


@users.command()
@click.argument("email")
@data_option
@action()
def activate() -> None:
    """Allow an account to log in again."""


@users.command()
@click.argument("email")
@data_option
@action()
def deactivate() -> None:
    """End an account's logins and suspend its API keys."""


@users.command()
@click.argument("email")
@password_option
@data_option
@action()
def password() -> None:
    """Set a new password; ends the account's logins."""
