"""Slots for expensive work: limits per account and in total, and refusals."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from mp4totext.kit.errors import TooManyRequests, Unavailable
from mp4totext.kit.fair_slots import FairSlots


def slots(**more: float) -> FairSlots:
    given = {"total": 3, "per_user": 2, "wait_s": 0.05} | more
    return FairSlots("exports", **given)  # type: ignore[arg-type]


async def held(places: FairSlots, user: str, until: asyncio.Event) -> None:
    async with places.place(user):
        await until.wait()


async def several(places: FairSlots, *users: str) -> tuple[list[asyncio.Task[None]], asyncio.Event]:
    end = asyncio.Event()
    tasks = [asyncio.create_task(held(places, user, end)) for user in users]
    await asyncio.sleep(0)
    return tasks, end


def test_an_account_that_has_its_places_waits_and_others_do_not() -> None:
    async def story() -> None:
        places = slots()
        tasks, end = await several(places, "a", "a")
        with pytest.raises(TooManyRequests) as refused:
            await places.run("a", lambda: None)
        assert refused.value.retry_after_s
        assert "exports of your account" in refused.value.message
        assert await places.run("b", lambda: 5) == 5
        end.set()
        await asyncio.gather(*tasks)
        assert await places.run("a", lambda: 6) == 6

    asyncio.run(story())


def test_when_all_places_are_taken_it_says_busy() -> None:
    async def story() -> None:
        places = slots()
        tasks, end = await several(places, "a", "b", "c")
        with pytest.raises(Unavailable) as refused:
            await places.run("d", lambda: None)
        assert refused.value.retry_after_s
        end.set()
        await asyncio.gather(*tasks)

    asyncio.run(story())


def test_who_waits_within_the_time_gets_a_place() -> None:
    async def story() -> None:
        places = slots(wait_s=60)
        tasks, end = await several(places, "a", "a", "a", "a")
        asyncio.get_running_loop().call_later(0.05, end.set)
        assert await places.run("a", lambda: 7) == 7
        await asyncio.gather(*tasks)
        assert places._of_user == {}

    asyncio.run(story())


def test_a_place_is_kept_until_the_thread_is_done_and_errors_pass() -> None:
    def fail() -> None:
        raise ValueError("of the work")

    async def story(release: Callable[[], None], wait: Callable[[], bool]) -> None:
        places = slots(per_user=1, wait_s=0.1)
        task = asyncio.create_task(places.run("a", wait))
        await asyncio.sleep(0.02)
        with pytest.raises(TooManyRequests):
            await places.run("a", lambda: None)
        release()
        assert await task
        with pytest.raises(ValueError, match="of the work"):
            await places.run("a", fail)
        assert await places.run("a", lambda: 8) == 8

    done = threading.Event()
    asyncio.run(story(done.set, lambda: done.wait(60)))
