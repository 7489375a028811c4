"""OpenAI's speech route, and vendors that implement it."""

from typing import Any

from mp4totext.providers import vendor_errors
from mp4totext.providers.access import Access
from mp4totext.providers.openai_sdk import SdkClient
from mp4totext.providers.voice.base import VoiceCapabilities, VoiceRequest, VoiceResult
from mp4totext.providers.voice.speech_quirks import SpeechQuirks


class AudioSpeech:
    def __init__(self, access: Access[VoiceCapabilities], *, quirks: SpeechQuirks) -> None:
        self._client = SdkClient(access, quirks.sdk)
        self._quirks = quirks

    def speak(self, request: VoiceRequest) -> VoiceResult:
        quirks = self._quirks
        options: dict[str, Any] = {}
        if quirks.speed and request.speed != 1.0:
            options["speed"] = request.speed
        takes_direction = quirks.direction and request.model not in quirks.without_direction
        if request.direction and takes_direction:
            options["instructions"] = request.direction
        with self._client.translated_errors():
            answer = self._client.api.audio.speech.with_raw_response.create(
                model=request.model,
                input=request.text,
                voice=request.voice,
                response_format="wav",
                **options,
            )
        content: bytes = answer.http_response.content
        if not content or answer.headers.get("content-type", "").startswith("application/json"):
            raise vendor_errors.unreadable(self._client.vendor)
        return VoiceResult(
            sound=content,
            model=request.model,
            request_id=answer.headers.get("x-request-id", ""),
            usage={"characters": len(request.text)},
        )
