"""Keeps a process out of private networks by checking every address it connects to.

An audit hook sees all connections of the interpreter and cannot be removed. So it also checks
redirects, unusual spellings of an address, and names that resolve differently the second time.
"""

import ipaddress
import socket
import sys
from pathlib import PurePath
from typing import Any

# Special addresses that ``ipaddress`` of some Python versions takes for public. Two of them answer
# with the credentials of a virtual machine: 192.0.0.192 at Oracle, 168.63.129.16 at Azure.
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(network)
    for network in (
        *("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24"),
        *("64:ff9b:1::/48", "100:0:0:1::/64", "3fff::/20", "5f00::/16"),
    )
)
_ISATAP = 0x5EFE  # in front of an IPv4 address, after 0 or 0200
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_STARTS_PROGRAMS = frozenset(
    {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork"}
)
_CONNECTS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class Refused(PermissionError):
    """Raised inside the guarded call; libraries treat it as a failed connection."""


class NetworkGuard:
    """``refused`` is the first refused address, or None."""

    def __init__(
        self, *, allow_private: bool, allow_addresses: frozenset[str], programs: frozenset[str]
    ) -> None:
        self.refused: str | None = None
        self._allow_private = allow_private
        self._allowed = {ipaddress.ip_address(address) for address in allow_addresses}
        self._programs = programs

    def install(self) -> None:
        """Guard the process until it ends; this cannot be undone."""
        sys.addaudithook(self.audit)

    def audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Raises Refused for a forbidden event."""
        if event in _CONNECTS:
            self._check(arguments[0], arguments[1])
        elif event in _STARTS_PROGRAMS:
            # Another program would not be guarded.
            is_popen = event == "subprocess.Popen"
            if not is_popen or PurePath(str(arguments[0])).name not in self._programs:
                raise Refused(f"{event} is not allowed here")

    def _check(self, connection: socket.socket, address: Any) -> None:
        if address is None:  # sendmsg on a connected socket
            return
        if connection.family not in (socket.AF_INET, socket.AF_INET6):
            raise self._refuse("a local socket")
        try:
            ip = ipaddress.ip_address(str(address[0]).partition("%")[0])
        except ValueError as e:  # a name, which would be resolved after this check
            raise self._refuse(str(address[0])) from e
        if not (self._allow_private or ip in self._allowed or is_public(ip)):
            raise self._refuse(str(ip))

    def _refuse(self, address: str) -> Refused:
        self.refused = self.refused or address
        return Refused(f"{address} is not a public address")


def is_public(ip: IpAddress) -> bool:
    """Whether the address, and an IPv4 address embedded in it, is on the public internet."""
    if isinstance(ip, ipaddress.IPv6Address):
        inner = _embedded_ipv4(ip)
        if inner is not None:
            return is_public(inner)
        if ip.is_site_local:
            return False
    if any(ip in network for network in _NOT_PUBLIC):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _embedded_ipv4(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    if ip.teredo is not None:
        return ip.teredo[1]
    is_isatap = int(ip) >> 32 & 0xFDFF_FFFF == _ISATAP
    if ip in _NAT64 or is_isatap or int(ip) >> 32 == 0:
        return ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    return None
