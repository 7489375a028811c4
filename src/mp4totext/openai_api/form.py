"""Parses OpenAI's transcription form and translates it to the options of this service."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mp4totext.openai_api.known_speakers import NAMES, REFERENCES
from mp4totext.openai_api.names import ModelChoice
from mp4totext.openai_api.refusals import InvalidField, of_options
from mp4totext.transcriptions.options import PROMPT_CHARACTERS, TranscriptionOptions

Task = Literal["transcribe", "translate"]
Format = Literal["json", "text", "srt", "verbose_json", "vtt", "diarized_json"]
Granularity = Literal["word", "segment"]
FORMATS: tuple[str, ...] = get_args(Format)
STREAMED = ("json", "text", "diarized_json")
_INDEX = re.compile(r"\[\d{0,4}\]$")  # include[] and include[0] are items of include


class ServerVad(BaseModel):
    """OpenAI's ``chunking_strategy``: checked; this service cuts at pauses by itself."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["server_vad"]
    prefix_padding_ms: int = Field(300, ge=0)
    silence_duration_ms: int = Field(200, ge=0)
    threshold: float = Field(0.5, ge=0, le=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioRequest:
    """A valid request for a transcription or translation."""

    task: Task
    options: TranscriptionOptions
    response_format: Format = "json"
    stream: bool = False
    words: bool = False  # in verbose_json
    segments: bool = True
    logprobs: bool = False
    known_names: tuple[str, ...] = ()
    known_references: tuple[str, ...] = ()  # data URLs, not checked


def read_form(
    lists: Mapping[str, Sequence[str]], task: Task, choose_model: Callable[[str], ModelChoice]
) -> AudioRequest:
    """Parse and validate the form. Raises AppError with the wrong field's name as ``param``."""
    form = _Fields(lists)
    choice = choose_model(form.text("model"))
    response_format = _format(form, task)
    stream = form.flag("stream")
    if stream and response_format not in STREAMED:
        raise InvalidField(
            "response_format",
            f"stream=true sends events of the text: response_format must be one of "
            f"{', '.join(STREAMED)}, not {response_format!r}.",
        )
    granularities = _granularities(form, response_format)
    _check_ignored(form)
    options = _options(form, task, choice, diarize=response_format == "diarized_json")
    known_names = form.items(NAMES)
    if known_names and not options.diarize:
        raise InvalidField(NAMES, f"{NAMES} need response_format=diarized_json.")
    return AudioRequest(
        task=task,
        options=options,
        response_format=response_format,
        stream=stream,
        words="word" in granularities,
        segments="segment" in granularities,
        logprobs=_logprobs(form, response_format),
        known_names=tuple(known_names),
        known_references=tuple(form.repeated(REFERENCES)),
    )


class _Fields:
    """The fields of a form by OpenAI's names.

    Clients encode lists and objects in several ways, all of which are accepted.
    """

    def __init__(self, lists: Mapping[str, Sequence[str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, values in lists.items():
            self._values.setdefault(_INDEX.sub("", name), []).extend(values)

    def text(self, name: str) -> str:
        return self._values.get(name, [""])[0].strip()

    def flag(self, name: str) -> bool:
        value = self.text(name).lower()
        if value not in ("", "true", "false", "1", "0"):
            raise InvalidField(name, f"{name} is true or false, not {value!r}.")
        return value in ("true", "1")

    def items(self, name: str) -> list[str]:
        """A list, given as repeated fields, a JSON array, or one field with commas."""
        values = self.repeated(name)
        if len(values) != 1 or len(self._values[name]) != 1 or self._values[name][0][:1] == "[":
            return values
        return [item.strip() for item in values[0].split(",") if item.strip()]

    def repeated(self, name: str) -> list[str]:
        """A list whose items may contain commas, given as repeated fields or a JSON array."""
        values = [value.strip() for value in self._values.get(name, ()) if value.strip()]
        if len(values) != 1 or not values[0].startswith("["):
            return values
        try:
            return [str(item) for item in json.loads(values[0])]
        except ValueError as error:
            raise InvalidField(name, f"{name} is not a JSON array.") from error

    def members(self, name: str) -> dict[str, str]:
        """The object that fields of the form ``name[member]=value`` describe."""
        prefix = f"{name}["
        return {
            field.removeprefix(prefix).removesuffix("]"): values[0]
            for field, values in self._values.items()
            if field.startswith(prefix)
        }


def _format(form: _Fields, task: Task) -> Format:
    name = form.text("response_format") or "json"
    if task == "translate" and name == "diarized_json":
        raise InvalidField("response_format", "A translation has no speakers: choose another.")
    for response_format in get_args(Format):
        if name == response_format:
            return response_format  # type: ignore[no-any-return]  # one of the Literal's
    raise InvalidField(
        "response_format",
        f"There is no response_format {name!r}. Formats: {', '.join(FORMATS)}.",
    )


def _granularities(form: _Fields, response_format: Format) -> list[str]:
    """The requested timestamp granularities; by default segments only, as in OpenAI's API."""
    granularities = form.items("timestamp_granularities")
    unknown = [name for name in granularities if name not in get_args(Granularity)]
    if unknown:
        raise InvalidField(
            "timestamp_granularities",
            f"timestamp_granularities are word and segment, not {unknown[0]!r}.",
        )
    if granularities and response_format != "verbose_json":
        raise InvalidField(
            "timestamp_granularities",
            "timestamp_granularities need response_format=verbose_json.",
        )
    return granularities or ["segment"]


def _logprobs(form: _Fields, response_format: Format) -> bool:
    included = form.items("include")
    unknown = [name for name in included if name != "logprobs"]
    if unknown:
        raise InvalidField("include", f"include may have logprobs, not {unknown[0]!r}.")
    if included and response_format != "json":
        raise InvalidField("include", "include=logprobs needs response_format=json.")
    return bool(included)


def _check_ignored(form: _Fields) -> None:
    """Validate fields that have no effect here. Raises AppError for invalid values."""
    temperature = form.text("temperature")
    if temperature:
        try:
            number = float(temperature)
        except ValueError:
            number = -1
        if not 0 <= number <= 1:
            raise InvalidField("temperature", f"temperature is 0 to 1, not {temperature!r}.")
    strategy: Any = form.members("chunking_strategy") or form.text("chunking_strategy")
    if strategy not in ("", "auto"):
        _check_strategy(strategy)


def _check_strategy(strategy: str | dict[str, str]) -> None:
    try:
        if isinstance(strategy, str):
            ServerVad.model_validate_json(strategy)
        else:
            ServerVad.model_validate(strategy)
    except ValidationError as error:
        raise InvalidField(
            "chunking_strategy",
            'chunking_strategy is "auto" or an object with "type": "server_vad".',
        ) from error


def _options(
    form: _Fields, task: Task, choice: ModelChoice, *, diarize: bool
) -> TranscriptionOptions:
    languages = form.items("languages")
    language = form.text("language") or (languages[0] if len(languages) == 1 else "")
    try:
        return TranscriptionOptions(
            engine=choice.engine,
            model=choice.model,
            language=language or "auto",
            # Whisper reads the end of a prompt.
            prompt=form.text("prompt")[-PROMPT_CHARACTERS:].strip() or None,
            vocabulary=tuple(form.items("keywords")),
            translate_to_english=task == "translate",
            diarize=choice.diarize or diarize,
            strict=False,  # OpenAI's own service leaves out what a model does not take
        )
    except ValidationError as error:
        raise of_options(error) from error
