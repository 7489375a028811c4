"""Measures the API against a minimal one: reads, and a thousand open event streams."""

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.measure import Figure, middle, p99
from mp4totext.credits import prices
from mp4totext.events import log as event_log
from mp4totext.jobs.models import Job, JobState
from mp4totext.kit.clock import now
from mp4totext.kit.ids import new_id
from mp4totext.transcript import Coverage, CoverageKind, Segment, Speaker, Transcript, Word
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.versions import add_version
from tests.support.service_processes import Account, Api, Process, Service, service
from tests.support.uvicorn_processes import serving

READS = 250
ROUNDS = 9  # short and many: what else the machine does changes from second to second
ROWS = 20  # a page of jobs and of recordings
SEGMENTS, WORDS = 120, 12  # of the recording that is read whole: some ten minutes of speech
USERS = 20
TELLS = 20


def reads(folder: Path) -> Iterator[Figure]:
    """Requests per second of the server's processor time, as the client shares the machine."""
    with service(folder / "reads") as made, made.api() as api:
        account = made.account(api)
        url = made.runtime.settings.database_url
        recording = _some_rows(made, account.id)
        with serving("benchmarks.bare_api", url, made.runtime.settings.jwt_secret) as plain:
            ours = Side(api.url, psutil.Process(api.process.pid), account.headers)
            yield from _compared(Side(plain.url, plain.process, account.headers), ours, recording)


@dataclass(frozen=True)
class Side:
    url: str
    process: psutil.Process
    headers: dict[str, str]

    def per_cpu_second(self, route: str) -> float:
        with httpx.Client(base_url=self.url, headers=self.headers, timeout=30) as client:
            client.get(route).raise_for_status()
            before = self.process.cpu_times()
            for _ in range(READS):
                client.get(route)
            after = self.process.cpu_times()
        return READS / float(after.user + after.system - before.user - before.system)


def _compared(bare: Side, ours: Side, recording: str) -> Iterator[Figure]:
    rates: dict[str, tuple[list[float], list[float]]] = {
        route: ([], [])
        for route in (
            "/health",
            "/api/v1/credits/balance",
            "/api/v1/jobs",
            "/api/v1/transcriptions",
            f"/api/v1/transcriptions/{recording}",
        )
    }
    for _ in range(ROUNDS):
        for route, (theirs, mine) in rates.items():
            theirs.append(bare.per_cpu_second(route))
            mine.append(ours.per_cpu_second(route))
    empty = rates["/health"][0]
    for route, (theirs, mine) in rates.items():
        yield Figure(
            name=f"GET {route.replace(recording, 'ID')} / the same in a bare FastAPI application",
            value=middle(mine) / middle(theirs),
            target=None if route == "/health" else ">= 0.5",
            facts={
                "per_cpu_second": round(middle(mine)),
                "bare": round(middle(theirs)),
                "of_an_empty_route": round(middle(mine) / middle(empty), 2),
            },
        )


def _some_rows(made: Service, user_id: str) -> str:
    """A page of finished jobs and their recordings; the id of the newest."""
    with made.runtime.database.write() as session:
        snapshot = prices.to_json(prices.current(session))
        for _ in range(ROWS):
            recording, job = new_id("trn"), new_id("job")
            session.add(_job(job, user_id, recording, snapshot))
            session.add(_recording(recording, user_id, job))
            session.flush()
            add_version(session, recording, _transcript(), number=1, job_id=job)
    return recording


def _job(job_id: str, user_id: str, recording: str, snapshot: dict[str, object]) -> Job:
    at = now()
    return Job(
        id=job_id,
        user_id=user_id,
        operation="transcribe",
        params={},
        subject_id=recording,
        metered=True,
        queue="default",
        priority=1,
        state=JobState.SUCCEEDED,
        time_limit_s=3600,
        prices=snapshot,
        quote=[],
        held_uc=10_000_000,
        charged_uc=10_000_000,
        warnings=[],
        created_at=at,
        queued_at=at,
        started_at=at,
        finished_at=at,
    )


def _recording(recording: str, user_id: str, job_id: str) -> Transcription:
    at = now()
    return Transcription(
        id=recording,
        user_id=user_id,
        job_id=job_id,
        title="A meeting",
        filename="meeting.m4a",
        media_key=f"media/{recording}",
        media_type="mov,mp4,m4a,3gp,3g2,mj2",
        size_bytes=10_000_000,
        duration_ms=600_000,
        options={"engine": "auto", "language": "auto"},
        language="en",
        version=1,
        created_at=at,
        updated_at=at,
    )


def _transcript() -> Transcript:
    words = tuple(
        Word(text="word", start_ms=n * 400, end_ms=n * 400 + 300, confidence=0.9, speaker="S1")
        for n in range(SEGMENTS * WORDS)
    )
    lines = [words[n : n + WORDS] for n in range(0, len(words), WORDS)]
    segments = tuple(
        Segment(
            id=f"s{n}",
            start_ms=line[0].start_ms,
            end_ms=line[-1].end_ms,
            text=" ".join(word.text for word in line),
            words=line,
            speaker="S1",
        )
        for n, line in enumerate(lines, 1)
    )
    whole = Coverage(start_ms=0, end_ms=600_000, kind=CoverageKind.SPEECH)
    return Transcript(
        duration_ms=600_000,
        language="en",
        segments=segments,
        speakers=(Speaker(id="S1"),),
        coverage=(whole,),
        engine="moonshine",
        model="tiny",
    )


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
        event_log.append(session, user_id=user_id, type="progress", sent_at=time.time())


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
