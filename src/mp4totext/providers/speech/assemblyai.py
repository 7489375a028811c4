"""AssemblyAI: transcribes whole files, with speakers, speech understanding and LLM Gateway."""

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

from mp4totext.kit.counts import vendor_call
from mp4totext.providers import vendor_errors
from mp4totext.providers.access import Access
from mp4totext.providers.base import Report
from mp4totext.providers.errors import ProviderBusy, ProviderRejected, ProviderUnsupported
from mp4totext.providers.http_client import HttpClient, from_response
from mp4totext.providers.json_fields import JsonObject, parse_object
from mp4totext.providers.speech import assemblyai_gateway as gateway
from mp4totext.providers.speech.assemblyai_answer import result_of
from mp4totext.providers.speech.base import (
    FileRequest,
    GatewayRequest,
    SpeechCapabilities,
    SpeechResult,
)
from mp4totext.providers.speech.decoding.file_voice import voice_regions
from mp4totext.providers.speech.decoding.flac import write_file
from mp4totext.providers.vad import Vad

# Published limits of key terms.
_KEYTERMS_MAX = 1_000
_KEYTERM_WORDS_MAX = 6
_REGIONAL = {"en-us": "en_us", "en-gb": "en_uk", "en-au": "en_au"}
# Seconds after which a worker that returned the job to the queue polls again.
_COLLECT_AGAIN_S = 15.0
_DELETED = "http://deleted_by_user"  # address of deleted sound in the vendor's responses


class AssemblyAISpeech:
    """Steps may run in different processes, so only the vendor's transcript id is kept."""

    def __init__(
        self,
        access: Access[SpeechCapabilities],
        *,
        models: str,
        gateway_url: str,
        gateway_model: str,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``models``: comma-separated names in order of preference, for requests that name none."""
        self._access = access
        self._vendor = access.vendor
        self._models = [name.strip() for name in models.split(",") if name.strip()]
        self._gateway_url = gateway_url
        self._gateway_model = gateway_model
        self._sleep = sleep
        self._clock = clock
        self._vad = Vad()

    def start(self, request: FileRequest, report: Report) -> str:
        """Upload the sound and order the transcript; return its id."""
        options = self._options(request)
        with tempfile.TemporaryDirectory(dir=request.work_dir) as folder:
            path = Path(folder) / "sound.flac"
            write_file(path, request, report)
            with self._client() as client, path.open("rb") as file:
                url = upload_file(client.http_client, file)
                report(0)  # raises if the job was cancelled, before anything is paid
                order = sdk.TranscriptRequest(audio_url=url, **options)
                reference = api.create_transcript(client.http_client, order).id
        if not reference:
            raise vendor_errors.unreadable(self._vendor)
        return str(reference)

    def collect(self, reference: str, request: FileRequest, report: Report) -> SpeechResult:
        """Poll every few seconds; ``report`` is called after each poll, and may raise."""
        answer = self._finished(reference, report)
        voice = voice_regions(request, self._vad, report)
        _, warnings = self._key_terms(request)
        result = result_of(answer, request, voice=voice, warnings=warnings)
        if request.gateway is not None and result.segments:
            result = self._with_gateway(result, request.gateway)
        report(request.duration_ms)
        return result

    def discard(self, reference: str) -> None:
        """Delete the transcript and the upload. It may be called twice."""
        try:
            with self._client() as client:
                api.delete_transcript(client.http_client, reference)
        except ProviderRejected as error:
            if error.code != "404":
                raise

    def _finished(self, reference: str, report: Report) -> JsonObject:
        title, name = self._vendor.title, self._vendor.name
        give_up_at = self._clock() + self._access.timeouts.wait_s
        while True:
            report(0)
            answer = self._fetched(reference)
            match answer.get("status"):
                case "completed" if answer.get("audio_url") == _DELETED:
                    raise ProviderRejected(
                        f"The transcript was deleted at {title}.", provider=name, code="deleted"
                    )
                case "completed":
                    return answer
                case "error":
                    raise ProviderRejected(
                        f"{title} could not transcribe the recording: "
                        f"{vendor_errors.readable(answer.get('error'))}",
                        provider=name,
                        code="transcription_failed",
                    )
                case "queued" | "processing":
                    pass
                case _:
                    raise vendor_errors.unreadable(self._vendor)
            if self._clock() >= give_up_at:
                raise ProviderBusy(
                    f"{title} is still working on the recording.",
                    provider=name,
                    code="in_progress",
                    retry_after_s=_COLLECT_AGAIN_S,
                )
            self._sleep(self._access.timeouts.poll_s)

    def _fetched(self, reference: str) -> JsonObject:
        with self._client() as client:
            # The SDK's types refuse a transcript in which one word has no time, so its raw
            # response is read.
            with suppress(pydantic.ValidationError):
                api.get_transcript(client.http_client, reference)
            response = client.last_response
            return parse_object(response.content if response is not None else b"")

    def _with_gateway(self, result: SpeechResult, request: GatewayRequest) -> SpeechResult:
        if request.language is None:
            request = replace(request, language=result.language)
        transcript = "\n".join(
            f"{segment.speaker}: {segment.text}" if segment.speaker else segment.text
            for segment in result.segments
        )
        with HttpClient(
            self._access,
            base_url=self._gateway_url,
            headers={"authorization": self._access.key},
        ) as client:
            answers, warnings = gateway.answer_all(
                request,
                transcript,
                model=self._gateway_model,
                post=lambda body: client.post_for_json("/v1/chat/completions", json=body),
            )
        return replace(result, gateway=answers, warnings=(*result.warnings, *warnings))

    @contextmanager
    def _client(self) -> Iterator[assemblyai.Client]:
        """A client for one step: it remembers its last response, so threads must not share it."""
        timeouts = self._access.timeouts
        client = assemblyai.Client(
            settings=sdk.Settings(
                api_key=self._access.key,
                base_url=self._access.base_url,
                http_timeout=timeouts.silence_s,
            )
        )
        client.http_client.timeout = httpx.Timeout(timeouts.silence_s, connect=timeouts.connect_s)
        with (
            client.http_client,
            vendor_call(self._vendor.name),
            self._translated_errors(client),
        ):
            yield client

    @contextmanager
    def _translated_errors(self, client: assemblyai.Client) -> Iterator[None]:
        try:
            yield
        except httpx.ConnectTimeout as error:
            raise vendor_errors.unreachable(self._vendor) from error
        except httpx.TimeoutException as error:
            raise vendor_errors.unreachable(self._vendor, timed_out=True) from error
        except httpx.HTTPError as error:
            raise vendor_errors.unreachable(self._vendor) from error
        except sdk.AssemblyAIError as error:
            response = client.last_response
            if response is None or response.is_success:
                raise vendor_errors.unreadable(self._vendor) from error
            # The vendor may quote the key in its response.
            raise from_response(self._vendor, response) from None
        # The SDK expects every field to be there.
        except (ValueError, KeyError, TypeError) as error:
            raise vendor_errors.unreadable(self._vendor) from error

    def _options(self, request: FileRequest) -> dict[str, Any]:  # the SDK's keyword arguments
        if request.options.translate_to_english:
            raise ProviderUnsupported(
                f"{self._vendor.title} does not translate. Choose faster-whisper, whisper, openai, "
                "groq or modal.",
                provider=self._vendor.name,
            )
        models = [request.options.model] if request.options.model else self._models
        options: dict[str, Any] = {"speech_models": models, **_speaker_options(request)}
        if request.options.language:
            tag = request.options.language.lower()
            options["language_code"] = _REGIONAL.get(tag, tag.partition("-")[0])
        else:
            options["language_detection"] = True
        options |= dict.fromkeys(sorted(request.features), True)
        terms, _ = self._key_terms(request)
        if terms:
            # Universal-2 alone supports the older name only.
            older = models == ["universal-2"]
            options["word_boost" if older else "keyterms_prompt"] = terms
        return options

    def _key_terms(self, request: FileRequest) -> tuple[list[str], tuple[str, ...]]:
        """The vocabulary within the vendor's limits, and a warning about the rest."""
        fitting = [
            term for term in request.options.hints if len(term.split()) <= _KEYTERM_WORDS_MAX
        ]
        terms = fitting[:_KEYTERMS_MAX]
        left_out = len(request.options.hints) - len(terms)
        if not left_out:
            return terms, ()
        return terms, (
            f"{left_out} entries of the vocabulary were not used: {self._vendor.title} takes "
            f"{_KEYTERMS_MAX} of at most {_KEYTERM_WORDS_MAX} words each.",
        )


def _speaker_options(request: FileRequest) -> dict[str, Any]:  # the SDK's keyword arguments
    if request.speakers is None:
        return {}
    low, high = request.speakers.min_speakers, request.speakers.max_speakers
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
