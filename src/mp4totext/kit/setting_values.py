"""Types of settings that are more than a string, with messages for people who write ``.env``."""

from ipaddress import ip_network
from typing import Annotated

from pydantic import AfterValidator


def _proxies(value: str) -> str:
    for name in filter(None, (part.strip() for part in value.split(","))):
        if not _is_network(name):
            raise ValueError(
                f"{name!r} is no address or network of a proxy; name the proxies themselves, "
                "as in 127.0.0.1 or 172.18.0.0/16, as who is believed can pose as anybody"
            )
    return value


def _is_network(text: str) -> bool:
    try:
        return ip_network(text).prefixlen > 0  # /0 is everybody
    except ValueError:
        return False


Proxies = Annotated[str, AfterValidator(_proxies)]
