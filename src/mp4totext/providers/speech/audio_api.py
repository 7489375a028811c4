"""OpenAI's audio API and vendors that follow it, called for each window."""

from typing import Any

from mp4totext.providers.access import Access
from mp4totext.providers.base import Report
from mp4totext.providers.errors import ProviderUnsupported
from mp4totext.providers.json_fields import JsonObject, parse_object
from mp4totext.providers.openai_sdk import SdkClient
from mp4totext.providers.speech.audio_models import WHISPER, AudioModel, AudioQuirks
from mp4totext.providers.speech.base import SpeechCapabilities, SpeechRequest, SpeechResult
from mp4totext.providers.speech.decoding.openai_audio import prompt_of, transcribe_window
from mp4totext.providers.speech.languages import to_whisper
from mp4totext.providers.vad import Vad


class AudioApiSpeech:
    def __init__(
        self, access: Access[SpeechCapabilities], *, model: str, quirks: AudioQuirks
    ) -> None:
        """``model``: for requests that name none."""
        self._client = SdkClient(access, quirks.sdk)
        self._default_model = model
        self._quirks = quirks
        self._vad = Vad()

    def transcribe(self, request: SpeechRequest, report: Report) -> SpeechResult:
        """Raises ProviderUnsupported for a translation if no model of the vendor translates."""
        name = request.options.model or self._default_model
        if request.options.translate_to_english and self._quirks.translator is not None:
            name = self._quirks.translator
        model = self._quirks.models.get(name, WHISPER)
        if request.options.translate_to_english and not model.translates:
            able = " or ".join(n for n, m in self._quirks.models.items() if m.translates)
            raise ProviderUnsupported(
                f"The model {name!r} does not translate: choose {able}.",
                provider=self._client.vendor.name,
            )
        options, warnings = _options(name, model, request)

        def send(flac: bytes) -> JsonObject:
            return self._send(("window.flac", flac, "audio/flac"), options, request)

        return transcribe_window(
            send,
            request,
            provider=self._client.vendor.name,
            vad=self._vad,
            model=name,
            report=report,
            warnings=warnings,
        )

    def _send(
        self, file: tuple[str, bytes, str], options: dict[str, Any], request: SpeechRequest
    ) -> JsonObject:
        audio = self._client.api.audio
        task = audio.translations if request.options.translate_to_english else audio.transcriptions
        with self._client.translated_errors():
            # The raw response: the SDKs' own types keep only the text, or require every field.
            answer = task.with_raw_response.create(file=file, **options)
            return parse_object(answer.http_response.content)


def _options(
    name: str, model: AudioModel, request: SpeechRequest
) -> tuple[dict[str, Any], tuple[str, ...]]:  # the SDK's keyword arguments, and warnings
    options: dict[str, Any] = {"model": name, "response_format": model.answer}
    if model.answer == "verbose_json" and not request.options.translate_to_english:
        options["timestamp_granularities"] = ["word", "segment"]
    if model.answer == "diarized_json":
        options["chunking_strategy"] = "auto"  # required for more than 30 s
    if model.log_probs:
        options["include"] = ["logprobs"]
    if request.options.language and not request.options.translate_to_english:
        options["language"] = to_whisper(request.options.language)
    if not request.options.hints:
        return options, ()
    if model.vocabulary is None:
        return options, (f"The model {name!r} takes no vocabulary; it was not used.",)
    if model.vocabulary == "keywords":
        hints = {"keywords": list(request.options.vocabulary), "prompt": request.options.prompt}
        return options | {name: value for name, value in hints.items() if value}, ()
    prompt, warnings = prompt_of(request.options.hints)
    return options | ({"prompt": prompt} if prompt else {}), warnings
