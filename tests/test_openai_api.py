"""The OpenAI-compatible door, through OpenAI's own client, unchanged."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
import uvicorn
from openai import OpenAI

from mp4totext.jobs import service
from mp4totext.jobs.models import Job
from mp4totext.runtime import Runtime
from mp4totext.settings import EngineSettings
from tests.conftest import app_for, settings_for
from tests.flows.conftest import models_dir
from tests.support.in_process_service import FOUR_SECONDS, ApiUser, Harness, recording
from tests.support.waiting import until

__all__ = ["models_dir"]

SPOKEN = "I think that America"


@pytest.fixture(scope="module")
def served(
    empty_database: Path, models_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Harness, str]]:
    """The service on a real port: its answers wait for a worker that runs beside it."""
    folder = tmp_path_factory.mktemp("openai")
    shutil.copyfile(empty_database, folder / "mp4totext.db")
    engines = EngineSettings(models_dir=models_dir)
    runtime = Runtime(settings_for(folder).model_copy(update={"engines": engines}))
    app = app_for(runtime)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="on"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Harness(runtime, client=None), f"http://127.0.0.1:{port}"  # type: ignore[arg-type]
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture
def user(served: tuple[Harness, str]) -> Iterator[ApiUser]:
    harness, _ = served
    yield harness.new_user()
    assert harness.audit() == []


@pytest.fixture
def client(served: tuple[Harness, str], user: ApiUser) -> Iterator[OpenAI]:
    token = user.account.headers["Authorization"].removeprefix("Bearer ")
    with OpenAI(api_key=token, base_url=f"{served[1]}/v1", max_retries=0, timeout=60) as client:
        yield client


@contextmanager
def worker(harness: Harness) -> Iterator[None]:
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            if not harness.work():
                stop.wait(0.02)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield
    stop.set()
    thread.join(timeout=30)


def jobs_of(harness: Harness, user: ApiUser) -> list[Job]:
    with harness.runtime.database.read() as session:
        return list(session.query(Job).filter(Job.user_id == user.account.id))


def heard(client: OpenAI, **more: Any) -> Any:
    more = {"model": "whisper-1", **more}
    with recording(FOUR_SECONDS).open("rb") as file:
        return client.audio.transcriptions.create(file=file, **more)


def test_the_official_client_gets_its_text(
    served: tuple[Harness, str], user: ApiUser, client: OpenAI
) -> None:
    with worker(served[0]):
        text = heard(client, language="en").text
        words = heard(
            client, response_format="verbose_json", timestamp_granularities=["word", "segment"]
        )
        captions = heard(client, response_format="srt", model="moonshine")
        plain = heard(client, response_format="text", model="auto")
        vtt = heard(client, response_format="vtt")
        voices = heard(client, response_format="diarized_json", model="gpt-4o-transcribe-diarize")
    assert SPOKEN in text
    assert plain.strip() == text == words.text == voices.text
    assert (words.language, round(words.duration)) == ("english", 4)
    assert [word.word for word in words.words] == text.split()
    assert words.segments[0].start <= words.words[0].start < words.words[-1].end <= words.duration
    assert words.segments[0].avg_logprob < 0
    assert captions.startswith("1\n00:00:0")
    assert vtt.startswith("WEBVTT")
    assert {segment.speaker for segment in voices.segments} == {"Speaker 1"}
    charged = [job.charged_uc for job in jobs_of(served[0], user)]
    assert len(charged) == 6
    assert all(amount and amount > 0 for amount in charged)


def test_models_are_the_engines_that_are_ready(client: OpenAI) -> None:
    names = [model.id for model in client.models.list()]
    assert names == ["auto", "moonshine"]
    assert client.models.retrieve("moonshine").owned_by == "mp4totext"
    with pytest.raises(openai.NotFoundError) as raised:
        client.models.retrieve("gpt-9")
    assert raised.value.code == "model_not_found"


@pytest.mark.parametrize(
    ("options", "error", "code"),
    [
        ({"model": "gpt-9"}, openai.NotFoundError, "model_not_found"),
        ({"response_format": "haiku"}, openai.UnprocessableEntityError, "invalid"),
        ({"language": "!"}, openai.UnprocessableEntityError, "invalid"),
        ({"language": "de"}, openai.ConflictError, "engine_missing"),
        ({"model": "groq"}, openai.ConflictError, "engine_missing"),
    ],
)
def test_a_refusal_is_an_error_of_the_client(
    client: OpenAI,
    user: ApiUser,
    served: tuple[Harness, str],
    options: dict[str, Any],
    error: type[openai.APIStatusError],
    code: str,
) -> None:
    with pytest.raises(error) as raised:
        heard(client, **options)
    assert raised.value.code == code
    assert jobs_of(served[0], user) == []


def test_a_wrong_key_and_no_recording_are_said_in_its_shape(
    served: tuple[Harness, str], client: OpenAI
) -> None:
    with pytest.raises(openai.AuthenticationError) as raised:
        heard(client.with_options(api_key="mp4t_wrong"))
    assert raised.value.type == "authentication_error"
    with pytest.raises(openai.APIStatusError) as refused:
        client.audio.transcriptions.create(model="whisper-1", file=("a.wav", b"no sound at all"))
    assert (refused.value.status_code, refused.value.type) == (415, "invalid_request_error")


def test_what_the_engine_cannot_do_is_refused_before_the_hold(client: OpenAI) -> None:
    with (
        recording(FOUR_SECONDS).open("rb") as file,
        pytest.deprecated_call(),  # the client's own opinion of this route
        pytest.raises(openai.APIStatusError, match="faster-whisper"),
    ):
        client.audio.translations.create(model="whisper-1", file=file)


def test_a_failed_job_is_an_error_with_its_reason(
    served: tuple[Harness, str], user: ApiUser, client: OpenAI
) -> None:
    harness, _ = served
    failed = []

    def fail() -> None:
        until(lambda: jobs_of(harness, user))
        (found,) = jobs_of(harness, user)
        with harness.runtime.database.write() as session:
            job = session.get_one(Job, found.id)
            failed.append(service.fail(session, job, code="media_missing", message="It is gone."))

    thread = threading.Thread(target=fail)
    thread.start()
    with pytest.raises(openai.UnprocessableEntityError, match="It is gone") as raised:
        heard(client)
    thread.join()
    assert failed == [True]
    assert raised.value.code == "media_missing"


def test_a_client_that_goes_away_pays_nothing(
    served: tuple[Harness, str], user: ApiUser, client: OpenAI
) -> None:
    harness, url = served
    with (
        recording(FOUR_SECONDS).open("rb") as file,
        pytest.raises(httpx.ReadTimeout),
        httpx.Client(headers=user.account.headers, timeout=1.0) as impatient,
    ):
        impatient.post(f"{url}/v1/audio/transcriptions", files={"file": file})
    until(lambda: [job.state for job in jobs_of(harness, user)] == ["cancelled"])
    assert harness.rows(user.account)["holds"] == 0
