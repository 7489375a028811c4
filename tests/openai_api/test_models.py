"""GET /v1/models with OpenAI's client."""

from datetime import timedelta

import openai
import pytest
from jsonschema_rs import validator_for
from openai import OpenAI
from pydantic import SecretStr

from mp4totext.catalogue import service as catalogue
from mp4totext.kit.clock import now
from mp4totext.openai_api.models import ready_models
from mp4totext.runtime import Runtime
from mp4totext.settings import EngineSettings
from tests.conformance import openai_schema
from tests.support.openai_service import Served, transcribe, worker


def test_the_models_are_what_a_request_may_name(served: Served, client: OpenAI) -> None:
    raw = client.models.with_raw_response.list()
    validator_for(openai_schema.MODELS).validate(raw.http_response.json())
    names = [model.id for model in client.models.list()]
    assert names[:2] == ["auto", "moonshine"]
    assert {"whisper-1", "gpt-4o-transcribe-diarize"} < set(names)
    with worker(served.harness):
        for name in names[:3]:
            assert transcribe(client, model=name).text


def test_one_model_by_its_name(client: OpenAI) -> None:
    assert client.models.retrieve("moonshine").owned_by == "mp4totext"
    with pytest.raises(openai.NotFoundError, match="Did you mean 'moonshine'") as raised:
        client.models.retrieve("moonshin/moonshin")
    assert (raised.value.code, raised.value.param) == ("model_not_found", "model")


def test_models_of_vendors_are_listed_with_the_day_they_end(runtime: Runtime) -> None:
    engines = EngineSettings(
        models_dir=runtime.settings.models_dir, openai_api_key=SecretStr("sk-test")
    )
    with_key = Runtime(runtime.settings.model_copy(update={"engines": engines}))
    end = (now() + timedelta(days=30)).date().isoformat()
    with with_key.database.write() as session:
        catalogue.edit(session, ("speech", "openai", "whisper-1"), {"retires_at": end})
    with with_key.database.read() as session:
        models = ready_models(with_key, session)
    with_key.close()
    whisper = models["openai:whisper-1"]
    assert (whisper.owner, str(whisper.ends)) == ("openai", end)
    assert whisper.as_openai(0)["shutdown_date"] == end
