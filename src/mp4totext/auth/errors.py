"""Errors of accounts and credentials."""

from mp4totext.kit.errors import AppError, Forbidden, Invalid, Unauthenticated, WrongState


class NoCredentials(Unauthenticated):
    def __init__(self) -> None:
        super().__init__(
            "This needs a login or an API key: send `Authorization: Bearer <token>` or "
            "`X-API-Key: <key>`."
        )


class BadCredentials(Unauthenticated):
    """The same for every invalid token or key, so that nobody learns which part is wrong."""

    code = "invalid_credentials"

    def __init__(self) -> None:
        super().__init__("The token or key is invalid, expired or revoked: log in again.")


class SessionEnded(Unauthenticated):
    code = "session_ended"

    def __init__(self) -> None:
        super().__init__("This session has ended: sign in again.")


class WrongCode(Unauthenticated):
    code = "wrong_code"

    def __init__(self) -> None:
        super().__init__(
            "This link was used before or is older than ten minutes: run `mp4totext open` for "
            "another one."
        )


class WrongPasswordCode(Unauthenticated):
    code = "wrong_code"

    def __init__(self) -> None:
        super().__init__(
            "This link was used before or is older than three days: ask an administrator for "
            "another one."
        )


class TokenExpired(Unauthenticated):
    code = "token_expired"

    def __init__(self) -> None:
        super().__init__("The access token has expired: get a new one with the refresh token.")


class WrongLogin(Unauthenticated):
    code = "wrong_login"

    def __init__(self) -> None:
        super().__init__("The e-mail address or the password is wrong.")


class AccountDeactivated(Unauthenticated):
    code = "account_deactivated"

    def __init__(self) -> None:
        super().__init__("This account is deactivated: ask an administrator.")


class RefreshTokenReused(Unauthenticated):
    code = "refresh_token_reused"

    def __init__(self) -> None:
        super().__init__(
            "This refresh token was used before, so its login was ended for safety: log in again."
        )


class WrongPassword(Invalid):
    code = "wrong_password"

    def __init__(self) -> None:
        super().__init__("The current password is wrong.")


class WeakPassword(Invalid):
    code = "weak_password"


class EmailTaken(WrongState):
    code = "email_taken"

    def __init__(self, email: str) -> None:
        super().__init__(
            f"There is an account for {email!r} already: log in, or use another address."
        )


class RegistrationClosed(Forbidden):
    code = "registration_closed"

    def __init__(self) -> None:
        super().__init__("Registration is closed here: ask an administrator for an account.")


class UnknownHost(Forbidden):
    code = "unknown_host"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name!r} is not a name under which people may sign in here: whoever runs this "
            "service adds it to PUBLIC_HOSTS."
        )


class ForeignPage(Forbidden):
    code = "foreign_page"

    def __init__(self) -> None:
        super().__init__(
            "A session's cookie counts for changes only from this service's own page. Programs "
            "send `Authorization: Bearer <token>` or `X-API-Key: <key>` instead."
        )


class NotThisMachine(Forbidden):
    code = "not_this_machine"

    def __init__(self) -> None:
        super().__init__(
            "Links of `mp4totext serve` and `mp4totext open` work on the service's own machine "
            "only: sign in with an e-mail address and a password."
        )


class AdminNeeded(Forbidden):
    code = "admin_needed"

    def __init__(self) -> None:
        super().__init__("Only an administrator may do this.")


class LoginNeeded(Forbidden):
    code = "login_needed"

    def __init__(self) -> None:
        super().__init__("This needs a login with a password; an API key cannot do it.")


class ScopeMissing(Forbidden):
    code = "scope_missing"

    def __init__(self, scope: str) -> None:
        super().__init__(
            f"The API key lacks the scope {scope!r}: create one that has it.", scope=scope
        )


class SecretGone(WrongState):
    code = "secret_gone"

    def __init__(self, key_id: str) -> None:
        super().__init__(
            f"The key {key_id!r} was made, but its secret cannot be shown again: revoke it and "
            "create another one."
        )


class TooManyKeys(AppError):
    status, code = 409, "too_many_keys"
