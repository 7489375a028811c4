"""A quick cut of every fault on the real servers; ``make chaos`` has the long ones."""

from collections.abc import Iterator

import httpx
import pytest

from mp4totext.jobs.models import JobState
from tests.clusters import submit, until
from tests.flows.faults import World, suffer, world
from tests.processes import Process
from tests.recordings import record
from tests.services import PostgresServer, RedisServer, S3Server

QUICK = ("Redis stopped", "Redis emptied", "PostgreSQL restarted", "S3 refuses", "worker killed")


@pytest.fixture(scope="module")
def here(
    tmp_path_factory: pytest.TempPathFactory,
    started_redis_server: RedisServer,
    started_postgres_server: PostgresServer,
    started_s3_server: S3Server,
) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("faults") / "world"
    servers = (started_redis_server, started_postgres_server, started_s3_server)
    # Messages come again after a second, so every job outlives the visibility timeout.
    with world(folder, *servers, CELERY_VISIBILITY_TIMEOUT="1") as made:
        yield made


@pytest.mark.parametrize("fault", QUICK)
def test_nothing_is_lost_or_done_twice(here: World, fault: str) -> None:
    outcome = suffer(here, fault, 2.0)
    assert outcome.problems == []
    assert outcome.jobs > 0
    if fault.startswith("Redis"):
        assert outcome.slowest_s < 5


def test_a_long_job_has_one_execution_though_its_message_comes_again(here: World) -> None:
    long = record(here.recording.parent / "long.wav", seconds=90)
    here.workers.append(here.new_worker())
    job_id = submit(here.apis[0], here.account, long)["task_id"]
    here.cluster.wait_for([job_id])
    assert here.cluster.problems([job_id]) == []
    assert here.cluster.job(job_id).attempt == 1


def test_a_stopping_worker_hands_its_job_back(here: World) -> None:
    long = record(here.recording.parent / "long.wav", seconds=180)
    job_id = submit(here.apis[0], here.account, long)["task_id"]
    until(lambda: here.cluster.job(job_id).state == JobState.RUNNING, what="the job to run")
    name = here.cluster.job(job_id).worker or ""
    owner = next(w for w in here.workers if str(name.rpartition(":")[2]) in _pids(w))
    owner.popen.terminate()
    owner.popen.wait(15)
    here.workers.remove(owner)
    assert here.cluster.job(job_id).crashes == 0
    here.cluster.wait_for([job_id])
    assert here.cluster.problems([job_id]) == []
    assert here.cluster.job(job_id).attempt > 1


def _pids(worker: Process) -> set[str]:
    return {str(child.pid) for child in worker.children()}


def test_answers_come_though_redis_is_away(here: World) -> None:
    here.redis.child.stop()
    try:
        answer = httpx.get(f"{here.apis[0].url}/api/v1/status", timeout=20).json()
        assert answer["ready"] is True
        assert answer["broker"]["detail"] == "unreachable: accepted jobs wait in the database"
    finally:
        here.redis.child.start()
