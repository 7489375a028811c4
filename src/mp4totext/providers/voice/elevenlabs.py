"""ElevenLabs' voices, with times of all characters."""

import base64
import binascii
from collections.abc import Sequence

from mp4totext.providers import vendor_errors
from mp4totext.providers.access import Access
from mp4totext.providers.http_client import HttpClient
from mp4totext.providers.json_fields import number, text
from mp4totext.providers.voice.base import (
    SpokenWord,
    VoiceCapabilities,
    VoiceRequest,
    VoiceResult,
)

_FORMAT = "mp3_44100_128"  # PCM at this rate needs a larger plan


class ElevenLabsVoice:
    def __init__(self, access: Access[VoiceCapabilities]) -> None:
        self._http = HttpClient(access, headers={"xi-api-key": access.key})

    def speak(self, request: VoiceRequest) -> VoiceResult:
        body: dict[str, object] = {"text": request.text, "model_id": request.model}
        if request.speed != 1.0:
            body["voice_settings"] = {"speed": request.speed}
        answer = self._http.post_for_json(
            f"/v1/text-to-speech/{request.voice}/with-timestamps",
            params={"output_format": _FORMAT},
            json=body,
        )
        try:
            sound = base64.b64decode(text(answer.get("audio_base64")), validate=True)
        except binascii.Error as error:
            raise vendor_errors.unreadable(self._http.vendor) from error
        if not sound:
            raise vendor_errors.unreadable(self._http.vendor)
        return VoiceResult(
            sound=sound,
            model=request.model,
            words=_words(answer.get("alignment")),
            usage={"characters": len(request.text)},
        )


def _words(alignment: object) -> tuple[SpokenWord, ...] | None:
    """The words' times; None if the characters have no times, or their number differs."""
    if not isinstance(alignment, dict):
        return None
    characters = alignment.get("characters")
    starts = _times(alignment.get("character_start_times_seconds"))
    ends = _times(alignment.get("character_end_times_seconds"))
    if not isinstance(characters, list) or not len(characters) == len(starts) == len(ends):
        return None
    words: list[SpokenWord] = []
    current = ""
    start_ms = end_ms = 0
    for character, begin_ms, until_ms in zip(
        [*characters, " "], [*starts, 0], [*ends, 0], strict=True
    ):
        if not str(character).isspace():
            start_ms = start_ms if current else begin_ms
            current, end_ms = current + str(character), until_ms
        elif current:
            words.append(SpokenWord(text=current, start_ms=start_ms, end_ms=end_ms))
            current = ""
    return tuple(words)


def _times(values: object) -> Sequence[int]:
    if not isinstance(values, list):
        return ()
    seconds = [number(value) for value in values]
    return [round(each * 1000) for each in seconds if each is not None]
