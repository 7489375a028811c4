"""Groq's audio API: Whisper large-v3 and turbo at many times real time, window by window."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import groq
from groq import Groq

from mp4totext.providers import vendor_errors
from mp4totext.providers.base import Report
from mp4totext.providers.errors import ProviderBusy, ProviderMisconfigured
from mp4totext.providers.json_fields import JsonObject
from mp4totext.providers.speech.base import SpeechRequest, SpeechResult
from mp4totext.providers.speech.decoding.openai_audio import heard_by, parsed, prompt_of
from mp4totext.providers.speech.languages import to_whisper
from mp4totext.providers.vad import Vad
from mp4totext.settings import Settings

NAME, TITLE, KEY = "groq", "Groq", "GROQ_API_KEY"
_NO_CAPACITY = 498  # Groq's own status for a full flex tier
_TRANSLATOR = "whisper-large-v3"  # turbo was not trained to translate


class GroqSpeech:
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
        self._client = Groq(
            api_key=key,
            base_url=base_url,
            timeout=groq.Timeout(timeout_s, connect=connect_timeout_s),
            max_retries=0,
        )

    def transcribe(self, request: SpeechRequest, report: Report) -> SpeechResult:
        model = _TRANSLATOR if request.translate_to_english else request.model or self._model
        options: dict[str, Any] = {"model": model, "response_format": "verbose_json"}
        prompt, warnings = prompt_of(request.vocabulary)
        if prompt:
            options["prompt"] = prompt
        if not request.translate_to_english:
            options["timestamp_granularities"] = ["word", "segment"]
            if request.language:
                options["language"] = to_whisper(request.language)

        def ask(sound: bytes) -> JsonObject:
            return self._ask(("window.flac", sound, "audio/flac"), options, request)

        return heard_by(
            ask,
            request,
            provider=NAME,
            vad=self._vad,
            model=model,
            report=report,
            warnings=warnings,
        )

    def _ask(
        self, file: tuple[str, bytes, str], options: dict[str, Any], request: SpeechRequest
    ) -> JsonObject:
        audio = self._client.audio
        with _errors():
            # The raw answer: the SDK's type keeps the text only.
            if request.translate_to_english:
                said = audio.translations.with_raw_response.create(file=file, **options).read()
            else:
                said = audio.transcriptions.with_raw_response.create(file=file, **options).read()
            return parsed(said)


def build(settings: Settings) -> GroqSpeech:
    engines = settings.engines
    if engines.groq_api_key is None:
        raise ProviderMisconfigured(f"groq: set {KEY}", provider=NAME)
    return GroqSpeech(
        key=engines.groq_api_key.get_secret_value(),
        model=engines.groq_speech_model,
        base_url=engines.groq_base_url,
        timeout_s=engines.vendor_timeout_s,
        connect_timeout_s=engines.vendor_connect_timeout_s,
    )


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except groq.APITimeoutError as error:
        raise vendor_errors.unreachable(NAME, TITLE, timed_out=True) from error
    except groq.APIConnectionError as error:
        raise vendor_errors.unreachable(NAME, TITLE) from error
    except groq.APIStatusError as error:
        if error.status_code == _NO_CAPACITY:
            raise ProviderBusy(
                f"{TITLE} has no capacity now.", provider=NAME, code="capacity"
            ) from error
        said, code = _reason(error)
        raise vendor_errors.from_status(
            provider=NAME,
            title=TITLE,
            setting=KEY,
            status=error.status_code,
            message=said,
            code=code,
            headers=error.response.headers,
        ) from None  # the vendor may quote the key in its answer
    except (groq.APIError, ValueError) as error:
        raise vendor_errors.not_understood(NAME, TITLE) from error


def _reason(error: groq.APIStatusError) -> tuple[str, str | None]:
    """The vendor's own sentence and code, which its SDK leaves in the body."""
    body = error.body.get("error", error.body) if isinstance(error.body, dict) else None
    if not isinstance(body, dict):
        return error.message, None
    said, code = body.get("message"), body.get("code")
    return (
        said if isinstance(said, str) else error.message,
        code if isinstance(code, str) else None,
    )
