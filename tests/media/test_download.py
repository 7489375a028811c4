import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import psutil
import pytest

from mp4totext.media.download import Downloaded, Pace, check_url, download
from mp4totext.media.download_errors import (
    AddressRefused,
    DownloadError,
    DownloadTooLarge,
    DownloadTooSlow,
    NoMedia,
    PlaylistRefused,
    SourceRefused,
    SourceUnreachable,
)
from tests.support.slow_tests import one_in
from tests.support.uvicorn_processes import ROOT
from tests.support.waiting import until

SRC = ROOT / "src"
WAV = b"RIFF" + (36).to_bytes(4, "little") + b"WAVEfmt " + bytes(20) + b"data" + bytes(40_000)
KB = 1 << 10
PIECE = b"\x47" + bytes(188 * 20 - 1)
FILE_URL = "file:" + "///etc/passwd"


@dataclass
class Site:
    port: int
    requests: list[str] = field(default_factory=list)

    def url(self, path: str, *, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"


class Handler(BaseHTTPRequestHandler):
    site: ClassVar[Site]
    protocol_version = "HTTP/1.0"  # no Content-Length needed: the end is the end of the connection

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        self.site.requests.append(f"{self.headers['Host']}{self.path}")
        pages: dict[str, Callable[[], None]] = {
            "/talk.wav": lambda: self.send("audio/wav", WAV),
            "/watch": lambda: self.send(
                "text/html", b"<title>A \xe2\x80\xae talk\n</title><video src=/talk.wav></video>"
            ),
            "/plain": lambda: self.send("text/html", b"<title>no</title><p>Nothing here."),
            "/empty.wav": lambda: self.send("audio/wav", b""),
            "/list.m3u": lambda: self.send(
                "text/html",
                b"<video src=/talk.wav></video><video src=/other.wav></video>",
            ),
            "/endless.wav": lambda: self.endless("audio/wav"),
            "/endless.html": lambda: self.endless("text/html"),
            "/slow.wav": self.slow,
            "/dripping.wav": lambda: self.drip("audio/wav"),
            "/dripping.html": lambda: self.drip("text/html"),
            "/to-loopback.wav": lambda: self.redirect(self.site.url("/secret.wav")),
            "/to-metadata.wav": lambda: self.redirect("http://169.254.169.254/latest/x.wav"),
            "/to-file.wav": lambda: self.redirect(FILE_URL),
            "/hls.m3u8": lambda: self.send(
                "application/vnd.apple.mpegurl",
                b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n%s\n#EXT-X-ENDLIST\n"
                % FILE_URL.encode(),
            ),
            "/busy.wav": lambda: self.send_error(503),
            "/download?id=1": lambda: self.send("application/octet-stream", WAV),
            "/download?id=2": lambda: self.send_named(
                b"; filename*=UTF-8''Gespr%C3%A4ch%20eins.wav"
            ),
            "/download?id=3": lambda: self.send_named('; filename="Gespräch eins.wav"'.encode()),
            "/download?id=4": lambda: self.send_named(b"; filename=my long talk.wav"),
            "/download?id=5": lambda: self.send_named(b'; filename="../../etc/talk.wav"'),
            "/download?id=6": lambda: self.send_named(b"", kind="audio/wav"),
            "/circle.wav": lambda: self.redirect("/circle.wav"),
            "/cut.wav": lambda: self.send("audio/wav", WAV[: 20 * KB], announced=len(WAV)),
            "/hole.m3u8": lambda: self.send_stream("/piece.ts", "/gone.ts", "/piece.ts"),
            "/short.m3u8": lambda: self.send_stream("/piece.ts", "/short.ts", "/piece.ts"),
            "/whole.m3u8": lambda: self.send_stream("/piece.ts", "/piece.ts", "/piece.ts"),
            "/piece.ts": lambda: self.send("video/mp2t", PIECE),
            "/short.ts": lambda: self.send("video/mp2t", PIECE[:KB], announced=len(PIECE)),
        }
        try:
            pages.get(self.path, lambda: self.send_error(404))()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def send_stream(self, *pieces: str) -> None:
        lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:5"]
        for piece in pieces:
            lines += ["#EXTINF:5,", piece]
        body = "\n".join([*lines, "#EXT-X-ENDLIST", ""]).encode()
        self.send("application/vnd.apple.mpegurl", body)

    def send_named(self, parameters: bytes, *, kind: str = "application/octet-stream") -> None:
        disposition = (b"attachment" + parameters).decode("latin-1")
        self.send(kind, WAV, disposition=disposition)

    def send(self, kind: str, body: bytes, *, announced: int = 0, disposition: str = "") -> None:
        self.send_response(200)
        if disposition:
            self.send_header("Content-Disposition", disposition)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(announced or len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def endless(self, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        while self.command != "HEAD":
            self.wfile.write(b"<p>" + bytes(64 * KB))

    def slow(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "audio/wav")
        self.end_headers()
        self.wfile.write(WAV)
        for _ in range(1200):  # a minute
            self.wfile.write(b"\0")
            self.wfile.flush()
            time.sleep(0.05)

    def drip(self, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        while self.command != "HEAD":
            self.wfile.write(b"R")
            self.wfile.flush()
            time.sleep(0.1)

    def redirect(self, to: str) -> None:
        self.send_response(302)
        self.send_header("Location", to)
        self.end_headers()

    def log_message(self, *arguments: object) -> None: ...


@pytest.fixture(scope="module")
def server() -> Iterator[Site]:
    """On every loopback address, so that one may stand for a public one and another may not."""
    with ThreadingHTTPServer(("0.0.0.0", 0), Handler) as server:
        server.daemon_threads = True
        Handler.site = Site(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield Handler.site
        server.shutdown()


@pytest.fixture
def site(server: Site) -> Site:
    server.requests.clear()
    return server


def ignore(done_bytes: int, total_bytes: int | None) -> None: ...


def fetch(
    url: str,
    folder: Path,
    *,
    max_bytes: int = 1 << 20,
    timeout_s: float = 20,
    report: Callable[[int, int | None], None] = ignore,
    pace: Pace | None = None,
    allow_private: bool = True,
    allow_addresses: frozenset[str] = frozenset(),
) -> Downloaded:
    return download(
        url,
        folder,
        max_bytes=max_bytes,
        timeout_s=timeout_s,
        report=report,
        pace=pace,
        allow_private=allow_private,
        allow_addresses=allow_addresses,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    before = set(psutil.Process().children(recursive=True))
    yield tmp_path
    assert set(psutil.Process().children(recursive=True)) <= before, "a child is left"


def test_a_file_is_fetched(site: Site, folder: Path) -> None:
    told: list[tuple[int, int | None]] = []
    got = fetch(site.url("/talk.wav"), folder, report=lambda *now: told.append(now))
    assert got.path.read_bytes() == WAV
    assert got.path.is_relative_to(folder)
    assert (got.title, got.ext) == ("talk", "wav")
    assert told[0] == (0, None)


def test_a_page_gives_its_recording_and_its_title(site: Site, folder: Path) -> None:
    got = fetch(site.url("/watch"), folder)
    assert got.path.read_bytes() == WAV
    assert got.title.startswith("A talk")


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/plain", NoMedia),
        ("/empty.wav", DownloadError),
        ("/list.m3u", PlaylistRefused),
        ("/absent.wav", SourceRefused),
        ("/busy.wav", SourceUnreachable),
        ("/to-file.wav", DownloadError),
        ("/hls.m3u8", DownloadError),
        ("/endless.wav", DownloadTooLarge),
    ],
)
def test_what_cannot_be_fetched_says_why_and_leaves_nothing(
    site: Site, folder: Path, path: str, error: type[DownloadError]
) -> None:
    with pytest.raises(error) as raised:
        fetch(site.url(path), folder)
    assert str(folder) not in raised.value.message
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (1, ("download", "")),
        (2, ("Gespräch eins", "wav")),
        (3, ("Gespräch eins", "wav")),
        (4, ("my long talk", "wav")),
        (5, ("talk", "wav")),
        (6, ("download", "wav")),
    ],
)
def test_the_name_that_a_site_gives_a_file_is_its_name(
    site: Site, folder: Path, number: int, name: tuple[str, str]
) -> None:
    """The address of a download often has a number only."""
    got = fetch(site.url(f"/download?id={number}"), folder)
    assert (got.title, got.ext) == name
    assert got.path.read_bytes() == WAV


def test_a_stream_of_pieces_is_fetched(site: Site, folder: Path) -> None:
    got = fetch(site.url("/whole.m3u8"), folder)
    assert got.path.read_bytes() == PIECE * 3


@pytest.mark.parametrize("path", ["/cut.wav", "/hole.m3u8", "/short.m3u8"])
def test_a_recording_of_which_a_part_is_missing_is_worth_another_try(
    site: Site, folder: Path, path: str
) -> None:
    with pytest.raises(SourceUnreachable, match="only a part of the recording"):
        fetch(site.url(path), folder)
    assert list(folder.iterdir()) == []


def test_an_address_that_leads_in_a_circle(site: Site, folder: Path) -> None:
    with pytest.raises(SourceRefused, match="in a circle"):
        fetch(site.url("/circle.wav"), folder)


@pytest.mark.slow
def test_an_endless_page_ends(site: Site, folder: Path) -> None:
    with pytest.raises(DownloadTooLarge):
        fetch(site.url("/endless.html"), folder)
    assert list(folder.iterdir()) == []


def test_a_closed_port_is_worth_another_try(folder: Path) -> None:
    with pytest.raises(SourceUnreachable) as raised:
        fetch("http://127.0.0.1:9/x.wav", folder)
    assert raised.value.retryable


def test_a_slow_site_is_given_up_in_time(site: Site, folder: Path) -> None:
    started = time.monotonic()
    with pytest.raises(DownloadTooSlow):
        fetch(site.url("/slow.wav"), folder, timeout_s=3)
    assert time.monotonic() - started < 30
    assert list(folder.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "pace"),
    [
        ("/slow.wav", Pace(bytes_per_s_min=1_000, stretch_s=1)),
        ("/dripping.wav", Pace(first_bytes_s=2)),
        ("/dripping.html", Pace(first_bytes_s=2)),
    ],
)
def test_a_site_that_drips_is_given_up_long_before(
    site: Site, folder: Path, path: str, pace: Pace
) -> None:
    started = time.monotonic()
    with pytest.raises(DownloadTooSlow) as raised:
        fetch(site.url(path), folder, timeout_s=600, pace=pace)
    assert time.monotonic() - started < 30
    assert not raised.value.retryable
    assert list(folder.iterdir()) == []


def test_a_cancel_ends_the_child_at_once(site: Site, folder: Path) -> None:
    class Cancelled(Exception): ...

    def report(done_bytes: int, total_bytes: int | None) -> None:
        if done_bytes:
            raise Cancelled

    started = time.monotonic()
    with pytest.raises(Cancelled):
        fetch(site.url("/slow.wav"), folder, report=report)
    assert time.monotonic() - started < 30
    assert list(folder.iterdir()) == []


PARENT = """
import sys
from pathlib import Path
from mp4totext.media.download import download
download(sys.argv[1], Path(sys.argv[2]), max_bytes=10**6, timeout_s=60, report=lambda *now: None,
         allow_private=True)
"""


def test_the_child_does_not_outlive_a_killed_parent(site: Site, folder: Path) -> None:
    command = [sys.executable, "-c", PARENT, site.url("/slow.wav"), str(folder)]
    parent = subprocess.Popen(command, env={"PYTHONPATH": str(SRC)})
    children: list[psutil.Process] = []

    def downloads() -> bool:
        children[:] = psutil.Process(parent.pid).children(recursive=True)
        return site.requests != [] and children != []

    until(downloads)  # psutil may overlook a child once, when the clock is set
    parent.kill()
    parent.wait()
    assert psutil.wait_procs(children, timeout=60)[1] == []


@pytest.mark.parametrize(
    "host",
    one_in(3, ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"]),
)
def test_no_spelling_of_a_private_address_is_reached(site: Site, folder: Path, host: str) -> None:
    with pytest.raises(AddressRefused):
        fetch(site.url("/talk.wav", host=host), folder, allow_private=False)
    assert site.requests == []


@pytest.mark.parametrize("path", ["/to-loopback.wav", "/to-metadata.wav"])
def test_a_redirect_into_a_private_network_is_not_followed(
    site: Site, folder: Path, path: str
) -> None:
    """127.0.0.2 stands for a public site; the same server's 127.0.0.1 is the private network."""
    with pytest.raises(AddressRefused):
        fetch(
            site.url(path, host="127.0.0.2"),
            folder,
            allow_private=False,
            allow_addresses=frozenset({"127.0.0.2"}),
        )
    assert site.requests
    assert all(request.startswith("127.0.0.2") for request in site.requests)
    assert list(folder.iterdir()) == []


def test_an_allowed_address_is_reached(site: Site, folder: Path) -> None:
    got = fetch(
        site.url("/talk.wav", host="127.0.0.2"),
        folder,
        allow_private=False,
        allow_addresses=frozenset({"127.0.0.2"}),
    )
    assert got.path.read_bytes() == WAV


@pytest.mark.parametrize(
    "url",
    [
        "",
        "--exec=touch owned",
        "--config-location=/etc/passwd",
        "-o/etc/x",
        FILE_URL,
        "/etc/passwd",
        "ftp://example.org/a.mp3",
        "ytsearch:anything",
        "data:audio/wav;base64,AAAA",
        "concat:http://example.org/a|file:/etc/passwd",
        "http://",
        "http:///x.wav",
        "http://example.org:99999/x",
        "http://[::1/x",
        "http://user:word@example.org/a.mp3",
        "http://example.org/a b.mp3",
        "http://example.org/a\r\nHost: x",
        "http://example.org/#__youtubedl_smuggle=%7B%7D",
        "http://example.org/" + "a" * 3_000,
        "example.org/a.mp3",
    ],
)
def test_what_is_not_a_plain_web_address_is_refused_without_a_process(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_url(url)


def test_words_that_look_like_options_are_only_part_of_a_path(site: Site, folder: Path) -> None:
    with pytest.raises(SourceRefused):
        fetch(site.url("/--exec=touch%20owned"), folder)
    assert site.requests[0].endswith("/--exec=touch%20owned")
    assert list(folder.iterdir()) == []
