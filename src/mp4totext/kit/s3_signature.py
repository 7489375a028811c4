"""Links with which S3 accepts one file of a known length and type: Signature V4 in the query.

Amazon calls it "Authenticating Requests: Using Query Parameters". A signed header must be sent as
it was signed, otherwise the store answers 403 before it accepts the file.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote, urlsplit

_ALGORITHM = "AWS4-HMAC-SHA256"
_ANY_CONTENT = "UNSIGNED-PAYLOAD"  # the signer does not have the file
_UNRESERVED = "-._~"


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Keys:
    access_key: str
    secret_key: str = field(repr=False)
    region: str


def signed_put(
    address: str, headers: Mapping[str, str], keys: S3Keys, *, expires_s: int, at: datetime
) -> str:
    """A link for one PUT with these headers to ``address``, the object's URL without a query.

    ``at``: aware UTC, the start of the link's validity.
    """
    url = urlsplit(address)
    signed = {name.lower(): value.strip() for name, value in headers.items()} | {"host": url.netloc}
    names = ";".join(sorted(signed))
    stamp = at.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{stamp[:8]}/{keys.region}/s3/aws4_request"
    query = _encoded(
        {
            "X-Amz-Algorithm": _ALGORITHM,
            "X-Amz-Credential": f"{keys.access_key}/{scope}",
            "X-Amz-Date": stamp,
            "X-Amz-Expires": str(expires_s),
            "X-Amz-SignedHeaders": names,
        }
    )
    lines = [f"{name}:{signed[name]}" for name in sorted(signed)]
    request = "\n".join(["PUT", url.path, query, *lines, "", names, _ANY_CONTENT])
    digest = hashlib.sha256(request.encode()).hexdigest()
    key = f"AWS4{keys.secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    to_sign = "\n".join([_ALGORITHM, stamp, scope, digest])
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    return f"{address}?{query}&X-Amz-Signature={signature}"


def _encoded(values: Mapping[str, str]) -> str:
    """In the order and spelling that S3 requires."""
    pairs = (f"{name}={quote(value, safe=_UNRESERVED)}" for name, value in sorted(values.items()))
    return "&".join(pairs)
