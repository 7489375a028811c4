"""A server that accepts every request and responds one byte at a time, slowly."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAUSE_S = 0.5


@contextmanager
def dripping_site() -> Iterator[str]:
    """The server's address. ``/x.wav`` never ends, and a POST is never answered."""
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "audio/wav")
            self.send_header("Content-Length", "1000000")
            self.end_headers()

        def do_GET(self) -> None:
            self.do_HEAD()
            self._drip()

        def do_POST(self) -> None:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            self._drip()

        def _drip(self) -> None:
            try:
                while not over.wait(PAUSE_S):
                    self.wfile.write(b"R")
                    self.wfile.flush()
            except OSError:
                self.close_connection = True

        def log_message(self, *arguments: object) -> None:
            """The base class writes to the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            over.set()
            server.shutdown()
