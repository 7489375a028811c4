"""A quick selection of server faults; `make chaos` has all."""

from collections.abc import Iterator

import httpx
import pytest

from mp4totext.jobs.models import JobState
from tests.support.clusters import submit
from tests.support.fault_matrix import ROWS, STAGES, run_row
from tests.support.job_breakpoints import Breakpoints
from tests.support.recordings import record
from tests.support.server_faults import FaultCluster, fault_cluster
from tests.support.servers import PostgresServer, RedisServer, S3Server
from tests.support.service_processes import Process
from tests.support.waiting import until

pytestmark = pytest.mark.slow

# The diagonal of the matrix.
DIAGONAL = {
    "worker killed": ("settling",),
    "API killed": ("accepting",),
    "Redis stopped": ("queued",),
    "Redis emptied": ("claiming",),
    "PostgreSQL restarted": ("finishing",),
    "S3 refuses": ("upload",),
    "S3 slow": ("parts", "decoding"),
    "disk full": ("transcribing",),
}


@pytest.fixture(scope="module")
def setup(
    tmp_path_factory: pytest.TempPathFactory,
    started_redis_server: RedisServer,
    started_postgres_server: PostgresServer,
    started_s3_server: S3Server,
) -> Iterator[FaultCluster]:
    folder = tmp_path_factory.mktemp("faults") / "world"
    servers = (started_redis_server, started_postgres_server, started_s3_server)
    # Messages come again after a second, so every job outlives the visibility timeout.
    with fault_cluster(folder, *servers, CELERY_VISIBILITY_TIMEOUT="1") as made:
        yield made


@pytest.fixture(scope="module")
def breakpoints(setup: FaultCluster) -> Breakpoints:
    return Breakpoints(setup.cluster.service.environment["DATABASE_URL"])


def test_the_diagonal_has_every_fault_and_every_stage_once() -> None:
    assert list(DIAGONAL) == list(ROWS)
    assert sorted(stage for stages in DIAGONAL.values() for stage in stages) == sorted(STAGES)


@pytest.mark.parametrize("fault", list(DIAGONAL))
def test_nothing_is_lost_or_done_twice(
    setup: FaultCluster, breakpoints: Breakpoints, fault: str
) -> None:
    if fault == "disk full" and setup.disks.holder is None:
        pytest.skip("no small disk can be mounted here")
    row = run_row(setup, breakpoints, fault, min(1.0, ROWS[fault]), DIAGONAL[fault])
    assert row.everything_wrong == []
    assert {cell.stage for cell in row.cells} == set(DIAGONAL[fault])


def test_a_long_job_has_one_execution_though_its_message_comes_again(setup: FaultCluster) -> None:
    long = record(setup.recording.parent / "long.wav", seconds=90)
    setup.workers.append(setup.new_worker())
    job_id = submit(setup.apis[0], setup.account, long)["task_id"]
    setup.cluster.wait_for([job_id])
    assert setup.cluster.problems([job_id]) == []
    assert setup.cluster.job(job_id).attempt == 1


def test_a_stopping_worker_returns_its_job_to_the_queue(setup: FaultCluster) -> None:
    long = record(setup.recording.parent / "long.wav", seconds=360)
    job_id = submit(setup.apis[0], setup.account, long)["task_id"]
    until(lambda: setup.cluster.job(job_id).state == JobState.RUNNING, what="the job to run")
    name = setup.cluster.job(job_id).worker or ""
    host, owner = next(w for w in setup.workers if str(name.rpartition(":")[2]) in _pids(w[1]))
    owner.popen.terminate()
    owner.popen.wait(15)
    setup.workers.remove((host, owner))
    assert setup.cluster.job(job_id).crashes == 0
    setup.cluster.wait_for([job_id])
    assert setup.cluster.problems([job_id]) == []
    assert setup.cluster.job(job_id).attempt > 1


def _pids(worker: Process) -> set[str]:
    return {str(child.pid) for child in worker.children()}


def test_answers_come_though_redis_is_away(setup: FaultCluster) -> None:
    setup.redis.child.stop()
    try:
        answer = httpx.get(f"{setup.apis[0].url}/api/v1/status", timeout=20).json()
        assert answer["ready"] is True
        assert answer["broker"]["detail"] == "unreachable; accepted jobs wait in the database"
    finally:
        setup.redis.child.start()
