"""kill -9 and cancel at every stage of a job: one result and one charge, or neither.

The quick cut; `make chaos` does every stage many times.
"""

import random
from collections.abc import Iterator

import psutil
import pytest

from tests.support.job_kills import KillBench
from tests.support.recordings import record
from tests.support.service_processes import QUICK, service
from tests.support.upload_kills import kill_api_while_uploading

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KillBench]:
    folder = tmp_path_factory.mktemp("kills")
    recording = record(folder / "talk.m4a", seconds=360, speech_s=6, every_s=90)
    with service(folder, QUICK) as made, made.api() as api, made.worker() as worker:
        yield KillBench(
            service=made,
            api=api,
            worker=worker,
            account=made.account(api, granted=10_000),
            recording=recording,
            chance=random.Random(5),
        )


def test_the_pool_steps_back_behind_what_else_the_machine_does(field: KillBench) -> None:
    worker = psutil.Process(field.worker.pid)
    assert {child.nice() - worker.nice() for child in field.worker.children()} == {1}


@pytest.mark.parametrize("stage", ["idle", "transcribing", "finishing"])
def test_killed_pool_ends_in_one_result_and_one_charge(field: KillBench, stage: str) -> None:
    assert field.kill_at(stage, "child").problems == []


@pytest.mark.parametrize("stage", ["diarizing"])
def test_killed_worker_ends_in_one_result_and_one_charge(field: KillBench, stage: str) -> None:
    assert field.kill_at(stage, "worker").problems == []


def test_stopped_worker_that_continues_does_not_finish_the_job_again(field: KillBench) -> None:
    assert field.stop_at("transcribing").problems == []


def test_cancelled_job_costs_nothing_and_leaves_nothing(field: KillBench) -> None:
    assert field.cancel_at("transcribing").problems == []


def test_killed_api_leaves_a_whole_job_or_nothing(field: KillBench) -> None:
    for outcome in kill_api_while_uploading(
        field.service, field.recording, runs=1, chance=field.chance
    ):
        assert outcome.problems == []
