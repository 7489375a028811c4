"""The published APIs of voice providers. Each returns its own audio for any request."""

import base64
from dataclasses import dataclass, field
from typing import Any, ClassVar

from tests.conformance.server import Received, Reply

KEY = "sk-voice-0123456789abcdef"
OPENAI_MODELS = ("gpt-4o-mini-tts", "tts-1", "tts-1-hd")


@dataclass
class VoiceApi:
    """``sound`` is a WAV file."""

    name: ClassVar[str]
    sound: bytes
    said: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, request: Received) -> Reply:
        raise NotImplementedError

    def refusal(self, status: int, message: str, code: str = "") -> Reply:
        raise NotImplementedError


class OpenAISpeech(VoiceApi):
    name = "openai"
    models: tuple[str, ...] = OPENAI_MODELS
    fields = frozenset({"model", "input", "voice", "response_format", "speed", "instructions"})

    def answer(self, request: Received) -> Reply:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return self.refusal(401, f"Incorrect API key provided: {KEY}.", "invalid_api_key")
        if (request.method, request.path) != ("POST", "/v1/audio/speech"):
            return self.refusal(404, "Not found")
        body = request.json
        if unknown := set(body) - self.fields:
            return self.refusal(400, f"Unknown parameter: {sorted(unknown)[0]}.")
        if body["model"] not in self.models:
            return self.refusal(
                404, f"The model {body['model']} does not exist.", "model_not_found"
            )
        if body["model"].startswith("tts-1") and "instructions" in body:
            return self.refusal(400, "instructions does not work with this model.")
        if len(body["input"]) > 4096:
            return self.refusal(400, "String too long: input.", "string_above_max_length")
        self.said.append(body)
        headers = {"content-type": "audio/wav", "x-request-id": "req_1"}
        return Reply(body=self.sound, headers=headers)

    def refusal(self, status: int, message: str, code: str = "") -> Reply:
        headers = {"retry-after": "7"} if status == 429 else {}
        error = {"message": message, "type": "error", "param": None, "code": code or None}
        return Reply(status=status, body={"error": error}, headers=headers)


class AssemblyAISpeech(OpenAISpeech):
    name = "assemblyai"
    models = ("assemblyai-tts-1", "assemblyai-tts-en")
    fields = frozenset({"model", "input", "voice", "response_format"})


class ElevenLabs(VoiceApi):
    name = "elevenlabs"

    def answer(self, request: Received) -> Reply:
        if request.headers.get("xi-api-key") != KEY:
            return self.refusal(401, f"Invalid API key {KEY}", "invalid_api_key")
        parts = request.path.strip("/").split("/")
        if parts[:2] != ["v1", "text-to-speech"] or parts[3:] != ["with-timestamps"]:
            return self.refusal(404, "Not found")
        if request.query.get("output_format") != ["mp3_44100_128"]:
            return self.refusal(403, "output_format_not_allowed")
        body = request.json
        self.said.append({**body, "voice": parts[2]})
        characters = list(body["text"])
        times = [round(n * 0.05, 3) for n in range(len(characters) + 1)]
        alignment = {
            "characters": characters,
            "character_start_times_seconds": times[:-1],
            "character_end_times_seconds": times[1:],
        }
        sound = base64.b64encode(self.sound).decode()
        return Reply(
            body={
                "audio_base64": sound,
                "alignment": alignment,
                "normalized_alignment": alignment,
            }
        )

    def refusal(self, status: int, message: str, code: str = "") -> Reply:
        headers = {"retry-after": "7"} if status == 429 else {}
        detail = {"status": code or "error", "message": message}
        return Reply(status=status, body={"detail": detail}, headers=headers)


class GeminiSpeech(VoiceApi):
    name = "gemini"
    block: str = ""  # a reason: the text is refused
    mime_type: str = "audio/wav"

    def answer(self, request: Received) -> Reply:
        if request.headers.get("x-goog-api-key") != KEY:
            return self.refusal(401, f"API key not valid: {KEY}", "UNAUTHENTICATED")
        model, _, method = request.path.removeprefix("/v1beta/models/").partition(":")
        if not model.endswith("-tts") or method != "generateContent":
            return self.refusal(404, f"models/{model} is not found", "NOT_FOUND")
        body = request.json
        config = body["generationConfig"]
        if config["responseModalities"] != ["AUDIO"] or {"temperature", "topP"} & set(config):
            return self.refusal(400, "Request contains an invalid argument.", "INVALID_ARGUMENT")
        if self.block:
            return Reply(body={"promptFeedback": {"blockReason": self.block}})
        self.said.append({"model": model, **body})
        data = base64.b64encode(self.sound).decode()
        inline = {"mimeType": self.mime_type, "data": data}
        candidate = {
            "content": {"role": "model", "parts": [{"inlineData": inline}]},
            "finishReason": "STOP",
        }
        usage = {"promptTokenCount": 9, "candidatesTokenCount": 120, "totalTokenCount": 129}
        return Reply(body={"candidates": [candidate], "usageMetadata": usage, "responseId": "r1"})

    def refusal(self, status: int, message: str, code: str = "") -> Reply:
        headers = {"retry-after": "7"} if status == 429 else {}
        error = {"code": status, "message": message, "status": code or "ERROR"}
        return Reply(status=status, body={"error": error}, headers=headers)
