"""AssemblyAI: the whole file at once, with speakers, speech understanding and LLM Gateway."""

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import assemblyai
import httpx
import pydantic
from assemblyai import types as sdk
from assemblyai.api import upload_file
from assemblyai.prerecorded.v2 import api

from mp4totext.providers import vendor_errors
from mp4totext.providers.base import Report
from mp4totext.providers.errors import (
    ProviderBusy,
    ProviderMisconfigured,
    ProviderRejected,
    ProviderUnsupported,
)
from mp4totext.providers.json_fields import JsonObject
from mp4totext.providers.speech import assemblyai_gateway as gateway
from mp4totext.providers.speech.assemblyai_answer import result_of
from mp4totext.providers.speech.base import FileRequest, SpeechResult
from mp4totext.providers.speech.decoding.file_voice import voice_regions
from mp4totext.providers.speech.decoding.flac import write_file
from mp4totext.providers.vad import Vad
from mp4totext.settings import Settings

NAME, TITLE, KEY = "assemblyai", "AssemblyAI", "ASSEMBLYAI_API_KEY"
_KEYTERMS_MAX = 1_000
_KEYTERM_WORDS_MAX = 6
_REGIONAL = {"en-us": "en_us", "en-gb": "en_uk", "en-au": "en_au"}
_ASK_AGAIN_S = 15.0
_DELETED = "http://deleted_by_user"  # what takes the place of the address of deleted sound


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    key: str
    base_url: str
    gateway_url: str
    models: tuple[str, ...]
    gateway_model: str
    timeout_s: float
    connect_timeout_s: float
    poll_s: float
    wait_s: float
    work_dir: Path


class AssemblyAISpeech:
    """Steps may run in different processes: all that is kept is the vendor's transcript id."""

    def __init__(
        self,
        options: Options,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._options = options
        self._sleep = sleep
        self._clock = clock
        self._vad = Vad()

    def start(self, request: FileRequest, report: Report) -> str:
        """Uploads the sound and orders the transcript; the answer is its id."""
        config = _config(request, self._models(request))
        self._options.work_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._options.work_dir) as folder:
            sound = Path(folder) / "sound.flac"
            write_file(sound, request, report)
            with self._client() as client, sound.open("rb") as file:
                url = upload_file(client.http_client, file)
                report(0)
                order = sdk.TranscriptRequest(audio_url=url, **config)
                reference = api.create_transcript(client.http_client, order).id
        if not reference:
            raise vendor_errors.not_understood(NAME, TITLE)
        return str(reference)

    def collect(self, reference: str, request: FileRequest, report: Report) -> SpeechResult:
        """Asks every few seconds; ``report`` is called between, so that a cancel is felt."""
        answer = self._finished(reference, report)
        result = result_of(
            answer,
            request,
            voice=voice_regions(request, self._vad, report),
            warnings=_vocabulary(request)[1],
        )
        if request.gateway is not None and result.segments:
            result = self._written(result, request)
        report(request.duration_ms)
        return result

    def forget(self, reference: str) -> None:
        """Deletes the transcript and what was uploaded for it; doing so twice is no error."""
        try:
            with self._client() as client:
                api.delete_transcript(client.http_client, reference)
        except ProviderRejected as error:
            if error.code != "404":
                raise

    def _finished(self, reference: str, report: Report) -> JsonObject:
        give_up = self._clock() + self._options.wait_s
        while True:
            report(0)
            answer = self._fetched(reference)
            match answer.get("status"):
                case "completed" if answer.get("audio_url") == _DELETED:
                    raise ProviderRejected(
                        f"The transcript was deleted at {TITLE}.", provider=NAME, code="deleted"
                    )
                case "completed":
                    return answer
                case "error":
                    raise ProviderRejected(
                        f"{TITLE} could not transcribe the recording: "
                        f"{vendor_errors.readable(answer.get('error'))}",
                        provider=NAME,
                        code="transcription_failed",
                    )
                case "queued" | "processing":
                    pass
                case _:
                    raise vendor_errors.not_understood(NAME, TITLE)
            if self._clock() >= give_up:
                raise ProviderBusy(
                    f"{TITLE} is still working on the recording.",
                    provider=NAME,
                    code="in_progress",
                    retry_after_s=_ASK_AGAIN_S,
                )
            self._sleep(self._options.poll_s)

    def _fetched(self, reference: str) -> JsonObject:
        with self._client() as client:
            # One word without a time must not cost the transcript: the SDK's types refuse it,
            # so its own copy of the answer is read.
            with suppress(pydantic.ValidationError):
                api.get_transcript(client.http_client, reference)
            response = client.last_response
            answer = json.loads(response.content) if response is not None else None
        if not isinstance(answer, dict):
            raise vendor_errors.not_understood(NAME, TITLE)
        return answer

    def _written(self, result: SpeechResult, request: FileRequest) -> SpeechResult:
        assert request.gateway is not None
        options = self._options
        text = "\n".join(
            f"{segment.speaker}: {segment.text}" if segment.speaker else segment.text
            for segment in result.segments
        )
        with gateway.client(
            key=options.key, base_url=options.gateway_url, timeout=self._timeout()
        ) as client:

            def post(body: dict[str, Any]) -> dict[str, Any]:
                return _posted(client, body)

            asked = request.gateway
            if asked.language is None:
                asked = replace(asked, language=result.language)
            found, failed = gateway.written(asked, text, model=options.gateway_model, post=post)
        return replace(result, gateway=found, warnings=(*result.warnings, *failed))

    def _models(self, request: FileRequest) -> tuple[str, ...]:
        return (request.model,) if request.model else self._options.models

    def _timeout(self) -> httpx.Timeout:
        return httpx.Timeout(self._options.timeout_s, connect=self._options.connect_timeout_s)

    @contextmanager
    def _client(self) -> Iterator[assemblyai.Client]:
        """A client for one step: it remembers its last response, which threads must not share."""
        client = assemblyai.Client(
            settings=sdk.Settings(
                api_key=self._options.key,
                base_url=self._options.base_url,
                http_timeout=self._options.timeout_s,
            )
        )
        client.http_client.timeout = self._timeout()
        with client.http_client, _errors(client):
            yield client


def build(settings: Settings) -> AssemblyAISpeech:
    engines = settings.engines
    if engines.assemblyai_api_key is None:
        raise ProviderMisconfigured(f"assemblyai: set {KEY}", provider=NAME)
    models = tuple(m.strip() for m in engines.assemblyai_speech_models.split(",") if m.strip())
    return AssemblyAISpeech(
        Options(
            key=engines.assemblyai_api_key.get_secret_value(),
            base_url=engines.assemblyai_base_url,
            gateway_url=engines.assemblyai_gateway_url,
            models=models,
            gateway_model=engines.assemblyai_gateway_model,
            timeout_s=engines.vendor_timeout_s,
            connect_timeout_s=engines.vendor_connect_timeout_s,
            poll_s=engines.vendor_poll_s,
            wait_s=engines.vendor_wait_s,
            work_dir=settings.work_dir,
        )
    )


def _config(request: FileRequest, models: tuple[str, ...]) -> dict[str, Any]:  # SDK's arguments
    if request.translate_to_english:
        raise ProviderUnsupported(
            f"{TITLE} does not translate while it listens. Choose faster-whisper, whisper, openai, "
            "groq or modal.",
            provider=NAME,
        )
    config: dict[str, Any] = {"speech_models": list(models)}
    if request.language:
        config["language_code"] = _language_code(request.language)
    else:
        config["language_detection"] = True
    config |= _speakers(request)
    config |= dict.fromkeys(sorted(request.features), True)
    if terms := _vocabulary(request)[0]:
        # Models before Universal-3 know the older name only.
        prompted = any(model.startswith("universal-3") for model in models)
        config["keyterms_prompt" if prompted else "word_boost"] = terms
    return config


def _language_code(language: str) -> str:
    lowered = language.lower()
    return _REGIONAL.get(lowered, lowered.partition("-")[0])


def _speakers(request: FileRequest) -> dict[str, Any]:  # SDK's arguments
    if not request.diarize:
        return {}
    low, high = request.min_speakers, request.max_speakers
    if low is not None and low == high:
        return {"speaker_labels": True, "speakers_expected": low}
    if low is None and high is None:
        return {"speaker_labels": True}
    return {
        "speaker_labels": True,
        "speaker_options": sdk.SpeakerOptions(
            min_speakers_expected=low, max_speakers_expected=high
        ),
    }


def _vocabulary(request: FileRequest) -> tuple[list[str], tuple[str, ...]]:
    """Key terms the vendor takes, and a warning about those it does not."""
    fitting = [term for term in request.vocabulary if len(term.split()) <= _KEYTERM_WORDS_MAX]
    terms = fitting[:_KEYTERMS_MAX]
    left = len(request.vocabulary) - len(terms)
    if not left:
        return terms, ()
    return terms, (
        f"{left} entries of the vocabulary were not used: {TITLE} takes {_KEYTERMS_MAX} of at most "
        f"{_KEYTERM_WORDS_MAX} words each.",
    )


def _posted(client: httpx.Client, body: dict[str, Any]) -> dict[str, Any]:  # the vendor's JSON
    with _errors(None):
        response = client.post("/v1/chat/completions", json=body)
        if response.status_code != httpx.codes.OK:
            raise _from_response(response, response.text)
        answer = response.json()
        if not isinstance(answer, dict):
            raise vendor_errors.not_understood(NAME, TITLE)
        return answer


@contextmanager
def _errors(client: assemblyai.Client | None) -> Iterator[None]:
    try:
        yield
    except httpx.TimeoutException as error:
        raise vendor_errors.unreachable(NAME, TITLE, timed_out=True) from error
    except httpx.HTTPError as error:
        raise vendor_errors.unreachable(NAME, TITLE) from error
    except sdk.AssemblyAIError as error:
        response = client.last_response if client is not None else None
        if response is None or response.status_code == httpx.codes.OK:
            raise vendor_errors.not_understood(NAME, TITLE) from error
        raise _from_response(response, str(error)) from None  # the vendor may quote the key
    except (ValueError, KeyError, TypeError) as error:  # the SDK reads answers without looking
        raise vendor_errors.not_understood(NAME, TITLE) from error


def _from_response(response: httpx.Response, fallback: str) -> Exception:
    """Both of the vendor's error bodies: {"error"} and {"message", "code"}."""
    said, code = fallback, None
    with suppress(ValueError, AttributeError):
        body = response.json()
        said = body.get("error") or body.get("message") or fallback
        code = body.get("code")
    return vendor_errors.from_status(
        provider=NAME,
        title=TITLE,
        setting=KEY,
        status=response.status_code,
        message=said,
        code=str(code) if code else None,
        headers=response.headers,
    )
