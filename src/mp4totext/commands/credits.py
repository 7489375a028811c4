"""``mp4totext credits``: balances, grants and the audit of the ledger."""

from pathlib import Path

import click

from mp4totext.auth import audit as audit_log
from mp4totext.auth import service as auth
from mp4totext.commands.messages import note, print_json
from mp4totext.commands.output import open_runtime
from mp4totext.credits import ledger
from mp4totext.credits.money import to_credits, to_uc
from mp4totext.kit.errors import Invalid
from mp4totext.kit.ids import new_id


def audit(as_json: bool, data: Path | None) -> None:  # noqa: FBT001
    context = click.get_current_context()
    with open_runtime(data) as runtime, runtime.database.read() as session:
        problems = ledger.audit(session)
    if as_json:
        print_json({"ok": not problems, "problems": problems})
    else:
        for problem in problems:
            click.echo(problem)
        text = f"{len(problems)} problems." if problems else "The ledger is consistent."
        note(text, warning=bool(problems))
    context.exit(1 if problems else 0)


def balance(email: str, as_json: bool, data: Path | None) -> None:  # noqa: FBT001
    with open_runtime(data) as runtime, runtime.database.read() as session:
        amounts = ledger.balance(session, auth.user_named(session, email).id)
    facts = {
        "balance": to_credits(amounts.balance_uc),
        "held": to_credits(amounts.held_uc),
        "available": to_credits(amounts.available_uc),
    }
    if as_json:
        print_json(facts)
    else:
        click.echo("  ".join(f"{name} {value:.2f}" for name, value in facts.items()))


def grant(email: str, amount: str, reason: str, data: Path | None) -> None:
    try:
        amount_uc = to_uc(amount)
    except ArithmeticError as error:
        raise Invalid(f"{amount!r} is not an amount of credits, such as 12.5.") from error
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
        balance_now = ledger.balance(session, user.id)
    note(f"{user.email} now has {to_credits(balance_now.available_uc):.2f} credits available.")
