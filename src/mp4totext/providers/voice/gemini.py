"""Gemini's voices: a language model that returns sound. The text is spoken unchanged."""

import base64
import binascii
import io
import re
import wave

from mp4totext.providers import vendor_errors
from mp4totext.providers.access import Access
from mp4totext.providers.errors import ProviderRejected
from mp4totext.providers.http_client import HttpClient
from mp4totext.providers.json_fields import JsonObject, objects, text
from mp4totext.providers.voice.base import VoiceCapabilities, VoiceRequest, VoiceResult

_ADDRESS = "https://generativelanguage.googleapis.com"
_RATE = re.compile(r"rate=(\d{4,6})")
_DEFAULT_RATE = 24_000
_DONE = frozenset({"STOP", ""})


class GeminiVoice:
    def __init__(self, access: Access[VoiceCapabilities]) -> None:
        self._http = HttpClient(
            access,
            base_url=access.base_url or _ADDRESS,
            headers={"x-goog-api-key": access.key},
        )

    def speak(self, request: VoiceRequest) -> VoiceResult:
        """Raises ProviderRejected with the code "content_refused" for forbidden content."""
        part: dict[str, object] = {"text": request.text}
        if request.direction:  # instructions inside the text would be read aloud
            part["speechMetadata"] = {"style": request.direction}
        answer = self._http.post_for_json(
            f"/v1beta/models/{request.model}:generateContent",
            json={
                "contents": [{"role": "user", "parts": [part]}],
                "generationConfig": {
                    "responseModalities": ["AUDIO"],
                    "speechConfig": {
                        "voiceConfig": {"prebuiltVoiceConfig": {"voiceName": request.voice}},
                        "languageCode": request.language,
                    },
                },
            },
        )
        self._refuse_blocked(answer)
        return VoiceResult(
            sound=self._sound(answer),
            model=request.model,
            request_id=text(answer.get("responseId")),
            usage=_usage(answer),
        )

    def _refuse_blocked(self, answer: JsonObject) -> None:
        feedback = answer.get("promptFeedback")
        reason = text(feedback.get("blockReason")) if isinstance(feedback, dict) else ""
        for candidate in objects(answer.get("candidates"))[:1]:
            finish = text(candidate.get("finishReason"))
            reason = reason or ("" if finish in _DONE else finish)
        if reason:
            raise ProviderRejected(
                f"{self._http.vendor.title} refused to speak this text ({reason}): change it.",
                provider=self._http.vendor.name,
                code="content_refused",
            )

    def _sound(self, answer: JsonObject) -> bytes:
        """WAV from the newer models; the older ones send raw samples."""
        for candidate in objects(answer.get("candidates"))[:1]:
            content = candidate.get("content")
            parts = objects(content.get("parts")) if isinstance(content, dict) else []
            for part in parts:
                inline = part.get("inlineData")
                if not isinstance(inline, dict):
                    continue
                try:
                    data = base64.b64decode(text(inline.get("data")), validate=True)
                except binascii.Error as error:
                    raise vendor_errors.unreadable(self._http.vendor) from error
                if data:
                    return _with_header(data, text(inline.get("mimeType")))
        raise vendor_errors.unreadable(self._http.vendor)


def _with_header(data: bytes, mime_type: str) -> bytes:
    if not mime_type.lower().startswith(("audio/l16", "audio/pcm")):
        return data
    match = _RATE.search(mime_type)
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(int(match[1]) if match else _DEFAULT_RATE)
        out.writeframes(data[: len(data) // 2 * 2])
    return file.getvalue()


def _usage(answer: JsonObject) -> dict[str, int]:
    counts = answer.get("usageMetadata")
    if not isinstance(counts, dict):
        return {}
    return {name: value for name, value in counts.items() if isinstance(value, int)}
