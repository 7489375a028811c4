"""The audio endpoints as OpenAI publishes them, and as Groq does for its Whispers."""

from dataclasses import dataclass
from typing import Any

from tests.conformance import script
from tests.conformance.server import Received, Reply

KEY = "sk-test-0123456789abcdef0123456789"
_FORMATS = {
    "whisper-1": {"json", "text", "srt", "verbose_json", "vtt"},
    "gpt-transcribe": {"json", "text"},
    "gpt-4o-transcribe": {"json"},
    "gpt-4o-mini-transcribe": {"json"},
    "gpt-4o-transcribe-diarize": {"json", "text", "diarized_json"},
    "whisper-large-v3": {"json", "text", "verbose_json"},
    "whisper-large-v3-turbo": {"json", "text", "verbose_json"},
}
_GROQ = {"whisper-large-v3", "whisper-large-v3-turbo"}


@dataclass
class OpenAIAudio:
    prefix: str = "/v1"  # Groq: /openai/v1
    models: frozenset[str] = frozenset(_FORMATS.keys() - _GROQ)

    def answer(self, request: Received) -> Reply:
        refused = self._refused(request)
        if refused is not None:
            return refused
        length_s = script.seconds_of(request.files["file"])
        if length_s is None:
            return problem(400, "Invalid file format.", "invalid_request_error", param="file")
        translating = request.path.endswith("/translations")
        kind = request.field("response_format") or "json"
        if kind == "verbose_json":
            return Reply(body=_verbose(request, length_s, translating=translating))
        if kind == "diarized_json":
            return Reply(body=_diarized(length_s))
        return Reply(body=_plain(request))

    def _refused(self, request: Received) -> Reply | None:
        paths = [f"{self.prefix}/audio/{name}" for name in ("transcriptions", "translations")]
        if request.path not in paths or request.method != "POST":
            return problem(404, f"Invalid URL ({request.method} {request.path})")
        if request.headers.get("authorization") != f"Bearer {KEY}":
            given = request.headers.get("authorization", "").removeprefix("Bearer ")
            return problem(401, f"Incorrect API key provided: {given}.", code="invalid_api_key")
        if not request.headers.get("content-type", "").startswith("multipart/form-data"):
            return problem(400, "Could not parse multipart form")
        if len(request.files.get("file", b"")) > 25 * 1024 * 1024:
            return problem(413, "413: Maximum content size limit (26214400) exceeded")
        return self._refused_field(request)

    def _refused_field(self, request: Received) -> Reply | None:
        model = request.field("model") or ""
        if "file" not in request.files:
            return problem(400, "you must provide a file", param="file")
        if model not in self.models:
            return problem(404, f"The model `{model}` does not exist", code="model_not_found")
        kind = request.field("response_format") or "json"
        if kind not in _FORMATS[model]:
            said = f"response_format '{kind}' is not compatible with model '{model}'."
            return problem(400, said, param="response_format", code="unsupported_value")
        wrong = _misplaced(request, model, kind)
        if wrong:
            return problem(400, f"{wrong} is not supported here", code="unsupported_value")
        language = request.field("language")
        if language is not None and not (language.isalpha() and len(language) in (2, 3)):
            said = f"Language parameter specified ({language}) is not supported."
            return problem(400, said, param="language", code="unsupported_language")
        return None


def problem(
    status: int,
    message: str,
    kind: str = "invalid_request_error",
    *,
    param: str | None = None,
    code: str | None = None,
) -> Reply:
    error = {"message": message, "type": kind, "param": param, "code": code}
    return Reply(status=status, body={"error": error})


def _misplaced(request: Received, model: str, kind: str) -> str | None:
    given = request.fields.keys()
    if "timestamp_granularities" in given and kind != "verbose_json":
        return "timestamp_granularities"
    if "include" in given and not model.startswith(("gpt-4o-transcribe", "gpt-4o-mini")):
        return "include"
    if "keywords" in given and model != "gpt-transcribe":
        return "keywords"
    if "prompt" in given and model == "gpt-4o-transcribe-diarize":
        return "prompt"
    if model == "gpt-4o-transcribe-diarize" and "chunking_strategy" not in given:
        return "a missing chunking_strategy"
    if request.path.endswith("/translations") and "language" in given:
        return "language"
    return None


def _verbose(request: Received, length_s: float, *, translating: bool) -> dict[str, Any]:
    wanted = request.fields.get("timestamp_granularities", [])
    answer: dict[str, Any] = {
        "task": "translate" if translating else "transcribe",
        "language": "english",
        "duration": length_s,
        "text": script.TEXT,
    }
    if "segment" in wanted or not wanted:
        answer["segments"] = [
            {
                "id": n,
                "seek": 0,
                "start": sentence[0].start_s,
                "end": sentence[-1].end_s,
                "text": " " + " ".join(word.text for word in sentence),
                "tokens": [50364],
                "temperature": 0.0,
                "avg_logprob": -0.2,
                "compression_ratio": 1.1,
                "no_speech_prob": 0.01,
            }
            for n, sentence in enumerate(script.sentences(length_s))
        ]
    if "word" in wanted:  # words come without punctuation, as they do from the vendor
        answer["words"] = [
            {"word": word.text.strip(",.?"), "start": word.start_s, "end": word.end_s}
            for word in script.words(length_s)
        ]
    return answer


def _diarized(length_s: float) -> dict[str, Any]:
    return {
        "task": "transcribe",
        "duration": length_s,
        "text": script.TEXT,
        "segments": [
            {
                "type": "transcript.text.segment",
                "id": f"seg_{n}",
                "start": sentence[0].start_s,
                "end": sentence[-1].end_s,
                "text": " ".join(word.text for word in sentence),
                "speaker": "AB"[n % 2],
            }
            for n, sentence in enumerate(script.sentences(length_s))
        ],
        "usage": {"type": "duration", "seconds": round(length_s)},
    }


def _plain(request: Received) -> dict[str, Any]:
    answer: dict[str, Any] = {"text": script.TEXT}
    if request.field("model") == "gpt-transcribe":
        answer["languages"] = [{"code": "en"}]
    if "logprobs" in request.fields.get("include", []):
        tokens = script.TEXT.replace(" ", "\n ").split("\n")
        answer["logprobs"] = [
            {"token": token, "logprob": -0.1, "bytes": list(token.encode())} for token in tokens
        ]
    return answer
