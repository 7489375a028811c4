"""Errors of accounts and credentials."""

from mp4totext.kit.errors import (
    AppError,
    Forbidden,
    Invalid,
    TooManyRequests,
    Unauthenticated,
    WrongState,
)


class NoCredentials(Unauthenticated):
    """The request has no token, no key and no session cookie."""


class BadCredentials(Unauthenticated):
    """The same for every invalid token or key, so that it does not reveal which part is wrong."""

    code = "invalid_credentials"


class SessionEnded(Unauthenticated):
    code = "session_ended"


class WrongCode(Unauthenticated):
    """An invalid code of a link for signing in or for choosing a password."""

    code = "wrong_code"


class TokenExpired(Unauthenticated):
    code = "token_expired"


class WrongLogin(Unauthenticated):
    code = "wrong_login"


class AccountDeactivated(Unauthenticated):
    code = "account_deactivated"


class RefreshTokenReused(Unauthenticated):
    code = "refresh_token_reused"


class WrongPassword(Invalid):
    code = "wrong_password"


class WeakPassword(Invalid):
    code = "weak_password"


class EmailTaken(WrongState):
    code = "email_taken"

    def __init__(self, email: str) -> None:
        super().__init__(values={"email": email})


class RegistrationClosed(Forbidden):
    code = "registration_closed"


class UnknownHost(Forbidden):
    code = "unknown_host"

    def __init__(self, name: str) -> None:
        super().__init__(values={"name": name})


class ForeignPage(Forbidden):
    code = "foreign_page"


class NotThisMachine(Forbidden):
    code = "not_this_machine"


class AdminNeeded(Forbidden):
    code = "admin_needed"


class LoginNeeded(Forbidden):
    code = "login_needed"


class ScopeMissing(Forbidden):
    code = "scope_missing"

    def __init__(self, scope: str) -> None:
        super().__init__(values={"scope": scope}, scope=scope)


class SecretGone(WrongState):
    code = "secret_gone"

    def __init__(self, key_id: str) -> None:
        super().__init__(values={"key_id": key_id})


class TooManyKeys(AppError):
    status, code = 409, "too_many_keys"


class TooManyStreams(TooManyRequests):
    """The account has reached the limit of open event streams and sockets."""

    code = "too_many_streams"

    def __init__(self, limit: int) -> None:
        super().__init__(values={"limit": limit}, limit=limit, retry_after_s=60)
