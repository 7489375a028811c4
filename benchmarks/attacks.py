"""Measures the effect of abusive clients on the API's memory and on another user's recording.

python -m benchmarks.attacks [--seconds 600] [--share 1.0]

First, many large bodies are sent without a login. Then one account edits, searches and exports
hostile text while another reads and corrects. At last one account starts every kind of work at
once, while another transcribes a recording of one minute. The same recording is measured alone just
before, in the same run.
"""

import argparse
import asyncio
import itertools
import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event
from types import FrameType
from typing import Any

import httpx
from rich.console import Console
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from benchmarks import hostile_texts
from benchmarks.bench import table_of
from benchmarks.measure import Figure
from mp4totext.credits import ledger
from tests.support.api_watch import Watch, port_of, send_endless
from tests.support.dripping_site import dripping_site
from tests.support.raw_http import chunk, connection, head
from tests.support.recordings import record
from tests.support.service_processes import Account, Api, Service, service

SECONDS_MAX = 600
MB = 1 << 20
BODIES = 200
TEXTS, DOWNLOADS, HOOKS, PROBES, SESSIONS = 900, 50, 50, 500, 8  # 1,000 jobs
UPLOAD_BYTES_MAX = 64 * MB
SETTINGS = {
    "DOWNLOAD_ALLOW_PRIVATE": "true",  # the site that drips is on this machine
    "WEBHOOK_ALLOW_PRIVATE": "true",
    "MAX_UPLOAD_BYTES": str(UPLOAD_BYTES_MAX),
    "PROBE_TIMEOUT_S": "2",
}
# Takes long to probe: an AMR file in which every byte is a frame of 20 ms.
SLOW_TO_PROBE = b"#!AMR\n" + b"\x7c" * MB
ENDED = {"succeeded", "failed", "cancelled"}


class TimeIsOver(Exception):
    """Raised to stop everything that was started."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=SECONDS_MAX, help="then all is ended")
    parser.add_argument(
        "--share", type=float, default=1.0, help="of the requests; for a busy machine"
    )
    given = parser.parse_args()
    signal.signal(signal.SIGALRM, _time_is_over)
    signal.alarm(given.seconds)
    figures: list[Figure] = []
    try:
        with tempfile.TemporaryDirectory(prefix="mp4totext-attacks-") as name:
            for figure in measured(Path(name), given.share):
                figures.append(figure)
                sys.stderr.write(f"{figure.name}: {figure.value:.2f} {figure.facts}\n")
    except TimeIsOver:
        figures.append(Figure(name="not finished in time", value=1, target="<= 0"))
    finally:
        signal.alarm(0)
    Console().print(table_of(figures))
    sys.exit(any(figure.holds is False for figure in figures))


def _time_is_over(_number: int, _frame: FrameType | None) -> None:
    raise TimeIsOver


def measured(folder: Path, share: float) -> Iterator[Figure]:
    minute = record(folder / "minute.wav", seconds=60)
    moment = record(folder / "moment.wav", seconds=2)
    with service(folder / "service", SETTINGS) as made, ExitStack() as stack:
        api = stack.enter_context(made.api())
        for kind, send in _BODIES.items():
            yield from bodies(api, kind, send, times=int(BODIES * share))
        yield from uploads(api, made.account(api))
        yield from hostile_texts.measured(made, api, made.account(api), made.account(api))
        for worker in (made.batch_worker(2), made.network_worker(8), made.live_worker(SESSIONS)):
            stack.enter_context(worker)
        site = stack.enter_context(dripping_site())
        greedy, other = made.account(api, granted=100_000), made.account(api, granted=100)
        yield from loaded(api, site, greedy, other, minute=minute, moment=moment, share=share)
        yield ledger_figure(made)


# Bodies


def _announced(size: int, api: Api) -> int:
    """Send a body of the announced length until the server refuses it; return the status."""
    with connection(port_of(api), timeout_s=60) as raw:
        raw.send(head("POST", "/api/v1/auth/login", Content_Length=str(size)))
        raw.send_while_taken(itertools.repeat(bytes(65_536), size // 65_536))
        return raw.answer().status


def _endless(api: Api) -> int:
    answer, _ = send_endless(api, "POST", "/api/v1/auth/register")
    return answer.status


_BODIES: dict[str, Callable[[Api], int]] = {
    "100 MB": partial(_announced, 100 * MB),
    "1 GB": partial(_announced, 1_024 * MB),
    "no end": _endless,
}


def bodies(api: Api, kind: str, send: Callable[[Api], int], *, times: int) -> Iterator[Figure]:
    with Watch(api) as watch, ThreadPoolExecutor(times) as pool:
        statuses = Counter(pool.map(send, itertools.repeat(api, times)))
    name = f"{times} bodies at once of {kind}"
    yield _grown(name, watch, statuses)
    yield Figure(name=f"{name}: not refused with 413", value=times - statuses[413], target="<= 0")
    yield _slowest(f"{name}: slowest /health", watch)


def uploads(api: Api, account: Account) -> Iterator[Figure]:
    """Uploads of one account that exceed the maximum size."""

    def send(_number: int) -> int:
        token = account.headers["Authorization"]
        with connection(port_of(api), timeout_s=120) as raw:
            path = "/api/v1/transcriptions"
            raw.send(head("POST", path, Authorization=token, Transfer_Encoding="chunked"))
            raw.send_while_taken(itertools.repeat(chunk(bytes(65_536)), 2_000))
            return raw.answer().status

    with Watch(api) as watch, ThreadPoolExecutor(24) as pool:
        statuses = Counter(pool.map(send, range(24)))
    yield _grown("24 uploads at once without an end", watch, statuses)


def _grown(name: str, watch: Watch, statuses: Counter[int]) -> Figure:
    return Figure(
        name=f"{name}: memory of the API grows by",
        value=watch.grown / MB,
        unit="MB",
        target="<= 64",
        facts={"answers": dict(statuses), "before": f"{watch.before / MB:.0f} MB"},
    )


def _slowest(name: str, watch: Watch) -> Figure:
    return Figure(
        name=name,
        value=watch.slowest_s,
        unit="s",
        target="<= 2",
        facts={"of it the API waited for a processor": f"{watch.starved_s:.2f} s"},
    )


# Everything at once


@dataclass(frozen=True, kw_only=True)
class ApiClient:
    """A client with an account."""

    api: Api
    account: Account

    def client(self) -> httpx.Client:
        base = f"{self.api.url}/api/v1"
        return httpx.Client(base_url=base, headers=self.account.headers, timeout=120)

    def uploaded(self, client: httpx.Client, path: Path, **fields: str) -> dict[str, Any]:
        answer = client.post(
            "/transcriptions",
            files={"file": (path.name, path.read_bytes())},
            data={"language": "en"} | fields,
        )
        accepted: dict[str, Any] = answer.raise_for_status().json()
        return accepted

    def seconds_until_done(self, path: Path) -> float:
        with self.client() as client:
            began = time.monotonic()
            job = f"/jobs/{self.uploaded(client, path)['task_id']}"
            while (state := client.get(job).json()["state"]) not in ENDED:
                time.sleep(0.1)
            assert state == "succeeded", client.get(job).json()
            return time.monotonic() - began


def loaded(
    api: Api,
    site: str,
    greedy: Account,
    other: Account,
    *,
    minute: Path,
    moment: Path,
    share: float,
) -> Iterator[Figure]:
    waiting, hog = ApiClient(api=api, account=other), ApiClient(api=api, account=greedy)
    with ThreadPoolExecutor(2) as pool:  # the engine is loaded, in both processes
        list(pool.map(lambda person: person.seconds_until_done(moment), (waiting, hog)))
    alone_s = waiting.seconds_until_done(minute)
    over = Event()
    with Watch(api) as watch, hog.client() as client, ThreadPoolExecutor(2) as pool:
        _queue_a_thousand(hog, client, site, moment, share=share)
        beside = [
            pool.submit(_probe, client, over),
            pool.submit(asyncio.run, _sessions(hog, over)),
        ]
        before = _states(client)
        try:
            loaded_s = waiting.seconds_until_done(minute)
        finally:
            over.set()
        after = _states(client)
        for work in beside:
            work.result()
    yield Figure(
        name="one minute of somebody else, beside all of that / alone",
        value=loaded_s / alone_s,
        target="<= 2",
        facts={
            "alone": f"{alone_s:.1f} s",
            "beside": f"{loaded_s:.1f} s",
            "before": before,
            "after": after,
        },
    )
    yield _grown("one account asks for everything", watch, Counter())
    yield _slowest("slowest /health meanwhile", watch)


def _queue_a_thousand(
    hog: ApiClient, client: httpx.Client, site: str, moment: Path, *, share: float
) -> None:
    """Queue 1,000 jobs: slow downloads and webhooks, and texts of short duration."""
    recording = hog.uploaded(client, moment)
    while client.get(f"/jobs/{recording['task_id']}").json()["state"] not in ENDED:
        time.sleep(0.1)
    texts = f"/transcriptions/{recording['id']}/texts"

    def download(number: int) -> None:
        address = {"url": f"{site}/{number}.wav"}
        client.post("/transcriptions/from-url", json=address).raise_for_status()

    def hook(_number: int) -> None:
        job = hog.uploaded(client, moment, webhook_url=f"{site}/hook")["task_id"]
        client.post(f"/jobs/{job}/cancel")  # it ends at once, with an event

    def text(_number: int) -> None:
        order = {"kind": "clean", "provider": "local"}
        client.post(texts, json=order).raise_for_status()

    with ThreadPoolExecutor(16) as pool:
        for ask, times in ((download, DOWNLOADS), (hook, HOOKS), (text, TEXTS)):
            list(pool.map(ask, range(int(times * share))))


def _probe(client: httpx.Client, over: Event) -> None:
    """Upload files that take long to probe, until the measurement ends."""

    def probe(_number: int) -> None:
        if not over.is_set():
            client.post("/transcriptions", files={"file": ("slow.amr", SLOW_TO_PROBE)})

    with ThreadPoolExecutor(32) as pool:
        list(pool.map(probe, range(PROBES)))


async def _sessions(hog: ApiClient, over: Event) -> None:
    """Open eight live sessions, of which the account may have only some."""
    async with asyncio.TaskGroup() as group:
        for _ in range(SESSIONS):
            group.create_task(_speak(hog, over))


async def _speak(hog: ApiClient, over: Event) -> None:
    async with _live(hog) as socket:
        while not over.is_set():
            try:
                await socket.send(bytes(3_200))
            except ConnectionClosed:
                return  # refused: too many of one account
            await asyncio.sleep(0.1)


@asynccontextmanager
async def _live(hog: ApiClient) -> AsyncIterator[Any]:
    token = hog.account.headers["Authorization"].partition(" ")[2]
    address = hog.api.url.replace("http", "ws") + "/api/v1/live"
    async with connect(address, subprotocols=["bearer", token]) as socket:  # type: ignore[list-item]  # its own str
        await socket.send(json.dumps({"type": "start", "format": "pcm_s16le", "language": "en"}))
        yield socket


def _states(client: httpx.Client) -> dict[str, int]:
    """The number of jobs in each state."""
    states: Counter[str] = Counter()
    query: dict[str, Any] = {"limit": 100}
    while True:
        page = client.get("/jobs", params=query).json()
        states.update(item["state"] for item in page["items"])
        if page["next_cursor"] is None:
            return dict(states)
        query["cursor"] = page["next_cursor"]


def ledger_figure(made: Service) -> Figure:
    with made.runtime.database.read() as session:
        problems = ledger.audit(session)
    return Figure(
        name="what the ledger's audit finds",
        value=len(problems),
        target="<= 0",
        facts={"cores": os.cpu_count(), "problems": problems},
    )


if __name__ == "__main__":
    main()
