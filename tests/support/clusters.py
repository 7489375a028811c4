"""A service on several hosts, which share Redis, PostgreSQL and S3 but no disk."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import func, select

from mp4totext.credits import ledger
from mp4totext.credits.models import CreditEntry, EntryKind
from mp4totext.jobs import queries as jobs
from mp4totext.jobs.models import ENDED, Job, JobState, Lease
from mp4totext.kit.clock import now
from mp4totext.transcriptions.models import TranscriptVersion
from tests.support.servers import PostgresServer, RedisServer, S3Server, free_port
from tests.support.service_processes import QUICK, Account, Api, Process, Service, service
from tests.support.waiting import until

START_S = 90
LOOK_EVERY_S = 0.05
STUCK_S = 30  # longest that a job may be shown as running after its lease


@dataclass(frozen=True, kw_only=True)
class Host(Service):
    """A simulated machine: a data folder and the processes that use it."""

    def start_api(self) -> Api:
        """Start an API process without waiting until it is ready."""
        port = free_port()
        process = self.start(
            *("uvicorn", "--factory", "mp4totext.app:create_app", "--host", "127.0.0.1"),
            *("--port", str(port), "--no-access-log", "--log-level", "warning"),
        )
        return Api(process=process, url=f"http://127.0.0.1:{port}")

    def serve(self) -> Api:
        """Start an API process with the command of containers, without waiting for it."""
        port = free_port()
        command = ("serve", "--no-worker", "--host", "127.0.0.1", "--port", str(port))
        return Api(process=self.start("mp4totext.cli", *command), url=f"http://127.0.0.1:{port}")

    def start_queues(self, *queues: str, concurrency: int = 1) -> Process:
        """Start a worker for these queues (none: all queues), without waiting for it."""
        options = ["worker", "--concurrency", str(concurrency), "--loglevel", "WARNING"]
        options += ["--hostname", f"{self.folder.name}@%h"]  # several hosts on this machine
        if queues:
            options += ["-Q", ",".join(queues)]
        return self.start("celery", "-A", "mp4totext.worker", *options)

    def start(self, *module: str) -> Process:
        return self._start(*module)


@dataclass(frozen=True, kw_only=True)
class Cluster:
    service: Service
    hosts: dict[str, Host] = field(default_factory=dict)
    under: tuple[str, ...] = ()  # put before the command of every process

    def host(self, name: str) -> Host:
        """The host with this name, created at its first use."""
        if name not in self.hosts:
            folder = self.service.folder / name
            folder.mkdir(exist_ok=True)
            own = {"DATA_DIR": str(folder / "data"), "MODELS_DIR": str(folder / "models")}
            self.hosts[name] = Host(
                folder=folder,
                environment={**self.service.environment, **own},
                runtime=self.service.runtime,
                started=self.service.started,
                under=self.under,
            )
        return self.hosts[name]

    def wait_for_workers(self, count: int) -> None:
        until(lambda: self._workers() >= count, what=f"{count} workers")

    def _workers(self) -> int:
        with self.service.runtime.database.read() as session:
            statement = select(func.count()).where(Lease.name.startswith("worker:"))
            return session.scalar(statement) or 0

    def job(self, job_id: str) -> Job:
        with self.service.runtime.database.read() as session:
            return session.get_one(Job, job_id)

    def ended(self, job_id: str) -> bool:
        return self.job(job_id).state in ENDED

    def wait_for(self, job_ids: list[str], *, timeout_s: float = 120) -> None:
        def all_ended() -> bool:
            with self.service.runtime.database.read() as session:
                long_ago = now() - timedelta(seconds=STUCK_S)
                stuck = jobs.stuck(session, long_ago)
                assert not stuck, f"shown as running long after their lease: {stuck}"
                open_jobs = select(func.count()).where(Job.id.in_(job_ids), Job.state.not_in(ENDED))
                return session.scalar(open_jobs) == 0

        until(all_ended, within_s=timeout_s, what="jobs to end")

    def problems(self, job_ids: list[str]) -> list[str]:
        """Problems of jobs, each of which should have succeeded once; empty if there are none."""
        found: list[str] = []
        with self.service.runtime.database.read() as session:
            for job_id in job_ids:
                job = session.get(Job, job_id)
                if job is None:
                    found.append(f"{job_id} is lost")
                    continue
                if job.state != JobState.SUCCEEDED:
                    found.append(f"{job_id} {job.state} {job.error_code} {job.error_message}")
                versions = session.scalar(
                    select(func.count()).where(TranscriptVersion.transcription_id == job.subject_id)
                )
                charges = session.scalar(
                    select(func.count()).where(
                        CreditEntry.job_id == job_id, CreditEntry.kind == EntryKind.SETTLE
                    )
                )
                if versions != 1:
                    found.append(f"{job_id} has {versions} results")
                if charges != 1:
                    found.append(f"{job_id} was charged {charges} times")
            found += ledger.audit(session)
        return found


def ready(api: Api) -> Api:
    """Wait until the API is ready."""

    def answers() -> bool:
        assert api.process.popen.poll() is None, api.process.output()
        try:
            return httpx.get(f"{api.url}/ready", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    until(answers, what=api.url)
    return api


def submit(api: Api, account: Account, recording: Path, **options: Any) -> dict[str, Any]:
    """Upload a recording, which must be accepted; return the response."""
    with recording.open("rb") as file:
        answer = httpx.post(
            f"{api.url}/api/v1/transcriptions",
            headers=account.headers,
            data={"language": "en", "diarize": "false", **options},
            files={"file": (recording.name, file)},
            timeout=60,
        )
    assert answer.status_code == 202, answer.text
    accepted: dict[str, Any] = answer.json()
    return accepted


@contextmanager
def cluster(
    folder: Path,
    redis: RedisServer,
    postgres: PostgresServer,
    s3: S3Server,
    *,
    s3_endpoint: str | None = None,
    under: tuple[str, ...] = (),
    **variables: str,
) -> Iterator[Cluster]:
    """A cluster with an empty database and bucket. Its processes are stopped at the end."""
    bucket = s3.new_bucket()
    servers = {
        **QUICK,
        "REDIS_HOST": "127.0.0.1",
        "REDIS_PORT": str(redis.port),
        "MINIO_ENDPOINT": s3_endpoint or s3.endpoint,
        "MINIO_ACCESS_KEY": s3.access_key,
        "MINIO_SECRET_KEY": s3.secret_key,
        "MINIO_BUCKET": bucket,
    }
    with (
        postgres.database() as url,
        service(folder, {**servers, **variables}, database_url=url) as made,
    ):
        yield Cluster(service=made, under=under)
