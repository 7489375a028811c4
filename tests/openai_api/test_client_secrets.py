"""Short-lived secrets for browsers, made and used with OpenAI's own client."""

import time
from datetime import timedelta
from typing import Any

import pytest
from openai import AuthenticationError, BadRequestError, OpenAI
from sqlalchemy import update
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from mp4totext.auth.models import Login, WsTicket
from mp4totext.kit.clock import now
from tests.openai_api.test_realtime import samples, speak, until_text
from tests.support.in_process_service import ApiUser
from tests.support.openai_service import SPOKEN, Served, jobs_of, worker
from tests.support.waiting import until

pytestmark = pytest.mark.filterwarnings("ignore:connect.. must be used:DeprecationWarning")

ENGLISH: Any = {
    "type": "transcription",
    "audio": {
        "input": {
            "format": {"type": "audio/pcm", "rate": 24000},
            "transcription": {"model": "gpt-4o-transcribe", "language": "en"},
            "turn_detection": None,
        }
    },
    "include": ["item.input_audio_transcription.logprobs"],
}


def opened(served: Served, secret: str) -> Any:
    """A socket as browsers open one, who cannot send headers."""
    url = served.url.replace("http", "ws") + "/v1/realtime?intent=transcription"
    protocols: Any = ["realtime", f"openai-insecure-api-key.{secret}"]
    return connect(url, subprotocols=protocols)


def refused(served: Served, secret: str) -> bool:
    with pytest.raises(InvalidStatus) as error:
        opened(served, secret)
    return error.value.response.status_code == 403


def test_a_secret_opens_sessions_with_its_settings(
    served: Served, user: ApiUser, client: OpenAI
) -> None:
    made = client.realtime.client_secrets.create(
        expires_after={"anchor": "created_at", "seconds": 60}, session=ENGLISH
    )
    assert made.value.startswith("ek_")
    assert 50 < made.expires_at - time.time() <= 60
    browser = client.with_options(api_key=made.value)
    with (
        worker(served.harness),
        browser.realtime.connect(extra_query={"intent": "transcription"}) as connection,
    ):
        created: Any = connection.recv()
        settings: Any = made.to_dict()
        assert created.to_dict()["session"]["audio"] == settings["session"]["audio"]
        assert created.session.audio.input.transcription.language == "en"
        speak(connection, samples())
        events = until_text(connection, SPOKEN)
    assert events[-1].logprobs
    until(lambda: [job.state for job in jobs_of(served.harness, user)] == ["succeeded"])
    with opened(served, made.value) as socket:
        assert "session.created" in str(socket.recv())


def test_a_secret_opens_nothing_else(client: OpenAI) -> None:
    made = client.realtime.client_secrets.create()
    with pytest.raises(AuthenticationError):
        client.with_options(api_key=made.value).models.list()


def test_a_changed_secret_is_refused(served: Served, client: OpenAI) -> None:
    secret = client.realtime.client_secrets.create().value
    assert refused(served, secret[:-1])
    with opened(served, secret):
        pass


def test_a_secret_expires(served: Served, client: OpenAI) -> None:
    secret = client.realtime.client_secrets.create().value
    with served.harness.runtime.database.write() as session:
        session.execute(update(WsTicket).values(expires_at=now() - timedelta(seconds=1)))
    assert refused(served, secret)


def test_a_secret_ends_with_the_login_that_made_it(
    served: Served, user: ApiUser, client: OpenAI
) -> None:
    secret = client.realtime.client_secrets.create().value
    with served.harness.runtime.database.write() as session:
        own = update(Login).where(Login.user_id == user.account.id)
        session.execute(own.values(revoked_at=now()))
    assert refused(served, secret)


@pytest.mark.parametrize(
    ("options", "param"),
    [
        ({"session": {"type": "realtime"}}, "session.type"),
        ({"expires_after": {"anchor": "created_at", "seconds": 9}}, "expires_after.seconds"),
        (
            {
                "session": {
                    "type": "transcription",
                    "audio": {"input": {"transcription": {"model": "gpt-9"}}},
                }
            },
            "session.audio.input.transcription.model",
        ),
    ],
)
def test_what_is_refused(client: OpenAI, options: Any, param: str) -> None:
    with pytest.raises(BadRequestError) as error:
        client.realtime.client_secrets.create(**options)
    assert error.value.param == param
