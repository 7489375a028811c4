"""kill -9 and cancel at every stage of a video: the same bytes and one charge, or neither.

The quick cut; `make chaos` does every stage many times.
"""

import random
from collections.abc import Iterator

import pytest

from tests.support.render_kills import RenderKills, render_kills

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


@pytest.mark.parametrize("stage", ["planning", "sound", "rendering", "joining"])
def test_cancelled_video_ends_at_once_and_leaves_nothing(bench: RenderKills, stage: str) -> None:
    outcome = bench.cancel_at(stage)
    assert outcome.problems == []
    assert outcome.recovered_s < 5
