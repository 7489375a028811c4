"""AssemblyAI: the whole file at once, with speakers, speech understanding and LLM Gateway."""

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import assemblyai
import httpx
import pydantic
from assemblyai import types as sdk
from assemblyai.api import upload_file
from assemblyai.prerecorded.v2 import api

from mp4totext.providers import vendor_errors
from mp4totext.providers.access import Access
from mp4totext.providers.base import Report
from mp4totext.providers.errors import (
    ProviderBusy,
    ProviderRejected,
    ProviderUnsupported,
)
from mp4totext.providers.json_fields import JsonObject
from mp4totext.providers.speech import assemblyai_gateway as gateway
from mp4totext.providers.speech.assemblyai_answer import result_of
from mp4totext.providers.speech.base import FileRequest, SpeechCapabilities, SpeechResult
from mp4totext.providers.speech.decoding.file_voice import voice_regions
from mp4totext.providers.speech.decoding.flac import write_file
from mp4totext.providers.vad import Vad
from mp4totext.providers.vendor_errors import Vendor

_KEYTERMS_MAX = 1_000
_KEYTERM_WORDS_MAX = 6
_REGIONAL = {"en-us": "en_us", "en-gb": "en_uk", "en-au": "en_au"}
_ASK_AGAIN_S = 15.0
_DELETED = "http://deleted_by_user"  # what takes the place of the address of deleted sound


class AssemblyAISpeech:
    """Steps may run in different processes: all that is kept is the vendor's transcript id."""

    def __init__(
        self,
        access: Access[SpeechCapabilities],
        *,
        models: tuple[str, ...],
        gateway_url: str,
        gateway_model: str,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``models`` in order of preference, for requests that name none."""
        self._access = access
        self._default_models = models
        self._gateway_url = gateway_url
        self._gateway_model = gateway_model
        self._sleep = sleep
        self._clock = clock
        self._vad = Vad()

    def start(self, request: FileRequest, report: Report) -> str:
        """Uploads the sound and orders the transcript; the answer is its id."""
        config = _config(request, self._models(request), self._access.vendor)
        work_dir = self._access.machine.work_dir
        work_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=work_dir) as folder:
            sound = Path(folder) / "sound.flac"
            write_file(sound, request, report)
            with self._client() as client, sound.open("rb") as file:
                url = upload_file(client.http_client, file)
                report(0)
                order = sdk.TranscriptRequest(audio_url=url, **config)
                reference = api.create_transcript(client.http_client, order).id
        if not reference:
            raise vendor_errors.unreadable(self._access.vendor)
        return str(reference)

    def collect(self, reference: str, request: FileRequest, report: Report) -> SpeechResult:
        """Asks every few seconds; ``report`` is called between, so that a cancel is felt."""
        answer = self._finished(reference, report)
        result = result_of(
            answer,
            request,
            voice=voice_regions(request, self._vad, report),
            warnings=_vocabulary(request, self._access.vendor)[1],
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
        vendor = self._access.vendor
        give_up = self._clock() + self._access.timeouts.wait_s
        while True:
            report(0)
            answer = self._fetched(reference)
            match answer.get("status"):
                case "completed" if answer.get("audio_url") == _DELETED:
                    raise ProviderRejected(
                        f"The transcript was deleted at {vendor.title}.",
                        provider=vendor.name,
                        code="deleted",
                    )
                case "completed":
                    return answer
                case "error":
                    raise ProviderRejected(
                        f"{vendor.title} could not transcribe the recording: "
                        f"{vendor_errors.readable(answer.get('error'))}",
                        provider=vendor.name,
                        code="transcription_failed",
                    )
                case "queued" | "processing":
                    pass
                case _:
                    raise vendor_errors.unreadable(vendor)
            if self._clock() >= give_up:
                raise ProviderBusy(
                    f"{vendor.title} is still working on the recording.",
                    provider=vendor.name,
                    code="in_progress",
                    retry_after_s=_ASK_AGAIN_S,
                )
            self._sleep(self._access.timeouts.poll_s)

    def _fetched(self, reference: str) -> JsonObject:
        with self._client() as client:
            # One word without a time must not cost the transcript: the SDK's types refuse it,
            # so its own copy of the answer is read.
            with suppress(pydantic.ValidationError):
                api.get_transcript(client.http_client, reference)
            response = client.last_response
            answer = json.loads(response.content) if response is not None else None
        if not isinstance(answer, dict):
            raise vendor_errors.unreadable(self._access.vendor)
        return answer

    def _written(self, result: SpeechResult, request: FileRequest) -> SpeechResult:
        assert request.gateway is not None
        text = "\n".join(
            f"{segment.speaker}: {segment.text}" if segment.speaker else segment.text
            for segment in result.segments
        )
        with gateway.client(
            key=self._access.key, base_url=self._gateway_url, timeout=self._timeout()
        ) as client:

            def post(body: dict[str, Any]) -> dict[str, Any]:
                return _posted(client, body, self._access.vendor)

            asked = request.gateway
            if asked.language is None:
                asked = replace(asked, language=result.language)
            found, failed = gateway.written(asked, text, model=self._gateway_model, post=post)
        return replace(result, gateway=found, warnings=(*result.warnings, *failed))

    def _models(self, request: FileRequest) -> tuple[str, ...]:
        return (request.model,) if request.model else self._default_models

    def _timeout(self) -> httpx.Timeout:
        timeouts = self._access.timeouts
        return httpx.Timeout(timeouts.silence_s, connect=timeouts.connect_s)

    @contextmanager
    def _client(self) -> Iterator[assemblyai.Client]:
        """A client for one step: it remembers its last response, which threads must not share."""
        client = assemblyai.Client(
            settings=sdk.Settings(
                api_key=self._access.key,
                base_url=self._access.base_url,
                http_timeout=self._access.timeouts.silence_s,
            )
        )
        client.http_client.timeout = self._timeout()
        with client.http_client, _errors(self._access.vendor, client):
            yield client


def build(
    access: Access[SpeechCapabilities], *, models: str, gateway_url: str, gateway_model: str
) -> AssemblyAISpeech:
    """``models`` with commas, as in the setting."""
    names = tuple(name.strip() for name in models.split(",") if name.strip())
    return AssemblyAISpeech(
        access, models=names, gateway_url=gateway_url, gateway_model=gateway_model
    )


def _config(
    request: FileRequest, models: tuple[str, ...], vendor: Vendor
) -> dict[str, Any]:  # the SDK's arguments
    if request.translate_to_english:
        raise ProviderUnsupported(
            f"{vendor.title} does not translate. Choose faster-whisper, whisper, openai, groq or "
            "modal.",
            provider=vendor.name,
        )
    config: dict[str, Any] = {"speech_models": list(models)}
    if request.language:
        config["language_code"] = _language_code(request.language)
    else:
        config["language_detection"] = True
    config |= _speakers(request)
    config |= dict.fromkeys(sorted(request.features), True)
    if terms := _vocabulary(request, vendor)[0]:
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


def _vocabulary(request: FileRequest, vendor: Vendor) -> tuple[list[str], tuple[str, ...]]:
    """Key terms the vendor takes, and a warning about those it does not."""
    fitting = [term for term in request.vocabulary if len(term.split()) <= _KEYTERM_WORDS_MAX]
    terms = fitting[:_KEYTERMS_MAX]
    left = len(request.vocabulary) - len(terms)
    if not left:
        return terms, ()
    return terms, (
        f"{left} entries of the vocabulary were not used: {vendor.title} takes {_KEYTERMS_MAX} of "
        f"at most {_KEYTERM_WORDS_MAX} words each.",
    )


def _posted(
    client: httpx.Client, body: dict[str, Any], vendor: Vendor
) -> dict[str, Any]:  # the vendor's JSON
    with _errors(vendor, None):
        response = client.post("/v1/chat/completions", json=body)
        if response.status_code != httpx.codes.OK:
            raise _from_response(vendor, response, response.text)
        answer = response.json()
        if not isinstance(answer, dict):
            raise vendor_errors.unreadable(vendor)
        return answer


@contextmanager
def _errors(vendor: Vendor, client: assemblyai.Client | None) -> Iterator[None]:
    try:
        yield
    except httpx.TimeoutException as error:
        raise vendor_errors.unreachable(vendor, timed_out=True) from error
    except httpx.HTTPError as error:
        raise vendor_errors.unreachable(vendor) from error
    except sdk.AssemblyAIError as error:
        response = client.last_response if client is not None else None
        if response is None or response.status_code == httpx.codes.OK:
            raise vendor_errors.unreadable(vendor) from error
        raise _from_response(vendor, response, str(error)) from None  # the vendor may quote the key
    except (ValueError, KeyError, TypeError) as error:  # the SDK reads answers without looking
        raise vendor_errors.unreadable(vendor) from error


def _from_response(vendor: Vendor, response: httpx.Response, fallback: str) -> Exception:
    """Both of the vendor's error bodies: {"error"} and {"message", "code"}."""
    said, code = fallback, None
    with suppress(ValueError, AttributeError):
        body = response.json()
        said = body.get("error") or body.get("message") or fallback
        code = body.get("code")
    return vendor_errors.from_status(
        vendor,
        status=response.status_code,
        message=said,
        code=str(code) if code else None,
        headers=response.headers,
    )
