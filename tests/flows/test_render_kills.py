"""kill -9 and cancel at every stage of a video: the same bytes and one charge, or neither.

The quick cut; `make chaos` does every stage many times.
"""

import random
from collections.abc import Iterator

import pytest

from mp4totext.jobs.models import ENDED, JobState
from tests.support.render_kills import RenderKills, render_kills
from tests.support.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RenderKills]:
    with render_kills(tmp_path_factory.mktemp("renders"), random.Random(3)) as made:
        assert made.undisturbed() == []
        yield made


@pytest.mark.parametrize("stage", ["sound", "rendering", "joining"])
def test_killed_worker_ends_in_the_same_bytes_and_one_charge(
    bench: RenderKills, stage: str
) -> None:
    how = "worker" if stage == "rendering" else "child"
    outcome = bench.kill_at(stage, how)
    assert outcome.problems == []


def test_two_workers_draw_one_video_in_the_same_bytes_for_one_charge(bench: RenderKills) -> None:
    with bench.service.worker():
        job_id = bench.submit()
        until(lambda: bench.look(job_id).state in ENDED)
    assert bench.problems_of(job_id, JobState.SUCCEEDED) == []
    assert len(bench.drew) == 2


def test_a_worker_that_dies_while_it_helps_changes_nothing(bench: RenderKills) -> None:
    with bench.service.worker() as other:
        job_id = bench.submit()
        until(lambda: bench.look(job_id).parts_running == 2)
        bench.kill_helper(job_id, other)
        until(lambda: bench.look(job_id).state in ENDED)
    assert bench.problems_of(job_id, JobState.SUCCEEDED) == []
    assert bench.leftovers() == []


@pytest.mark.parametrize("stage", ["planning", "sound", "rendering", "joining"])
def test_cancelled_video_ends_at_once_and_leaves_nothing(bench: RenderKills, stage: str) -> None:
    outcome = bench.cancel_at(stage)
    assert outcome.problems == []
    assert outcome.recovered_s < 5
