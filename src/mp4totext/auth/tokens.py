"""Access tokens, which are signed and short-lived, and random secrets, stored as hashes."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt

from mp4totext.auth.errors import BadCredentials, TokenExpired

ISSUER = "mp4totext"
AUDIENCE = "mp4totext-api"
LEEWAY_S = 5  # seconds: clocks of several machines differ

API_KEY = "mp4_"
REFRESH = "mp4r_"
TICKET = "mp4t_"
CLIENT_SECRET = "ek_"  # noqa: S105  OpenAI's prefix
SESSION = "mp4s_"
CODE = "mp4c_"
INVITATION = "mp4p_"
SHOWN_CHARS = len(API_KEY) + 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    secret: str
    algorithm: str
    lifetime_s: int

    def access_token(self, *, user_id: str, login_id: str, issued_at: datetime) -> str:
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "typ": "access",
            "sub": user_id,
            "sid": login_id,
            "iat": issued_at,
            "exp": issued_at + timedelta(seconds=self.lifetime_s),
        }
        return jwt.encode(claims, self.secret, algorithm=self.algorithm)

    def read(self, token: str) -> tuple[str, str]:
        """The ids of the user and the login. Raises TokenExpired or BadCredentials."""
        try:
            claims = jwt.decode(
                token,
                self.secret,
                algorithms=[self.algorithm],
                issuer=ISSUER,
                audience=AUDIENCE,
                leeway=LEEWAY_S,
                options={
                    "require": ["iss", "aud", "sub", "iat", "exp"],
                    "verify_iat": False,  # it is in the future after the clock was set back
                },
            )
        except jwt.ExpiredSignatureError as error:
            raise TokenExpired from error
        except jwt.InvalidTokenError as error:
            raise BadCredentials from error
        user_id, login_id = claims["sub"], claims.get("sid")
        is_ours = (
            claims.get("typ") == "access"
            and 0 <= claims["exp"] - claims["iat"] <= self.lifetime_s
            # An id in another format would fail only later, in the database.
            and all(isinstance(an_id, str) and an_id.isascii() for an_id in (user_id, login_id))
        )
        if not is_ours:
            raise BadCredentials
        return str(user_id), str(login_id)


def new_secret(prefix: str) -> str:
    return prefix + secrets.token_urlsafe(32)


def derived_secret(prefix: str, *, server_secret: str, salt: str) -> str:
    """The same secret for the same salt, so it can be shown again without being stored."""
    digest = hmac.digest(server_secret.encode(), f"api-key:{salt}".encode(), hashlib.sha256)
    return prefix + urlsafe_b64encode(digest).decode().rstrip("=")


def hashed(secret: str) -> str:
    """SHA-256 suffices: unlike passwords, these secrets have 256 random bits."""
    return hashlib.sha256(secret.encode("utf-8", errors="replace")).hexdigest()
