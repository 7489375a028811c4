"""Measures the latency and memory of an API process while a test loads it."""

import threading
import time
from itertools import islice
from pathlib import Path

import httpx
import psutil

from tests.support.raw_http import Answer, chunk, connection, endless, head
from tests.support.service_processes import Api


class Watch:
    """The slowest response of the API during the test, and its peak of memory."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._process = psutil.Process(api.process.pid)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.before = self.peak = self._process.memory_info().rss
        self.slowest_s = 0.0
        self.starved_s = 0.0  # part of it: the process waited for a processor

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        with httpx.Client(base_url=self._api.url, timeout=60) as client:
            while not self._stop.wait(0.02):
                began, starved_s = time.monotonic(), self._starved_s()
                assert client.get("/health").status_code == 200
                took_s = time.monotonic() - began
                if took_s > self.slowest_s:
                    self.slowest_s, self.starved_s = took_s, self._starved_s() - starved_s
                self.peak = max(self.peak, self._process.memory_info().rss)

    def _starved_s(self) -> float:
        """Of the thread of the event loop, since its start; 0 where the system does not tell."""
        try:
            _, waited_ns, _ = Path(f"/proc/{self._process.pid}/schedstat").read_text().split()
        except OSError:
            return 0.0
        return int(waited_ns) / 1e9

    @property
    def grown(self) -> int:
        return int(self.peak - self.before)


def port_of(api: Api) -> int:
    return int(api.url.rpartition(":")[2])


def send_endless(api: Api, method: str, path: str) -> tuple[Answer, int]:
    with connection(port_of(api)) as raw:
        raw.send(head(method, path, Content_Type="application/json", Transfer_Encoding="chunked"))
        raw.send(chunk(b'{"email": "a@example.com", "x": ['))
        sent = raw.send_while_taken(islice(endless(), 3_200))  # 200 MB, if they were taken
        return raw.answer(), sent
