"""OpenAI's audio API: Whisper and the GPT transcription models, window by window."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import openai
from openai import OpenAI

from mp4totext.providers import vendor_errors
from mp4totext.providers.base import Report
from mp4totext.providers.errors import ProviderMisconfigured, ProviderUnsupported
from mp4totext.providers.json_fields import JsonObject
from mp4totext.providers.speech.base import SpeechRequest, SpeechResult
from mp4totext.providers.speech.decoding.openai_audio import heard_by, parsed, prompt_of
from mp4totext.providers.speech.languages import to_whisper
from mp4totext.providers.vad import Vad
from mp4totext.settings import Settings

NAME, TITLE, KEY = "openai", "OpenAI", "OPENAI_API_KEY"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Model:
    """How a model is asked; what is not named takes the defaults of Whisper."""

    answer: Literal["verbose_json", "json", "diarized_json"] = "verbose_json"
    vocabulary: Literal["prompt", "keywords"] | None = "prompt"
    log_probs: bool = False


_WHISPER = _Model()
_MODELS: Mapping[str, _Model] = {
    "whisper-1": _WHISPER,
    "gpt-transcribe": _Model(answer="json", vocabulary="keywords"),
    "gpt-4o-transcribe": _Model(answer="json", log_probs=True),
    "gpt-4o-mini-transcribe": _Model(answer="json", log_probs=True),
    "gpt-4o-mini-transcribe-2025-12-15": _Model(answer="json", log_probs=True),
    "gpt-4o-transcribe-diarize": _Model(answer="diarized_json", vocabulary=None),
}


class OpenAISpeech:
    """The SDK's client is safe to share between threads. Retries are the job's, not the SDK's."""

    def __init__(
        self,
        *,
        key: str,
        model: str,
        base_url: str | None,
        timeout_s: float,
        connect_timeout_s: float,
    ) -> None:
        self._model = model
        self._vad = Vad()
        self._client = OpenAI(
            api_key=key,
            base_url=base_url,
            timeout=openai.Timeout(timeout_s, connect=connect_timeout_s),
            max_retries=0,
        )

    def transcribe(self, request: SpeechRequest, report: Report) -> SpeechResult:
        name = request.model or self._model
        # A server that only follows this API brings its own names: those are taken for Whispers.
        model = _MODELS.get(name, _WHISPER)
        if request.translate_to_english and model is not _WHISPER:
            raise ProviderUnsupported(
                f"The model {name!r} does not translate: choose whisper-1.", provider=NAME
            )
        options, warnings = _options(name, model, request)

        def ask(sound: bytes) -> JsonObject:
            return self._ask(("window.flac", sound, "audio/flac"), options, request)

        return heard_by(
            ask,
            request,
            provider=NAME,
            vad=self._vad,
            model=name,
            report=report,
            warnings=warnings,
        )

    def _ask(
        self, file: tuple[str, bytes, str], options: dict[str, Any], request: SpeechRequest
    ) -> JsonObject:
        audio = self._client.audio
        with _errors():
            # The raw answer: the SDK's own types trust every field to be there.
            if request.translate_to_english:
                answer = audio.translations.with_raw_response.create(file=file, **options)
            else:
                answer = audio.transcriptions.with_raw_response.create(file=file, **options)
            return parsed(answer.content)


def build(settings: Settings) -> OpenAISpeech:
    engines = settings.engines
    if engines.openai_api_key is None:
        raise ProviderMisconfigured(f"openai: set {KEY}", provider=NAME)
    return OpenAISpeech(
        key=engines.openai_api_key.get_secret_value(),
        model=engines.openai_speech_model,
        base_url=engines.openai_base_url,
        timeout_s=engines.vendor_timeout_s,
        connect_timeout_s=engines.vendor_connect_timeout_s,
    )


def _options(
    name: str, model: _Model, request: SpeechRequest
) -> tuple[dict[str, Any], tuple[str, ...]]:  # the SDK's keyword arguments, and warnings
    options: dict[str, Any] = {"model": name, "response_format": model.answer}
    if model.answer == "verbose_json" and not request.translate_to_english:
        options["timestamp_granularities"] = ["word", "segment"]
    if model.answer == "diarized_json":
        options["chunking_strategy"] = "auto"  # required beyond 30 s
    if model.log_probs:
        options["include"] = ["logprobs"]
    if request.language and not request.translate_to_english:
        options["language"] = to_whisper(request.language)
    if not request.vocabulary:
        return options, ()
    if model.vocabulary is None:
        return options, (f"The model {name!r} takes no vocabulary; it was not used.",)
    if model.vocabulary == "keywords":
        return options | {"keywords": list(request.vocabulary)}, ()
    prompt, warnings = prompt_of(request.vocabulary)
    return options | {"prompt": prompt}, warnings


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except openai.APITimeoutError as error:
        raise vendor_errors.unreachable(NAME, TITLE, timed_out=True) from error
    except openai.APIConnectionError as error:
        raise vendor_errors.unreachable(NAME, TITLE) from error
    except openai.APIStatusError as error:
        raise vendor_errors.from_status(
            provider=NAME,
            title=TITLE,
            setting=KEY,
            status=error.status_code,
            message=_reason(error),
            code=error.code,
            headers=error.response.headers,
        ) from None  # the vendor may quote the key in its answer
    except (openai.APIError, ValueError) as error:
        raise vendor_errors.not_understood(NAME, TITLE) from error


def _reason(error: openai.APIStatusError) -> str:
    """The vendor's own sentence; the SDK's message also repeats the whole body."""
    said = error.body.get("message") if isinstance(error.body, dict) else None
    return said if isinstance(said, str) else error.message
