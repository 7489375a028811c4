"""Tasks of a connection end with it, whichever side closes it first."""

import asyncio

import anyio
import pytest

from mp4totext.kit.tasks import ended

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def fails() -> None:
    raise ValueError("gone")


async def cleans_up(done: list[str]) -> None:
    try:
        await asyncio.sleep(60)
    finally:
        await asyncio.sleep(0.01)
        done.append("cleaned up")


async def test_tasks_are_over_and_say_what_went_wrong() -> None:
    done: list[str] = []
    tasks = [asyncio.create_task(fails()), asyncio.create_task(cleans_up(done))]
    await asyncio.sleep(0)
    found = await ended(*tasks)
    assert [str(error) for error in found] == ["gone"]
    assert done == ["cleaned up"]
    assert all(task.done() for task in tasks)


async def test_a_cancelled_scope_still_ends_them_and_knows_its_own_cancellation() -> None:
    done: list[str] = []
    with anyio.CancelScope() as scope:
        task = asyncio.create_task(cleans_up(done))
        await asyncio.sleep(0)
        scope.cancel()
        try:
            await asyncio.sleep(60)
        finally:
            await ended(task)
            assert done == ["cleaned up"]
    assert scope.cancelled_caught
