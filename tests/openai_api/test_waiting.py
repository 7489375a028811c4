"""Clients that time out, with and without a retry."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime

import httpx
import openai
import pytest
from openai import OpenAI
from sqlalchemy import select, update

from mp4totext.jobs import service
from mp4totext.jobs.failure import Failure
from mp4totext.jobs.models import Job
from mp4totext.kit.clock import now
from mp4totext.kit.idempotency import IdempotentAnswer
from mp4totext.openai_api.waiting import RESULT_KEPT, Waits
from tests.support.in_process_service import FOUR_SECONDS, ApiUser, recording
from tests.support.openai_service import SPOKEN, Served, jobs_of, transcribe, worker
from tests.support.waiting import until


@pytest.fixture
def quick(served: Served) -> Iterator[Served]:
    """Gives a client half a second to ask again."""
    usual = served.app.state.openai_waits
    served.app.state.openai_waits = Waits(served.harness.runtime, keep_s=0.5, look_every_s=0.1)
    yield served
    served.app.state.openai_waits = usual


@contextmanager
def asking(served: Served, user: ApiUser, **data: str) -> Iterator[None]:
    """A client that leaves without the answer at the end of the block."""
    address = httpx.URL(f"{served.url}/v1/audio/transcriptions")
    with recording(FOUR_SECONDS).open("rb") as file:
        form = httpx.Request("POST", address, files={"file": file}, data=data)
        body = form.read()
    headers = {**form.headers, **user.account.headers}
    with closing(http.client.HTTPConnection(address.host, address.port, timeout=60)) as connection:
        connection.request("POST", address.path, body, headers)
        yield


def give_up(served: Served, user: ApiUser, **data: str) -> None:
    """Leave as soon as there is a job."""
    with asking(served, user, **data):
        until(lambda: jobs_of(served.harness, user))


def asked_at(served: Served, user: ApiUser) -> datetime | None:
    of_user = IdempotentAnswer.owner == user.account.id
    with served.harness.runtime.database.read() as session:
        return session.scalar(select(IdempotentAnswer.created_at).where(of_user))


@pytest.mark.parametrize("stream", ["false", "true"])
def test_a_client_that_stays_away_pays_nothing(quick: Served, user: ApiUser, stream: str) -> None:
    give_up(quick, user, stream=stream)
    until(lambda: [job.state for job in jobs_of(quick.harness, user)] == ["cancelled"])
    assert quick.harness.rows(user.account)["holds"] == 0


def test_a_client_that_asks_again_gets_the_running_job(
    served: Served, user: ApiUser, client: OpenAI
) -> None:
    """OpenAI's client times out and repeats by itself: the same request, twice in all."""
    impatient = client.with_options(timeout=1.5, max_retries=1)
    with pytest.raises(openai.APITimeoutError):
        transcribe(impatient, language="en")
    (job,) = jobs_of(served.harness, user)
    assert job.state == "queued"
    with worker(served.harness):
        assert SPOKEN in transcribe(client, language="en").text
    (job,) = jobs_of(served.harness, user)
    assert job.charged_uc


def test_a_result_that_nobody_received_is_kept_for_the_next_request(
    served: Served, user: ApiUser, client: OpenAI
) -> None:
    give_up(served, user, language="en", model="auto")
    with worker(served.harness):
        until(lambda: jobs_of(served.harness, user)[0].state == "succeeded")
    assert SPOKEN in transcribe(client, language="en", model="auto").text
    assert len(jobs_of(served.harness, user)) == 1


def test_who_has_the_answer_and_asks_again_means_it(
    served: Served, user: ApiUser, client: OpenAI
) -> None:
    with worker(served.harness):
        for _ in range(2):
            transcribe(client)
    assert len(jobs_of(served.harness, user)) == 2


def test_a_key_of_the_client_names_the_request_for_a_day(
    served: Served, user: ApiUser, client: OpenAI
) -> None:
    with worker(served.harness):
        for _ in range(2):
            answer = transcribe(client, extra_headers={"Idempotency-Key": "talk-7"})
            assert SPOKEN in answer.text
    assert len(jobs_of(served.harness, user)) == 1


@pytest.mark.parametrize(
    "change", [{"language": "en"}, {"model": "moonshine"}, {"prompt": "America"}]
)
def test_other_options_are_another_request(
    served: Served, user: ApiUser, client: OpenAI, change: dict[str, str]
) -> None:
    give_up(served, user)
    with worker(served.harness):
        transcribe(client, **change)
    assert len(jobs_of(served.harness, user)) == 2


def test_a_failed_job_is_not_joined(served: Served, user: ApiUser, client: OpenAI) -> None:
    give_up(served, user)
    with served.harness.runtime.database.write() as session:
        (job,) = session.query(Job).filter(Job.user_id == user.account.id)
        service.fail(session, job, Failure.saying("media_missing", "It is gone."))
    with worker(served.harness):
        assert SPOKEN in transcribe(client).text


def test_a_result_is_not_kept_for_ever(served: Served, user: ApiUser, client: OpenAI) -> None:
    give_up(served, user)
    with worker(served.harness):
        until(lambda: jobs_of(served.harness, user)[0].state == "succeeded")
        with served.harness.runtime.database.write() as session:
            session.execute(
                update(IdempotentAnswer)
                .where(IdempotentAnswer.owner == user.account.id)
                .values(created_at=now() - RESULT_KEPT)
            )
        transcribe(client)
    assert len(jobs_of(served.harness, user)) == 2


def test_who_waits_keeps_the_job_of_somebody_who_left(
    quick: Served, user: ApiUser, client: OpenAI
) -> None:
    answers: list[str] = []
    waiting = threading.Thread(target=lambda: answers.append(transcribe(client).text))
    waits = quick.app.state.openai_waits
    waits.keep_s = 60  # until both ask, so that only a request changes when it was asked for
    waiting.start()
    until(lambda: asked_at(quick, user))
    first = asked_at(quick, user)
    with asking(quick, user):
        until(lambda: asked_at(quick, user) != first)
        waits.keep_s = 1
    waiting.join(timeout=2)  # twice as long as a job without anybody is kept
    assert [job.state for job in jobs_of(quick.harness, user)] == ["queued"]
    with worker(quick.harness):
        waiting.join(timeout=60)
    assert SPOKEN in answers[0]
