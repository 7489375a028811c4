"""``mp4totext users``: manages accounts of the service."""

import sys
from pathlib import Path

import click

from mp4totext.auth import audit, queries
from mp4totext.auth import service as auth
from mp4totext.auth.models import Role, User
from mp4totext.commands.messages import note, print_json
from mp4totext.commands.output import open_runtime, print_table


def create(
    email: str,
    admin: bool,  # noqa: FBT001  click passes names
    password_stdin: bool,  # noqa: FBT001
    data: Path | None,
) -> None:
    email = auth.normal_email(email)
    password = _password(from_stdin=password_stdin)
    role = Role.ADMIN if admin else Role.USER
    with open_runtime(data) as runtime:
        rounds = runtime.settings.auth.bcrypt_rounds
        with runtime.database.write() as session:
            user = auth.create_account(
                session, email=email, password=password, role=role, rounds=rounds
            )
    note(f"Created the {role} {user.email} ({user.id}).")


def list_users(search: str | None, as_json: bool, data: Path | None) -> None:  # noqa: FBT001
    with open_runtime(data) as runtime, runtime.database.read() as session:
        accounts = session.scalars(queries.users_matching(search).order_by(User.id.desc())).all()
    if as_json:
        print_json([_facts(user) for user in accounts])
        return
    rows_shown = [
        (u.email, u.role, "active" if u.active else "deactivated", f"{u.created_at:%Y-%m-%d}", u.id)
        for u in accounts
    ]
    print_table(("email", "role", "state", "since", "id"), rows_shown)


def activate(email: str, data: Path | None) -> None:
    _set_active(email, data, active=True)


def deactivate(email: str, data: Path | None) -> None:
    _set_active(email, data, active=False)


def password(email: str, password_stdin: bool, data: Path | None) -> None:  # noqa: FBT001
    new = _password(from_stdin=password_stdin)
    with open_runtime(data) as runtime:
        user = auth.set_password(runtime, email=email, new=new)
    note(f"The password of {user.email} is set; open logins have ended.")


def _set_active(email: str, data: Path | None, *, active: bool) -> None:
    with open_runtime(data) as runtime, runtime.database.write() as session:
        user = auth.user_named(session, email)
        auth.set_active(session, actor_id=audit.COMMAND, user_id=user.id, active=active)
    note(f"{user.email} is {'active' if active else 'deactivated'}.")


def _password(*, from_stdin: bool) -> str:
    """Read the password from stdin or a prompt, as other users can read a command's arguments."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return answer


def _facts(user: User) -> dict[str, object]:
    return {
        "id": user.id,
        "email": user.email,
        "role": user.role,
        "active": user.active,
        "created_at": user.created_at.isoformat(),
    }
