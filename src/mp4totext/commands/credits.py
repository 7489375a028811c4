"""``mp4totext credits``: balances, gifts, and whether the ledger adds up."""

from pathlib import Path

import click

from mp4totext.auth import audit as audit_log
from mp4totext.auth import service as auth
from mp4totext.commands.output import data_option, json_option, note, open_runtime, print_json
from mp4totext.credits import ledger
from mp4totext.credits.money import to_credits, to_uc
from mp4totext.kit.errors import Invalid
from mp4totext.kit.ids import new_id


@click.group("credits")
def credit() -> None:
    """Balances and the ledger."""


@credit.command()
@json_option
@data_option
@click.pass_context
def audit(context: click.Context, as_json: bool, data: Path | None) -> None:  # noqa: FBT001
    """Add up every entry and hold again; exit code 1 when an account disagrees."""
    with open_runtime(data) as runtime, runtime.database.read() as session:
        found = ledger.audit(session)
    if as_json:
        print_json({"ok": not found, "problems": found})
    else:
        for problem in found:
            click.echo(problem)
        note("The ledger adds up." if not found else f"{len(found)} problems.", warning=bool(found))
    context.exit(1 if found else 0)


@credit.command()
@click.argument("email")
@json_option
@data_option
def balance(email: str, as_json: bool, data: Path | None) -> None:  # noqa: FBT001
    """What an account has, and what is set aside for its jobs."""
    with open_runtime(data) as runtime, runtime.database.read() as session:
        found = ledger.balance(session, auth.user_named(session, email).id)
    facts = {
        "balance": to_credits(found.balance_uc),
        "held": to_credits(found.held_uc),
        "available": to_credits(found.available_uc),
    }
    if as_json:
        print_json(facts)
    else:
        click.echo("  ".join(f"{name} {value:.2f}" for name, value in facts.items()))


@credit.command(context_settings={"ignore_unknown_options": True})
@click.argument("email")
@click.argument("amount")
@click.option("--reason", required=True, help="Stands in the ledger and the audit log.")
@data_option
def grant(email: str, amount: str, reason: str, data: Path | None) -> None:
    """Give an account AMOUNT credits; a negative AMOUNT takes them back."""
    try:
        amount_uc = to_uc(amount)
    except ArithmeticError as error:
        raise Invalid(f"{amount!r} is not an amount of credits.") from error
    with open_runtime(data) as runtime, runtime.database.write() as session:
        user = auth.user_named(session, email)
        ledger.grant(
            session,
            user_id=user.id,
            amount_uc=amount_uc,
            key=f"admin:{audit_log.COMMAND}:{new_id('grant')}",
            reason="admin",
            facts={"reason": reason, "by": audit_log.COMMAND},
        )
        audit_log.record(
            session,
            actor_id=audit_log.COMMAND,
            action="credits.granted",
            target=user.id,
            facts={"amount": to_credits(amount_uc), "reason": reason},
        )
        here = ledger.balance(session, user.id)
    note(f"{user.email} now has {to_credits(here.available_uc):.2f} credits available.")
