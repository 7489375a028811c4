"""Repeated requests, one after the other and concurrent."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from mp4totext.kit.clock import now
from mp4totext.kit.errors import Invalid, WrongState
from mp4totext.kit.idempotency import (
    KEEP,
    IdempotentAnswer,
    earlier_answer,
    fingerprint,
    forget_old_answers,
    remember_answer,
)
from mp4totext.runtime import Runtime

REQUEST = fingerprint("POST", {"a": 1, "b": 2})


def remember(runtime: Runtime, key: str | None, value: int = 1) -> None:
    with runtime.database.write() as session:
        remember_answer(session, owner="me", key=key, request=REQUEST, answer={"value": value})


def earlier(runtime: Runtime, key: str | None, *, request: str = REQUEST) -> object:
    with runtime.database.read() as session:
        return earlier_answer(session, owner="me", key=key, request=request)


def test_order_of_names_does_not_make_another_request() -> None:
    assert fingerprint("POST", {"b": 2, "a": 1}) == REQUEST
    assert fingerprint("POST", {"b": 2, "a": 2}) != REQUEST


def test_a_repeat_gets_the_answer(runtime: Runtime) -> None:
    assert earlier(runtime, "k") is None
    remember(runtime, "k")
    assert earlier(runtime, "k") == {"value": 1}
    assert earlier(runtime, "other") is None
    with pytest.raises(Invalid, match="used for another request"):
        earlier(runtime, "k", request="another")


def test_without_a_key_nothing_is_kept(runtime: Runtime) -> None:
    remember(runtime, None)
    assert earlier(runtime, None) is None
    with runtime.database.read() as session:
        assert session.scalar(select(func.count(IdempotentAnswer.key))) == 0


def test_a_twin_that_commits_first_wins(runtime: Runtime) -> None:
    remember(runtime, "k", 1)
    with pytest.raises(WrongState) as refused:  # it looked before the first one had committed
        remember(runtime, "k", 2)
    assert (refused.value.code, refused.value.retry_after_s) == ("idempotent_twin", 1)
    assert earlier(runtime, "k") == {"value": 1}


def test_a_key_is_free_again_after_a_day(runtime: Runtime) -> None:
    remember(runtime, "k", 1)
    with runtime.database.write() as session:
        old = now() - KEEP - timedelta(seconds=1)
        session.execute(update(IdempotentAnswer).values(created_at=old))
    assert earlier(runtime, "k") is None
    remember(runtime, "k", 2)
    assert earlier(runtime, "k") == {"value": 2}


def test_old_answers_are_forgotten(runtime: Runtime) -> None:
    remember(runtime, "old")
    with runtime.database.write() as session:
        session.execute(update(IdempotentAnswer).values(created_at=now() - 2 * KEEP))
    remember(runtime, "new")
    with runtime.database.write() as session:
        forget_old_answers(session)
    with runtime.database.read() as session:
        assert session.scalars(select(IdempotentAnswer.key)).all() == ["new"]
