"""Gemini's voices: a language model that returns sound. The text is spoken unchanged."""

import io
import re
import wave

from mp4totext.providers.access import Access
from mp4totext.providers.errors import ProviderRejected
from mp4totext.providers.gemini_http import GeminiHttp, refusal, usage
from mp4totext.providers.json_fields import text
from mp4totext.providers.voice.base import VoiceCapabilities, VoiceRequest, VoiceResult

_RATE = re.compile(r"rate=(\d{4,6})")
_DEFAULT_RATE = 24_000


class GeminiVoice:
    def __init__(self, access: Access[VoiceCapabilities]) -> None:
        self._gemini = GeminiHttp(access)

    def speak(self, request: VoiceRequest) -> VoiceResult:
        """Raises ProviderRejected with the code "content_refused" for forbidden content."""
        part: dict[str, object] = {"text": request.text}
        if request.direction:  # instructions inside the text would be read aloud
            part["speechMetadata"] = {"style": request.direction}
        config = {
            "responseModalities": ["AUDIO"],
            "speechConfig": {
                "voiceConfig": {"prebuiltVoiceConfig": {"voiceName": request.voice}},
                "languageCode": request.language,
            },
        }
        answer = self._gemini.generate(request.model, part, config)
        if reason := refusal(answer):
            raise ProviderRejected(
                f"{self._gemini.vendor.title} refused to speak this text ({reason}): change it.",
                provider=self._gemini.vendor.name,
                code="content_refused",
            )
        data, media_type = self._gemini.data(answer)
        return VoiceResult(
            sound=_with_header(data, media_type),
            model=request.model,
            request_id=text(answer.get("responseId")),
            usage=usage(answer),
        )


def _with_header(data: bytes, media_type: str) -> bytes:
    """WAV, which the newer models send; the older ones send raw samples."""
    if not media_type.lower().startswith(("audio/l16", "audio/pcm")):
        return data
    match = _RATE.search(media_type)
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(int(match[1]) if match else _DEFAULT_RATE)
        out.writeframes(data[: len(data) // 2 * 2])
    return file.getvalue()
