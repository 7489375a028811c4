"""Slots for expensive work: limits per account and in total, and refusals."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from mp4totext.kit.errors import TooManyRequests, Unavailable
from mp4totext.kit.fair_slots import FairSlots


def few_slots(**more: float) -> FairSlots:
    given = {"total": 3, "per_user": 2, "wait_s": 0.05} | more
    return FairSlots("exports", **given)  # type: ignore[arg-type]


async def held(slots: FairSlots, user: str, until: asyncio.Event) -> None:
    async with slots.slot(user):
        await until.wait()


async def several(slots: FairSlots, *users: str) -> tuple[list[asyncio.Task[None]], asyncio.Event]:
    end = asyncio.Event()
    tasks = [asyncio.create_task(held(slots, user, end)) for user in users]
    await asyncio.sleep(0)
    return tasks, end


def test_an_account_that_has_its_slots_waits_and_others_do_not() -> None:
    async def story() -> None:
        slots = few_slots()
        tasks, end = await several(slots, "a", "a")
        with pytest.raises(TooManyRequests) as refused:
            await slots.run("a", lambda: None)
        assert refused.value.retry_after_s
        assert "exports of your account" in refused.value.message
        assert await slots.run("b", lambda: 5) == 5
        end.set()
        await asyncio.gather(*tasks)
        assert await slots.run("a", lambda: 6) == 6

    asyncio.run(story())


def test_when_all_places_are_taken_it_says_busy() -> None:
    async def story() -> None:
        slots = few_slots()
        tasks, end = await several(slots, "a", "b", "c")
        with pytest.raises(Unavailable) as refused:
            await slots.run("d", lambda: None)
        assert refused.value.retry_after_s
        end.set()
        await asyncio.gather(*tasks)

    asyncio.run(story())


def test_who_waits_within_the_time_gets_a_place() -> None:
    async def story() -> None:
        slots = few_slots(wait_s=60)
        tasks, end = await several(slots, "a", "a", "a", "a")
        asyncio.get_running_loop().call_later(0.05, end.set)
        assert await slots.run("a", lambda: 7) == 7
        await asyncio.gather(*tasks)
        assert slots._of_user == {}

    asyncio.run(story())


def test_a_place_is_kept_until_the_thread_is_done_and_errors_pass() -> None:
    def fail() -> None:
        raise ValueError("of the work")

    async def story(release: Callable[[], None], wait: Callable[[], bool]) -> None:
        slots = few_slots(per_user=1, wait_s=0.1)
        task = asyncio.create_task(slots.run("a", wait))
        await asyncio.sleep(0.02)
        with pytest.raises(TooManyRequests):
            await slots.run("a", lambda: None)
        release()
        assert await task
        with pytest.raises(ValueError, match="of the work"):
            await slots.run("a", fail)
        assert await slots.run("a", lambda: 8) == 8

    done = threading.Event()
    asyncio.run(story(done.set, lambda: done.wait(60)))
