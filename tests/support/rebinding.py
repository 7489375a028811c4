"""A network namespace with a DNS server that first returns a public address, then a private one.

``run_inside`` starts this file as a program in new namespaces of the kernel. There the loopback
also has a public address, so that both sides of a name can be reached and counted.
"""

import json
import os
import socketserver
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, unquote

from pydantic import HttpUrl, ValidationError

from mp4totext.jobs import webhook_post
from mp4totext.jobs.errors import WebhookRefused, WebhookUnanswered
from mp4totext.media.download import download
from mp4totext.media.download_errors import DownloadError
from tests.support.servers import IS_ROOT, program

ROOT = Path(__file__).parents[2]
PUBLIC = "1.2.3.4"
PRIVATE = {"loopback": "127.0.0.1", "office": "10.0.0.7", "metadata": "169.254.169.254"}
_ADDRESSES = (PUBLIC, PRIVATE["office"], PRIVATE["metadata"])
# Spellings of the private addresses that some parser reads as another host, or as none.
HOSTS = (
    *("127.0.0.1", "localhost", "LOCALHOST.", "127.0.0.1.", "2130706433", "0x7f000001", "0x7f.1"),
    *("0177.0.0.1", "017700000001", "127.1", "0", "0.0.0.0", "[::ffff:127.0.0.1]"),
    *("10.0.0.7", "167772167", "012.0.0.07", "10.7", "[::ffff:a00:7]", "169.254.43518"),
    *("0-office-host.test", "0-metadata-host.test."),  # names, the second as fully qualified
    "\uff11\uff10.0.0.7",  # wide digits, which IDNA maps to 10
)
# What stands between the scheme and the path of an address with user information.
USERS = ("user@10.0.0.7", f"{PUBLIC}@10.0.0.7", f"{PUBLIC}:80@10.0.0.7:80", f"u:{PUBLIC}@127.1")
_ENTER = 'mount --bind "$1" /etc/resolv.conf; ip link set lo up; shift; exec "$@"'
_A, _NO_ERROR = 1, 0x8180
_SOUND = b"RIFF" + (36).to_bytes(4, "little") + b"WAVEfmt " + bytes(20) + b"data" + bytes(4_000)


@dataclass(frozen=True, kw_only=True)
class Rebinding:
    """The requests and queries that were counted inside the namespace."""

    requests: dict[str, int]  # by the address that got them
    answers: dict[str, int]  # of the name server, by address
    outcomes: dict[str, str]  # by what was tried


def run_inside(folder: Path) -> Rebinding:
    """Run this module in the namespaces.

    Raises ProgramMissing, or CalledProcessError if namespaces are not permitted.
    """
    resolver = folder / "resolv.conf"
    resolver.write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    as_root = () if IS_ROOT else ("--user", "--map-root-user")
    command = (
        *(program("unshare"), *as_root, "--net", "--mount", program("sh"), "-eu", "-c", _ENTER),
        *("sh", str(resolver), sys.executable, "-m", "tests.support.rebinding", str(folder)),
    )
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=300)
    return Rebinding(**json.loads(done.stdout))


@dataclass
class NameServer:
    """A DNS server for ``{first}-{side}-{any}.test``.

    It returns the public address ``first`` times, then the address of ``side``.
    """

    asked: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)

    def address_of(self, name: str) -> str:
        if name.count("-") != 2:  # a spelling of an address that the resolver took for a name
            return PRIVATE["office"]
        first, side, _ = name.split("-")
        self.asked[name] += 1
        address = PUBLIC if self.asked[name] <= int(first) else PRIVATE[side]
        self.answers[address] += 1
        return address

    def answer(self, query: bytes) -> bytes:
        """The response to a query (RFC 1035), with a TTL of 0 and without IPv6 addresses."""
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1 : at + 1 + query[at]].decode())
            at += query[at] + 1
        question = query[12 : at + 5]
        (kind,) = struct.unpack_from(">H", query, at + 1)
        record = b""
        if kind == _A:
            address = bytes(map(int, self.address_of(".".join(labels).lower()).split(".")))
            record = struct.pack(">HHHIH", 0xC00C, _A, 1, 0, 4) + address
        counts = struct.pack(">HHHHH", _NO_ERROR, 1, bool(record), 0, 0)
        return query[:2] + counts + question + record


@contextmanager
def _serving(server: socketserver.BaseServer) -> Iterator[None]:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield
    server.shutdown()
    server.server_close()


def _name_server(names: NameServer) -> socketserver.BaseServer:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            query, link = self.request
            link.sendto(names.answer(query), self.client_address)

    return socketserver.ThreadingUDPServer(("127.0.0.1", 53), Handler)


def _location(path: str, host: str) -> str | None:
    """Where the request is redirected to."""
    here = f"http://{host}"
    if path == "/away.wav":
        return f"{here}/talk.wav"
    if not path.startswith(("/hops/", "/slow/")):
        return None
    _, kind, hops, address = path.split("/", 3)
    time.sleep(kind == "slow")
    if int(hops) > 1:
        return f"{here}/{kind}/{int(hops) - 1}/{address}"
    return unquote(address, "latin-1")


def _site(requests: Counter[str]) -> ThreadingHTTPServer:
    """A web server on all addresses.

    ``/away.wav`` redirects to the same name, ``/hops/3/ADDRESS`` three times before the address,
    and ``/slow/...`` does so after a second each time.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests[str(self.connection.getsockname()[0])] += 1
            away = _location(self.path, self.headers["Host"])
            self.send_response(302 if away else 200)
            if away:
                self.send_header("Location", away)
            self.send_header("Content-Type", "audio/wav")
            self.send_header("Content-Length", str(0 if away else len(_SOUND)))
            self.end_headers()
            if self.command == "GET" and not away:
                self.wfile.write(_SOUND)

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_POST(self) -> None:
            requests[str(self.connection.getsockname()[0])] += 1
            self.rfile.read(int(self.headers["content-length"]))
            away = _location(self.path, self.headers["Host"])
            self.send_response(307 if away else 500)  # 500 is tried again: the name resolves again
            if away:
                self.send_header("Location", away)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """The base class writes to the terminal."""

    return ThreadingHTTPServer(("0.0.0.0", 80), Handler)


def _fetched(folder: Path, address: str, *, timeout_s: float = 20) -> str:
    try:
        download(address, folder, max_bytes=1 << 20, timeout_s=timeout_s, report=lambda *_: None)
    except DownloadError as error:
        return error.code
    return "fetched"


def _posted(address: str, *, allow_private: bool = False) -> str:
    try:
        url = str(HttpUrl(address))  # as the API reads addresses
        webhook_post.post(url, b"{}", {}, allow_private=allow_private)
    except ValidationError:
        return "not an address"
    except (WebhookRefused, WebhookUnanswered) as error:
        return error.code
    return "posted"


def _all_tries(folder: Path, requests: Counter[str]) -> dict[str, str]:
    tries: dict[str, Callable[[], str]] = {}
    # A download asks twice, and a redirect once more.
    for first, path in ((1, "talk.wav"), (2, "talk.wav"), (2, "away.wav")):
        address = f"http://{first}-loopback-{path[:4]}.test/{path}"
        tries[f"download {first} {path}"] = lambda a=address: _fetched(folder, a)  # type: ignore[misc]
    for first in range(3):
        for side in PRIVATE:
            for repeat in range(4):
                address = f"http://{first}-{side}-hook.test/hook"
                tries[f"webhook {first} {side} {repeat}"] = lambda a=address: _posted(a)  # type: ignore[misc]
    tries |= _redirects(folder)
    with ThreadPoolExecutor(2) as pool:  # a download is a process that takes a second to start
        outcomes = dict(
            zip(tries, pool.map(lambda attempt: attempt(), tries.values()), strict=True)
        )
    counted = dict(requests)
    for host in ("0-office-open.test", *HOSTS):
        requests.clear()
        _posted(f"http://{host}/hook", allow_private=True)
        outcomes[f"allowed {host}"] = " ".join(requests)
    requests.clear()
    requests.update(counted)
    return outcomes


def _redirects(folder: Path) -> dict[str, Callable[[], str]]:
    """Other spellings of private addresses, given by the user or by a public site's redirect.

    ``media/test_download.py`` has downloads from addresses that the user gives.
    """
    site = "http://999-loopback-site.test"
    tries: dict[str, Callable[[], str]] = {}
    for host in (*HOSTS, *USERS):
        private = f"http://{host}/talk.wav"
        away = f"{site}/hops/1/{quote(private, safe='')}"
        tries[f"redirected {host}"] = partial(_fetched, folder, away)
        tries[f"webhook given {host}"] = partial(_posted, private)
        tries[f"webhook redirected {host}"] = partial(_posted, away)
    changed = "http://1-office-later.test/talk.wav"  # public when a download looks at it first
    for name, path in {
        "5 hops": f"hops/5/{quote('http://10.0.0.7/talk.wav', safe='')}",
        "30 hops": f"hops/30/{quote('http://10.0.0.7/talk.wav', safe='')}",
        "30 hops to a public one": f"hops/30/{quote(site + '/talk.wav', safe='')}",
        "a name that changes": f"hops/1/{quote(changed, safe='')}",
        "a public one": f"hops/3/{quote(site + '/talk.wav', safe='')}",
    }.items():
        tries[f"redirected {name}"] = partial(_fetched, folder, f"{site}/{path}")
    slow = f"{site}/slow/9/{quote(site + '/talk.wav', safe='')}"
    tries["slow hops"] = partial(_fetched, folder, slow, timeout_s=4)
    return tries


def main() -> None:
    for address in _ADDRESSES:
        subprocess.run(["ip", "addr", "add", f"{address}/32", "dev", "lo"], check=True)
    names, requests = NameServer(), Counter[str]()
    with (
        _serving(_name_server(names)),
        _serving(_site(requests)),
        tempfile.TemporaryDirectory(dir=sys.argv[1]) as folder,
    ):
        outcomes = _all_tries(Path(folder), requests)
    told = {"requests": dict(requests), "answers": dict(names.answers), "outcomes": outcomes}
    os.write(1, json.dumps(told).encode())


if __name__ == "__main__":
    main()
