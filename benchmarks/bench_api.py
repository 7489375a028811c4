"""The API against a bare one: reads, and a thousand live listeners."""

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
from fastapi import FastAPI
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.measure import Figure, middle, p99
from mp4totext.jobs import events
from tests.processes import Account, Api, Process, Service, service
from tests.serving import serve, serving

READS = 1_500
ROUNDS = 3
USERS = 20
TELLS = 20


def bare_app() -> FastAPI:
    app = FastAPI()

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "alive"}

    return app


def reads(folder: Path) -> Iterator[Figure]:
    """Per second of the server's processor: the client shares the machine, and is not counted."""
    bare: list[float] = []
    rates: dict[str, list[float]] = {
        "/health": [],
        "/api/v1/credits/balance": [],
        "/api/v1/jobs": [],
    }
    with (
        serving("benchmarks.bench_api") as plain,
        service(folder / "reads") as made,
        made.api() as api,
    ):
        account = made.account(api)
        for _ in range(ROUNDS):
            bare.append(_per_cpu_second(plain.url + "/health", plain.process, {}))
            for route, found in rates.items():
                process = psutil.Process(api.process.pid)
                found.append(_per_cpu_second(api.url + route, process, account.headers))
    for route, found in rates.items():
        yield Figure(
            name=f"GET {route} / bare FastAPI route",
            value=middle(found) / middle(bare),
            target=">= 0.5",
            facts={"per_cpu_second": round(middle(found)), "bare": round(middle(bare))},
        )


def _per_cpu_second(url: str, process: psutil.Process, headers: dict[str, str]) -> float:
    with httpx.Client(headers=headers, timeout=30) as client:
        client.get(url).raise_for_status()
        before = process.cpu_times()
        for _ in range(READS):
            client.get(url)
        after = process.cpu_times()
    return READS / float(after.user + after.system - before.user - before.system)


def listeners(folder: Path, *, clients: int) -> Iterator[Figure]:
    with service(folder / "live") as made, made.api() as api:
        accounts = [made.account(api) for _ in range(USERS)]
        latencies, missing, grown = asyncio.run(_listen(made, api, accounts, clients))
    yield Figure(
        name=f"events not delivered to {clients} WebSocket clients",
        value=missing,
        target="<= 0",
        facts={"events": TELLS * USERS, "deliveries": len(latencies)},
    )
    yield Figure(
        name="p99 from commit to client",
        value=p99(latencies) * 1e3,
        unit="ms",
        target="<= 250",
        facts={"p50_ms": round(middle(latencies) * 1e3, 1)},
    )
    yield Figure(name="memory of the API per client", value=grown / clients / 1024, unit="KB")


async def _listen(
    made: Service, api: Api, accounts: list[Account], clients: int
) -> tuple[list[float], int, int]:
    url = api.url.replace("http", "ws") + "/api/v1/ws"
    before = _rss(api.process)
    sockets: list[ClientConnection] = []
    for n in range(clients):
        token = accounts[n % USERS].headers["Authorization"].removeprefix("Bearer ")
        sockets.append(
            await connect(url, subprotocols=["bearer", token], compression=None, open_timeout=30)  # type: ignore[list-item]  # plain strings are fine
        )
    await asyncio.sleep(1)
    grown = _rss(api.process) - before
    latencies: list[float] = []
    hearing = [asyncio.create_task(_hear(socket, latencies)) for socket in sockets]
    for _ in range(TELLS):
        for account in accounts:
            await asyncio.to_thread(_tell, made, account.id)
        await asyncio.sleep(0.2)
    await asyncio.wait(hearing, timeout=20)
    for task in hearing:
        task.cancel()
    await asyncio.gather(*hearing, return_exceptions=True)
    await asyncio.gather(*(socket.close() for socket in sockets), return_exceptions=True)
    return latencies, clients * TELLS - len(latencies), grown


def _tell(made: Service, user_id: str) -> None:
    with made.runtime.database.write() as session:
        events.append(session, user_id=user_id, type="progress", sent_at=time.time())


async def _hear(socket: ClientConnection, latencies: list[float]) -> None:
    for _ in range(TELLS):
        event = json.loads(await socket.recv())
        while "sent_at" not in json.dumps(event):
            event = json.loads(await socket.recv())
        latencies.append(time.time() - _sent_at(event))


def _sent_at(event: dict[str, object]) -> float:
    found = event.get("sent_at")
    if found is None and isinstance(data := event.get("data"), dict):
        found = data["sent_at"]
    assert isinstance(found, float)
    return found


def _rss(process: Process) -> int:
    return int(psutil.Process(process.pid).memory_info().rss)


if __name__ == "__main__":
    import sys

    serve(bare_app(), int(sys.argv[1]))
