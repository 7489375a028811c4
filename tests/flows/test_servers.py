"""The service on Redis, PostgreSQL and S3 with two API and two worker hosts."""

import hashlib
import json
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from sqlalchemy import select
from websockets.sync.client import connect

from mp4totext.auth.models import Role, User
from mp4totext.jobs.models import Job, JobState, Lease
from tests.support.clusters import Cluster, cluster, ready, submit
from tests.support.live_audio import BECKETT
from tests.support.live_kills import ReconnectingClient
from tests.support.recordings import record
from tests.support.servers import PostgresServer, RedisServer, S3Server, free_port
from tests.support.service_processes import ROOT, Account, Api, Process
from tests.support.waiting import until

pytestmark = pytest.mark.slow

LOGINS = 8


@dataclass(kw_only=True)
class Farm:
    cluster: Cluster
    a: Api
    b: Api
    account: Account
    recording: Path
    s3: S3Server
    bucket: str
    named: Process  # the worker with the name that containers give theirs

    def objects(self) -> list[str]:
        found = self.s3.client().list_objects_v2(Bucket=self.bucket)
        return [item["Key"] for item in found.get("Contents", [])]


@pytest.fixture(scope="module")
def farm(
    tmp_path_factory: pytest.TempPathFactory,
    started_redis_server: RedisServer,
    started_postgres_server: PostgresServer,
    started_s3_server: S3Server,
) -> Iterator[Farm]:
    folder = tmp_path_factory.mktemp("farm")
    limits: dict[str, Any] = {
        "RATE_LIMIT_ENABLED": "true",
        "RATE_LIMIT_LOGIN": f"{LOGINS}/minute",
        "RATE_LIMIT_EXPENSIVE": "1000/minute",
        "JOB_DRAIN_S": "5",
    }
    with cluster(
        folder / "cluster",
        started_redis_server,
        started_postgres_server,
        started_s3_server,
        **limits,
    ) as made:
        a, b = made.host("api-a").start_api(), made.host("api-b").serve()
        made.host("worker-1").start_queues("high", "default", "low")
        named = named_worker(made)
        ready(a)
        ready(b)
        account = made.service.account(a, granted=100)
        made.wait_for_workers(2)
        yield Farm(
            cluster=made,
            a=a,
            b=b,
            account=account,
            recording=record(folder / "talk.wav", seconds=8),
            s3=started_s3_server,
            bucket=made.service.environment["MINIO_BUCKET"],
            named=named,
        )


def named_worker(made: Cluster) -> Process:
    """celery@HOSTNAME, by the command that containers run; not yet ready."""
    command = ("worker", "--queues", "critical,gpu,live", "--concurrency", "2")
    return made.host("worker-2").start("mp4totext.cli", *command)


def test_hosts_share_only_the_servers(farm: Farm) -> None:
    """Upload to A, work anywhere, events and media from B; a deletion removes every object."""
    headers = farm.account.headers
    ticket = httpx.post(f"{farm.b.url}/api/v1/ws/ticket", headers=headers).json()["ticket"]
    address = farm.b.url.replace("http", "ws") + f"/api/v1/ws?ticket={ticket}"
    with connect(address) as stream:
        accepted = submit(farm.a, farm.account, farm.recording)
        seen, delays = [], []
        while "job_complete" not in seen:
            event = json.loads(stream.recv(timeout=60))
            seen.append(event["type"])
            assert event["type"] != "error", event
            if event["type"] == "job_complete":
                finished = farm.cluster.job(accepted["task_id"]).finished_at
                assert finished is not None
                delays.append(time.time() - finished.timestamp())
    assert "progress" in seen
    assert max(delays) < 2, "the wake-up did not cross the hosts: the event came by the slow poll"

    path = f"{farm.b.url}/api/v1/transcriptions/{accepted['id']}"
    assert "words" in httpx.get(path, headers=headers).text
    part = httpx.get(f"{path}/media", headers={**headers, "Range": "bytes=100-1099"})
    assert part.status_code == 206
    assert part.content == farm.recording.read_bytes()[100:1100]

    for name, host in farm.cluster.hosts.items():
        files = (path for path in (host.folder / "data").rglob("*") if path.is_file())
        left = [path for path in files if path.suffix != ".lock"]  # each process's own
        assert not left, f"{name} keeps {left}"
    assert [key for key in farm.objects() if accepted["id"] in key]
    assert httpx.delete(path, headers=headers).status_code == 204
    assert not [key for key in farm.objects() if accepted["id"] in key]


def test_each_queue_has_its_own_workers(farm: Farm) -> None:
    """Only the second worker takes urgent jobs here, and only administrators may hurry."""
    accepted = submit(farm.a, farm.account, farm.recording, priority="critical")
    assert "'critical' is for administrators" in accepted["warnings"][0]
    with farm.cluster.service.runtime.database.write() as session:
        session.get_one(User, farm.account.id).role = Role.ADMIN
    urgent = submit(farm.a, farm.account, farm.recording, priority="critical")
    assert urgent["warnings"] == []
    with farm.cluster.service.runtime.database.write() as session:
        session.get_one(User, farm.account.id).role = Role.USER
        assert session.get_one(Job, accepted["task_id"]).queue == "default"
        assert session.get_one(Job, urgent["task_id"]).queue == "critical"
    both = [accepted["task_id"], urgent["task_id"]]
    farm.cluster.wait_for(both)
    assert farm.cluster.problems(both) == []


def test_a_live_session_goes_on_at_another_host(farm: Farm) -> None:
    client = ReconnectingClient(farm.a, farm.account)
    client.speak(until_byte=len(client.sound) // 2)
    client.move(farm.b)
    client.finish()
    assert client.finals == sorted(set(client.finals))
    assert client.events[-1]["type"] == "job_complete"
    path = f"{farm.b.url}/api/v1/transcriptions/{client.events[-1]['subject_id']}"
    assert httpx.get(path, headers=farm.account.headers).json()["text"] == BECKETT
    media = httpx.get(f"{path}/media", headers=farm.account.headers)
    assert media.content.startswith(b"fLaC")


def test_a_resumable_upload_survives_its_servers(farm: Farm) -> None:
    """Parts alternate between two hosts, one of which is killed half way."""
    data = farm.recording.read_bytes()
    tus = {**farm.account.headers, "Tus-Resumable": "1.0.0"}
    name = b64encode(b"talk.wav").decode()
    made = httpx.post(
        f"{farm.a.url}/api/v1/uploads",
        headers={**tus, "Upload-Length": str(len(data)), "Upload-Metadata": f"filename {name}"},
    )
    place = made.headers["location"]
    step = len(data) // 5 + 1
    for number, start in enumerate(range(0, len(data), step)):
        if number == 2:
            farm.a.process.kill()
            farm.a = ready(farm.cluster.host("api-a2").start_api())
        api = (farm.a, farm.b)[number % 2]
        chunk = data[start : start + step]
        answer = httpx.patch(
            f"{api.url}{place}",
            headers={
                **tus,
                "Content-Type": "application/offset+octet-stream",
                "Upload-Offset": str(start),
                "Upload-Checksum": f"sha256 {b64encode(hashlib.sha256(chunk).digest()).decode()}",
            },
            content=chunk,
        )
        assert answer.status_code == 204, answer.text
    accepted = httpx.post(
        f"{farm.b.url}/api/v1/transcriptions/from-upload",
        headers=farm.account.headers,
        json={"upload_id": place.rpartition("/")[2], "options": {"language": "en"}},
    )
    assert accepted.status_code == 202, accepted.text
    media = f"{farm.a.url}/api/v1/transcriptions/{accepted.json()['id']}/media"
    assert httpx.get(media, headers=farm.account.headers).content == data
    farm.cluster.wait_for([accepted.json()["task_id"]])
    assert farm.cluster.problems([accepted.json()["task_id"]]) == []
    assert not [key for key in farm.objects() if key.startswith("uploads/")]


def test_a_browser_may_send_straight_to_the_store(farm: Farm) -> None:
    data = farm.recording.read_bytes()
    wanted = {"filename": "talk.wav", "size_bytes": len(data), "content_type": "audio/wav"}
    offer = httpx.post(
        f"{farm.a.url}/api/v1/uploads/presigned", headers=farm.account.headers, json=wanted
    ).json()
    use = {"upload_id": offer["upload_id"], "options": {"language": "en"}}
    path = f"{farm.b.url}/api/v1/transcriptions/from-upload"
    early = httpx.post(path, headers=farm.account.headers, json=use)
    assert (early.status_code, early.json()["code"]) == (409, "upload_incomplete")

    url, headers = offer["url"], offer["headers"]
    elsewhere = url.replace("uploads/", "elsewhere/")
    assert httpx.put(elsewhere, content=data, headers=headers).is_error
    shorter = headers | {"Content-Length": str(len(data) - 1)}
    assert httpx.put(url, content=data[:-1], headers=shorter).is_error
    assert httpx.put(url, content=data, headers=headers | {"Content-Type": "text/html"}).is_error
    none = httpx.post(path, headers=farm.account.headers, json=use)
    assert (none.status_code, none.json()["code"]) == (409, "upload_incomplete")

    assert httpx.put(url, content=data, headers=headers).is_success
    accepted = httpx.post(path, headers=farm.account.headers, json=use)
    assert accepted.status_code == 202, accepted.text
    media = f"{farm.a.url}/api/v1/transcriptions/{accepted.json()['id']}/media"
    assert httpx.get(media, headers=farm.account.headers).content == data
    farm.cluster.wait_for([accepted.json()["task_id"]])
    assert farm.cluster.problems([accepted.json()["task_id"]]) == []
    assert not [key for key in farm.objects() if key.startswith("uploads/")]


def test_one_of_many_sweeps(farm: Farm) -> None:
    """Four processes would; the lease names one, and when that one dies another goes on."""

    def holder() -> str | None:
        with farm.cluster.service.runtime.database.read() as session:
            return session.scalar(select(Lease.holder).where(Lease.name == "sweep"))

    first = holder()
    assert first is not None
    victim = next(p for p in farm.cluster.service.started if first.endswith(f":{p.pid}"))
    victim.kill()
    until(lambda: holder() != first, within_s=15, what="another sweeper")
    if victim is farm.a.process:
        farm.a = ready(farm.cluster.host("api-a3").start_api())
    elif victim is farm.b.process:
        farm.b = ready(farm.cluster.host("api-b2").start_api())
    elif victim is farm.named:
        farm.named = named_worker(farm.cluster)
    else:
        farm.cluster.host("worker-3").start_queues()


def test_flower_sees_the_workers(farm: Farm) -> None:
    port = free_port()
    flower = farm.cluster.host("flower").start(
        *("celery", "-A", "mp4totext.worker", "flower", "--address=127.0.0.1", f"--port={port}"),
        "--basic-auth=boss:secret",
    )

    def names() -> list[str]:
        try:
            answer = httpx.get(
                f"http://127.0.0.1:{port}/api/workers?refresh=1", auth=("boss", "secret")
            )
        except httpx.TransportError:
            assert flower.popen.poll() is None, flower.output()
            return []
        return list(answer.json()) if answer.status_code == 200 else []

    until(lambda: len(names()) >= 2, within_s=40, what="Flower to list two workers")
    assert httpx.get(f"http://127.0.0.1:{port}/api/workers").status_code == 401
    flower.stop()


def test_a_worker_answers_its_probe(farm: Farm) -> None:
    """The command of the container's health check, word for word."""
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    wanted = services["worker-critical"]["healthcheck"]["test"][1].replace("$$", "$")
    farm.cluster.service.wait_for_worker(farm.named)
    probe = farm.cluster.host("probe")
    done = subprocess.run(
        ["sh", "-c", wanted.replace("celery ", f"{sys.executable} -m celery ", 1)],
        env={**probe.environment, "HOSTNAME": socket.gethostname()},
        cwd=probe.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 node online" in done.stdout


def test_limits_are_counted_together(farm: Farm) -> None:
    """Half of the tries at each host, and together they are too many."""
    wrong = {"email": "nobody@example.com", "password": "wrong horse battery"}
    answers = [
        httpx.post(f"{(farm.a, farm.b)[turn % 2].url}/api/v1/auth/login", json=wrong).status_code
        for turn in range(LOGINS + 2)
    ]
    assert answers.count(401) <= LOGINS
    assert answers[-2:] == [429, 429]


def test_broker_and_limits_have_their_own_databases(
    farm: Farm, started_redis_server: RedisServer
) -> None:
    def keys(database: int) -> set[str]:
        with started_redis_server.client(database) as client:
            return {key.decode() for key in client.scan_iter()}

    assert farm.cluster.service.environment["RATE_LIMIT_ENABLED"] == "true"
    assert any(key.startswith("_kombu.binding") for key in keys(1))
    assert keys(0)  # the counts of the test before
    assert not any(key.startswith("_kombu") for key in keys(0) | keys(2))


def test_nothing_was_lost_meanwhile(farm: Farm) -> None:
    with farm.cluster.service.runtime.database.read() as session:
        ids = list(session.scalars(select(Job.id).where(Job.state != JobState.SUCCEEDED)))
    assert ids == []
