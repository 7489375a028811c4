"""GET /v1/models: every model name that requests may use and that is ready."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Annotated, Any

from fastapi import APIRouter, Path
from sqlalchemy.orm import Session

from mp4totext.auth.dependencies import RuntimeDep
from mp4totext.catalogue import service as catalogue
from mp4totext.jobs.dependencies import Reader
from mp4totext.kit.http import ReadSession, problems
from mp4totext.openai_api.names import AUTO, OPENAI_NAMES
from mp4totext.openai_api.refusals import ModelNotFound
from mp4totext.openai_api.voice_names import OPENAI_VOICE_MODELS
from mp4totext.providers import model_files, registry
from mp4totext.providers.model_catalogue import ModelEntry, did_you_mean
from mp4totext.providers.speech.table import SPEECH
from mp4totext.providers.voice.table import VOICE
from mp4totext.runtime import Runtime
from mp4totext.transcriptions.engines import Engines

OURS = "mp4totext"

router = APIRouter(prefix="/v1", tags=["OpenAI-compatible"])


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedModel:
    id: str
    owner: str = OURS
    ends: date | None = None  # its vendor has announced it

    def as_openai(self, created: int) -> dict[str, Any]:  # OpenAI's Model
        body = {"id": self.id, "object": "model", "created": created, "owned_by": self.owner}
        if self.ends is not None:
            body["shutdown_date"] = self.ends.isoformat()
        return body


@router.get("/models", responses=problems(401, 403), summary="List the models that are ready here")
def list_models(user: Reader, runtime: RuntimeDep, session: ReadSession) -> dict[str, Any]:  # noqa: ARG001
    created = _created(session)
    data = [model.as_openai(created) for model in ready_models(runtime, session).values()]
    return {"object": "list", "data": data}


@router.get(
    "/models/{model:path}",
    responses=problems(401, 403, 404),
    summary="Get one of the models that are ready here",
)
def get_model(
    model: Annotated[str, Path(max_length=200)],
    user: Reader,  # noqa: ARG001
    runtime: RuntimeDep,
    session: ReadSession,
) -> dict[str, Any]:
    ready = ready_models(runtime, session)
    if model not in ready:
        hint = did_you_mean(model, ready)
        raise ModelNotFound(f"There is no model {model!r}.{hint} See /v1/models.", param="model")
    return ready[model].as_openai(_created(session))


def ready_models(runtime: Runtime, session: Session) -> dict[str, ListedModel]:
    """The ready models by name, in order: engines, their models, OpenAI's names, voices."""
    models = {model.id: model for model in _speech_models(runtime, catalogue.entries(session))}
    for name in OPENAI_NAMES:  # understood where nothing has it: it is then ``auto``
        models.setdefault(name, ListedModel(id=name))
    voices = registry.available(VOICE, runtime.settings)
    for name in (*voices, *(OPENAI_VOICE_MODELS if voices else ())):
        models.setdefault(name, ListedModel(id=name))
    return models


def _speech_models(runtime: Runtime, entries: tuple[ModelEntry, ...]) -> Iterator[ListedModel]:
    engines = Engines.of(runtime.settings, catalogue=entries)
    local: dict[str, list[str]] = {}
    for model in model_files.installed(runtime.settings):
        local.setdefault(model.engine, []).append(model.name)
    yield ListedModel(id=AUTO)
    for engine in engines.ready:
        yield ListedModel(id=engine)
    for engine in engines.ready:
        for name in local.get(engine, ()):
            yield ListedModel(id=f"{engine}:{name}")
        for name, entry in engines.models.get(engine, {}).items():
            if entry is None or not engines.is_sold(engine, name):
                continue
            owner = (SPEECH[engine].vendor or OURS).lower()
            yield ListedModel(id=f"{engine}:{name}", owner=owner, ends=entry.retires_at)


def _created(session: Session) -> int:
    """The date of the newest catalogue in seconds since 1970, used for all models."""
    day = datetime.combine(catalogue.dated(session), time(), UTC)
    return int(day.timestamp())
