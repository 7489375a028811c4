"""Runs programs in a network namespace that has nothing but a loopback of its own."""

import os

# The loopback is down at first, and the namespace counts what finds no route.
_OFFLINE = 'ip link set lo up && "$@" && cat /proc/net/snmp /proc/net/snmp6 >"$COUNTERS"'


def without_network() -> tuple[str, ...]:
    """What a command is started with to have no network but loopback.

    Its environment has ``COUNTERS``, a file to write for ``refused_packets``.
    """
    as_root = () if os.geteuid() == 0 else ("--map-root-user",)
    return ("unshare", "--net", *as_root, "sh", "-c", _OFFLINE, "sh")


def refused_packets(counters: str) -> int:
    """How many packets and connections found no route, of both families."""
    names, values = (line.split() for line in counters.splitlines() if line.startswith("Ip: "))
    ipv4 = dict(zip(names, values, strict=True))["OutNoRoutes"]
    (ipv6,) = [line.split()[1] for line in counters.splitlines() if "Ip6OutNoRoutes" in line]
    return int(ipv4) + int(ipv6)
