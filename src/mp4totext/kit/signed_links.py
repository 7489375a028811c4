"""Links that expire and need no token. Their path and parameters are signed."""

import hashlib
import hmac
import time
from collections.abc import Mapping
from urllib.parse import urlencode


def sign(
    path: str, facts: Mapping[str, str], *, secret: str, expires_s: int, step_s: int = 1
) -> str:
    """The query string that makes ``path`` valid; ``facts`` are parts of it.

    The expiry is rounded up to a full ``step_s``, so that links in between are equal.
    """
    expires = -(-(int(time.time()) + expires_s) // step_s) * step_s
    signature = _signature(path, facts, expires=expires, secret=secret)
    return urlencode({**facts, "expires": expires, "signature": signature})


def is_signed(
    path: str, facts: Mapping[str, str], *, secret: str, expires: int, signature: str
) -> bool:
    """False if the link has expired or was changed."""
    if expires < time.time():
        return False
    return hmac.compare_digest(signature, _signature(path, facts, expires=expires, secret=secret))


def _signature(path: str, facts: Mapping[str, str], *, expires: int, secret: str) -> str:
    message = f"{path}?{urlencode(sorted(facts.items()))}\n{expires}".encode()
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
