"""Errors of accounts and credentials."""

from mp4totext.kit.errors import AppError, Forbidden, Invalid, Unauthenticated, WrongState


class NoCredentials(Unauthenticated):
    """Neither a token, a key nor a session's cookie came."""


class BadCredentials(Unauthenticated):
    """The same for every invalid token or key, so that nobody learns which part is wrong."""

    code = "invalid_credentials"
    sentence = "The token or key is invalid, expired or revoked: log in again."


class SessionEnded(Unauthenticated):
    code = "session_ended"
    sentence = "This session has ended: sign in again."


class WrongCode(Unauthenticated):
    """Of a link that signs in, or that lets a password be chosen."""

    code = "wrong_code"
    sentence = (
        "This link was used before or is too old. Ask for another one: `mp4totext open` prints it "
        "on the service's own machine, and an administrator makes links for passwords."
    )


class TokenExpired(Unauthenticated):
    code = "token_expired"
    sentence = "The access token has expired: get a new one with the refresh token."


class WrongLogin(Unauthenticated):
    code = "wrong_login"
    sentence = "The e-mail address or the password is wrong."


class AccountDeactivated(Unauthenticated):
    code = "account_deactivated"
    sentence = "This account is deactivated: ask an administrator."


class RefreshTokenReused(Unauthenticated):
    code = "refresh_token_reused"
    sentence = (
        "This refresh token was used before, so its login was ended for safety: log in again."
    )


class WrongPassword(Invalid):
    code = "wrong_password"
    sentence = "The current password is wrong."


class WeakPassword(Invalid):
    code = "weak_password"
    sentence = "The password is too weak."


class EmailTaken(WrongState):
    code = "email_taken"
    sentence = "There is an account for {email!r} already: log in, or use another address."

    def __init__(self, email: str) -> None:
        super().__init__(values={"email": email})


class RegistrationClosed(Forbidden):
    code = "registration_closed"
    sentence = "Registration is closed here: ask an administrator for an account."


class UnknownHost(Forbidden):
    code = "unknown_host"
    sentence = (
        "{name!r} is not a name under which people may sign in here: whoever runs this service "
        "adds it to PUBLIC_HOSTS."
    )

    def __init__(self, name: str) -> None:
        super().__init__(values={"name": name})


class ForeignPage(Forbidden):
    code = "foreign_page"
    sentence = (
        "A session's cookie counts for changes only from this service's own page. Programs send "
        "`Authorization: Bearer <token>` or `X-API-Key: <key>` instead."
    )


class NotThisMachine(Forbidden):
    code = "not_this_machine"
    sentence = (
        "Links of `mp4totext serve` and `mp4totext open` work on the service's own machine only: "
        "sign in with an e-mail address and a password."
    )


class AdminNeeded(Forbidden):
    code = "admin_needed"
    sentence = "Only an administrator may do this."


class LoginNeeded(Forbidden):
    code = "login_needed"
    sentence = "This needs a login with a password; an API key cannot do it."


class ScopeMissing(Forbidden):
    code = "scope_missing"
    sentence = "The API key lacks the scope {scope!r}: create one that has it."

    def __init__(self, scope: str) -> None:
        super().__init__(values={"scope": scope}, scope=scope)


class SecretGone(WrongState):
    code = "secret_gone"
    sentence = (
        "The key {key_id!r} was made, but its secret cannot be shown again: revoke it and create "
        "another one."
    )

    def __init__(self, key_id: str) -> None:
        super().__init__(values={"key_id": key_id})


class TooManyKeys(AppError):
    status, code = 409, "too_many_keys"
    sentence = "The account has as many API keys as one may have."
