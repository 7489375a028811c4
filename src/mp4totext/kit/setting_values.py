"""Types of settings other than strings, with messages for people who write ``.env``.

Each message continues a sentence that begins with the variable's name.
"""

import re
from ipaddress import IPv6Address, ip_network
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, ValidationInfo

_QUOTES = "\"'"
_RATE = re.compile(
    r"(?<!\d)\d+\s*(?:/|per)\s*(?:\d+\s*)?(?:second|minute|hour|day|month|year)s?", re.I
)
_NAME = re.compile(r"[\w.-]+")


def tidied(value: Any) -> Any:  # a setting of any type
    """Text without surrounding blanks, and without the quotes that ``docker --env-file`` keeps."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in _QUOTES:
        return text[1:-1]
    return text


def _host(value: str, info: ValidationInfo) -> str:
    if "://" in value or "/" in value:
        raise ValueError("must be a host name or an address, without http:// and without a path")
    if not _is_host(value):
        name, colon, port = value.rpartition(":")
        if colon and port.isdigit() and _is_host(name):
            variable = str(info.field_name).replace("host", "port").upper()
            raise ValueError(f"must be {name!r} alone; put the port {port} into {variable}")
        raise ValueError(
            f"must be a host name or an address, such as localhost or 10.0.0.5, not {value!r}"
        )
    return value.strip("[]")


def _public_names(value: str) -> str:
    for name in filter(None, (part.strip() for part in value.split(","))):
        if not _is_host(name):
            raise ValueError(
                f"must be host names separated by commas, such as mp4.example.com, without "
                f"http://, port or path; not {name!r}"
            )
    return value


def _web_url(value: str) -> str:
    if not _is_url(value, "http", "https"):
        raise ValueError("must be a URL that begins with http:// or https:// and names a host")
    return value


def _endpoint(value: str) -> str:
    address = value if "://" in value else f"http://{value}"
    if not _is_url(address, "http", "https"):
        raise ValueError("must be host:port or a URL, such as minio:9000 or https://s3.example.com")
    return value


def _redis_url(value: str) -> str:
    if value.startswith(("filesystem://", "memory://")) or _is_url(value, "redis", "rediss"):
        return value
    raise ValueError("must be a Redis URL, such as redis://localhost:6379/1")


def _database_url(value: str) -> str:
    """The URL with our driver in the scheme, in place of postgres:// or postgresql://."""
    scheme, separator, rest = value.partition("://")
    if scheme in ("postgres", "postgresql"):
        scheme = "postgresql+psycopg"
    if not separator or scheme not in ("sqlite", "postgresql+psycopg"):
        raise ValueError(
            "must be a PostgreSQL or SQLite URL, such as postgresql://user:password@host/name "
            "or sqlite:////var/lib/mp4totext.db"
        )
    return f"{scheme}://{rest}"


def _rate(value: str) -> str:
    if not _RATE.fullmatch(value):
        raise ValueError(f"must be a rate, such as 10/minute or 100 per hour, not {value!r}")
    return value


def _proxies(value: str) -> str:
    for name in filter(None, (part.strip() for part in value.split(","))):
        if not _is_network(name):
            raise ValueError(
                f"must be addresses or networks of proxies, such as 127.0.0.1 or 172.18.0.0/16, "
                f"not {name!r}: a proxy can claim any address for its clients, so name only your "
                "own"
            )
    return value


def _is_host(text: str) -> bool:
    if _NAME.fullmatch(text):
        return True
    try:
        IPv6Address(text.strip("[]"))
    except ValueError:
        return False
    return True


def _is_network(text: str) -> bool:
    try:
        return ip_network(text).prefixlen > 0  # /0 would be everybody
    except ValueError:
        return False


def _is_url(value: str, *schemes: str) -> bool:
    if re.search(r"\s", value):
        return False
    try:
        parts = urlsplit(value)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:  # the port is not a number, or brackets are not closed
        return False


Host = Annotated[str, AfterValidator(_host)]
PublicNames = Annotated[str, AfterValidator(_public_names)]
WebUrl = Annotated[str, AfterValidator(_web_url)]
Endpoint = Annotated[str, AfterValidator(_endpoint)]
RedisUrl = Annotated[str, AfterValidator(_redis_url)]
DatabaseUrl = Annotated[str, AfterValidator(_database_url)]
Rate = Annotated[str, AfterValidator(_rate)]
Proxies = Annotated[str, AfterValidator(_proxies)]
