import ipaddress
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from mp4totext.kit.network_guard import NetworkGuard, Refused, is_public

SRC = Path(__file__).resolve().parents[2] / "src"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1",
        "169.254.169.254", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1",
        "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1",
        "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a00:1::1",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",  # Teredo, of 127.0.0.1
        "192.0.0.8", "192.0.0.192", "192.88.99.1", "168.63.129.16", "::ffff:168.63.129.16",
        "64:ff9b:1::7f00:1", "64:ff9b::c000:c0", "3fff::1", "5f00::1", "100:0:0:1::1",
        "2600:1f00::5efe:7f00:1", "2600:1f00::200:5efe:a00:1",  # ISATAP
    ],
)  # fmt: skip
def test_addresses_inside_networks_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.215.14", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


GUARDED = """
import socket, subprocess, sys, os
sys.path.insert(0, {src!r})
from mp4totext.kit.network_guard import NetworkGuard, Refused
guard = NetworkGuard(allow_private=False, allow_addresses=frozenset({{"127.0.0.2"}}),
                     programs=frozenset({{"true"}}))
guard.install()
try:
    {attempt}
except Refused as e:
    print("refused", guard.refused)
except OSError as e:
    print("tried", type(e).__name__)
"""


def guarded(attempt: str) -> str:
    code = GUARDED.format(src=str(SRC), attempt=attempt)
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, check=True)
    return done.stdout.decode().strip()


@pytest.mark.parametrize(
    ("attempt", "outcome"),
    [
        ("socket.create_connection(('127.0.0.1', 9))", "refused 127.0.0.1"),
        ("socket.create_connection(('2130706433', 9))", "refused 127.0.0.1"),
        ("socket.socket().connect(('localhost', 9))", "refused localhost"),
        ("socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('10.0.0.1', 9))", "refused 10.0.0.1"),
        ("socket.socket(socket.AF_UNIX).connect('/run/docker.sock')", "refused a local socket"),
        ("socket.socket().connect(('127.0.0.2', 9))", "tried ConnectionRefusedError"),
        ("os.system('true')", "refused None"),
        ("subprocess.run(['ls'])", "refused None"),
        ("os.execv('/bin/true', ['true'])", "refused None"),
        ("subprocess.run(['/bin/true']); print('ran')", "ran"),
    ],
)  # fmt: skip
def test_what_a_guarded_process_may_do(attempt: str, outcome: str) -> None:
    assert guarded(attempt) == outcome


def guard(*, allow_private: bool = False) -> NetworkGuard:
    return NetworkGuard(
        allow_private=allow_private,
        allow_addresses=frozenset({"127.0.0.2"}),
        programs=frozenset({"true"}),
    )


@pytest.mark.parametrize(
    ("event", "address"),
    [
        ("socket.connect", ("10.0.0.1", 80)),
        ("socket.connect", ("fe80::1%eth0", 80, 0, 2)),
        ("socket.connect", ("example.org", 80)),
        ("socket.sendto", ("192.168.0.1", 53)),
        ("socket.sendmsg", ("192.168.0.1", 53)),
    ],
)
def test_the_first_refused_address_is_remembered(event: str, address: tuple[object, ...]) -> None:
    guarding = guard()
    with socket.socket() as connection:
        with pytest.raises(Refused):
            guarding.audit(event, (connection, address))
        with pytest.raises(Refused):
            guarding.audit(event, (connection, ("10.9.9.9", 80)))
    assert guarding.refused == str(address[0]).partition("%")[0]


def test_what_is_allowed_passes() -> None:
    with socket.socket() as connection:
        guard().audit("socket.connect", (connection, ("127.0.0.2", 80)))
        guard().audit("socket.connect", (connection, ("8.8.8.8", 80)))
        guard().audit("socket.sendmsg", (connection, None))
        guard(allow_private=True).audit("socket.connect", (connection, ("10.0.0.1", 80)))
    guard().audit("subprocess.Popen", ("/usr/bin/true", [], None, None))
    guard().audit("open", ("anything", "r", 0))


def test_local_sockets_are_refused_even_when_private_addresses_are_not() -> None:
    with socket.socket(socket.AF_UNIX) as connection, pytest.raises(Refused):
        guard(allow_private=True).audit("socket.connect", (connection, "/run/some.sock"))


def test_programs_are_refused() -> None:
    with pytest.raises(Refused):
        guard().audit("subprocess.Popen", ("/bin/sh", [], None, None))
    with pytest.raises(Refused):
        guard().audit("os.system", (b"true",))
