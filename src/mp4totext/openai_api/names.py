"""Finds the engine and model for a model name of OpenAI, Groq or Speaches.

A model that a local or configured engine has is used. OpenAI's own names, which its clients must
send, mean ``auto`` (the best ready engine) if OpenAI itself is not configured.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from mp4totext.openai_api.refusals import ModelNotFound
from mp4totext.providers.model_catalogue import did_you_mean
from mp4totext.providers.model_files import FASTER_WHISPER_REPOSITORIES, MOONSHINE_NAME
from mp4totext.transcriptions.engines import Engines

AUTO = "auto"
NAME_CHARACTERS = 200  # of a model
DIARIZE = "gpt-4o-transcribe-diarize"
# Of OpenAI's audio API: https://platform.openai.com/docs/models, and those of its live sessions.
OPENAI_NAMES = (
    "whisper-1",
    "gpt-transcribe",
    "gpt-4o-transcribe",
    "gpt-4o-mini-transcribe",
    "gpt-4o-mini-transcribe-2025-12-15",
    DIARIZE,
)
LIVE_NAMES = ("gpt-live-transcribe", "gpt-realtime-whisper")

_BY_REPOSITORY = {
    repository.lower(): name for name, repository in FASTER_WHISPER_REPOSITORIES.items()
} | {
    "deepdml/faster-whisper-large-v3-turbo-ct2": "turbo",
    "usefulsensors/moonshine-tiny": MOONSHINE_NAME,
    "moonshine/tiny": MOONSHINE_NAME,
}
# "openai/whisper-large-v3", "faster-distil-whisper-small.en", "whisper-large-v3-turbo-ct2"
_WHISPER = re.compile(r"(?:faster-)?(distil-)?(?:whisper-)?(?:distil-)?(.+?)(?:-ct2)?")


EnginesFor = Callable[[str | None], Engines]  # the engines as they are for a model by this name


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChoice:
    """The engine and model of a request."""

    engine: str = AUTO
    model: str | None = None
    diarize: bool = False


def named(name: str, engines_for: EnginesFor) -> ModelChoice:
    """The engine and model for a request's ``model``. Raises ModelNotFound with similar names."""
    name = name.strip()[:NAME_CHARACTERS]
    engines = engines_for(None)
    if name in ("", AUTO):
        return ModelChoice()
    if name in engines.speech:
        return ModelChoice(engine=name)
    engine, model = _with_engine(name, engines)
    choice = ModelChoice(engine=engine, model=model) if engine else _of_any(name, engines_for)
    diarize = name.rpartition("/")[2].rpartition(":")[2] == DIARIZE
    return replace(choice, diarize=diarize)


def _of_any(name: str, engines_for: EnginesFor) -> ModelChoice:
    """The model under the name that an engine uses for it. Raises ModelNotFound."""
    engines = engines_for(None)
    models = [spelling for spelling in _spellings(name) if engines.with_model(spelling)]
    states = {model: _state(model, engines_for(model)) for model in models}
    # A retired model is passed on as well, as its refusal names the replacement.
    for state in ("ready", "ended"):
        for model in models:
            if states[model] == state:
                return ModelChoice(model=model)
    if name.removeprefix("openai/") in (*OPENAI_NAMES, *LIVE_NAMES):
        return ModelChoice()
    if models:  # the refusal says how to add it
        return ModelChoice(model=models[0])
    all_names = {*OPENAI_NAMES, *engines.speech}
    all_names.update(model for entries in engines.models.values() for model in entries)
    hint = did_you_mean(name, all_names)
    raise ModelNotFound(f"There is no model {name!r}.{hint} See /v1/models.", param="model")


def _spellings(name: str) -> Iterator[str]:
    """Names under which this service may list the model, beginning with the name in the request."""
    yield name.removeprefix("openai/")
    lower = name.lower()
    if lower in _BY_REPOSITORY:
        yield _BY_REPOSITORY[lower]
    match = _WHISPER.fullmatch(lower.rpartition("/")[2])
    if match is not None:
        distilled, size = match.groups()
        is_distilled = distilled or "distil-" in lower
        yield f"distil-{size}" if is_distilled and not size.startswith("distil-") else size


def _with_engine(name: str, engines: Engines) -> tuple[str | None, str | None]:
    """Split ``engine:model``, or ``engine/model`` if the engine has that model."""
    for mark in (":", "/"):
        engine, separator, model = name.partition(mark)
        if not separator or engine not in engines.speech or not model:
            continue
        has_model = model in engines.models.get(engine, {})
        if mark == ":" or (has_model and engine not in engines.speech_missing):
            return engine, model
    return None, None


def _state(model: str, engines: Engines) -> Literal["ready", "ended", "missing"]:
    ready = [name for name in engines.with_model(model) if name not in engines.speech_missing]
    if not ready:
        return "missing"
    return "ready" if any(engines.is_sold(name, model) for name in ready) else "ended"
