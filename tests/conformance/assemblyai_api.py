"""AssemblyAI's v2 API and its LLM Gateway as published: upload, transcript, polling, deletion."""

from dataclasses import dataclass, field
from typing import Any

from tests.conformance import script
from tests.conformance.server import Received, Reply

KEY = "0123456789abcdef0123456789abcdef"
_ENGLISH_ONLY = ("sentiment_analysis", "auto_chapters", "auto_highlights")
_KNOWN = {
    "audio_url", "speech_models", "language_code", "language_detection", "speaker_labels",
    "speakers_expected", "speaker_options", "keyterms_prompt", "word_boost", "entity_detection",
    *_ENGLISH_ONLY,
}  # fmt: skip
_DELETED = {"text": "Deleted by user.", "audio_url": "http://deleted_by_user", "words": None}


@dataclass
class AssemblyAI:
    """``polls``: how often a transcript is asked for before it is complete."""

    polls: int = 1
    detects: str = "en"
    uploads: dict[str, bytes] = field(default_factory=dict)
    orders: list[dict[str, Any]] = field(default_factory=list)
    asked: dict[str, int] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    prompts: list[dict[str, Any]] = field(default_factory=list)
    finish_reasons: list[str] = field(default_factory=list)
    changes: dict[str, Any] = field(default_factory=dict)  # laid over a completed answer

    def answer(self, request: Received) -> Reply:
        if request.headers.get("authorization") != KEY:
            return problem(401, "Authentication error, API token missing/invalid")
        match request.method, request.path.strip("/").split("/"):
            case "POST", ["v2", "upload"]:
                return self._upload(request)
            case "POST", ["v2", "transcript"]:
                return self._order(request.json)
            case "GET", ["v2", "transcript", reference]:
                return self._look(reference)
            case "DELETE", ["v2", "transcript", reference]:
                return self._delete(reference)
            case "POST", ["v1", "chat", "completions"]:
                return self._chat(request.json)
        return problem(404, "Not found")

    def _upload(self, request: Received) -> Reply:
        url = f"https://cdn.assemblyai.test/upload/{len(self.uploads)}"
        self.uploads[url] = request.body
        return Reply(body={"upload_url": url})

    def _order(self, order: dict[str, Any]) -> Reply:
        wrong = _refused(order, self.uploads)
        if wrong:
            return problem(400, wrong)
        self.orders.append(order)
        reference = f"tr-{len(self.orders)}"
        return Reply(body={**order, "id": reference, "status": "queued"})

    def _look(self, reference: str) -> Reply:
        order = self._ordered(reference)
        if order is None:
            return problem(404, "Transcript lookup error, transcript id not found")
        self.asked[reference] = self.asked.get(reference, 0) + 1
        if self.asked[reference] <= self.polls:
            return Reply(body={**order, "id": reference, "status": "processing"})
        length_s = script.seconds_of(self.uploads[order["audio_url"]])
        if length_s is None:
            said = "Transcoding failed. File does not appear to contain audio."
            return Reply(body={**order, "id": reference, "status": "error", "error": said})
        answer = {**order, "id": reference, "status": "completed"}
        answer |= _completed(order, length_s, self.detects) | self.changes
        return Reply(body=answer | (_DELETED if reference in self.deleted else {}))

    def _delete(self, reference: str) -> Reply:
        order = self._ordered(reference)
        if order is None:
            return problem(404, "Transcript lookup error, transcript id not found")
        self.deleted.add(reference)
        return Reply(body={**order, "id": reference, "status": "completed", **_DELETED})

    def _ordered(self, reference: str) -> dict[str, Any] | None:
        number = reference.removeprefix("tr-")
        known = number.isdigit() and 0 < int(number) <= len(self.orders)
        return self.orders[int(number) - 1] if known else None

    def _chat(self, body: dict[str, Any]) -> Reply:
        self.prompts.append(body)
        stopped = self.finish_reasons.pop(0) if self.finish_reasons else "stop"
        content = f"answer {len(self.prompts)} "
        return Reply(
            body={
                "request_id": "rq",
                "choices": [
                    {
                        "message": {"role": "assistant", "content": content},
                        "finish_reason": stopped,
                    }
                ],
                "usage": {"input_tokens": 10, "output_tokens": 3, "total_tokens": 13},
            }
        )


def problem(status: int, message: str) -> Reply:
    return Reply(status=status, body={"error": message})


def _refused(order: dict[str, Any], uploads: dict[str, bytes]) -> str | None:
    unknown = order.keys() - _KNOWN
    if unknown:
        return f"Invalid endpoint schema: unknown {', '.join(sorted(unknown))}"
    if order.get("audio_url") not in uploads:
        return "Cannot access uploaded file"
    if order.get("language_code") and order.get("language_detection"):
        return "language_code cannot be set with language_detection"
    if ("speakers_expected" in order or "speaker_options" in order) and not order.get(
        "speaker_labels"
    ):
        return "speaker_labels must be true"
    language = str(order.get("language_code") or "en").partition("_")[0]
    for feature in _ENGLISH_ONLY:
        if order.get(feature) and language != "en":
            return f"{feature} is not available in this language ({language})"
    if any(len(term.split()) > 6 for term in order.get("keyterms_prompt", [])):
        return "keyterms_prompt phrases have at most 6 words"
    return None


def _completed(order: dict[str, Any], length_s: float, detects: str) -> dict[str, Any]:
    words = [
        {
            "text": word.text,
            "start": round(word.start_s * 1_000),
            "end": round(word.end_s * 1_000),
            "confidence": 0.97,
            "speaker": "AB"[n] if order.get("speaker_labels") else None,
        }
        for n, sentence in enumerate(script.sentences(length_s))
        for word in sentence
    ]
    answer: dict[str, Any] = {
        "text": script.TEXT,
        "words": words,
        "confidence": 0.97,
        "audio_duration": round(length_s),
        "language_code": order.get("language_code") or detects,
        "language_confidence": None if order.get("language_code") else 0.93,
        "speech_model_used": order["speech_models"][0],
    }
    return answer | _features(order, words)


def _features(order: dict[str, Any], words: list[dict[str, Any]]) -> dict[str, Any]:
    whole = {"start": words[0]["start"], "end": words[-1]["end"]}
    first = {"start": words[0]["start"], "end": words[6]["end"]}
    found: dict[str, Any] = {}
    if order.get("sentiment_analysis"):
        found["sentiment_analysis_results"] = [
            {**first, "text": "It was 1859, the best of times.", "sentiment": "POSITIVE",
             "confidence": 0.9, "speaker": words[0]["speaker"]}
        ]  # fmt: skip
    if order.get("auto_chapters"):
        found["chapters"] = [
            {**whole, "gist": "Times", "headline": "Two questions", "summary": "Best and worst."}
        ]
    if order.get("auto_highlights"):
        found["auto_highlights_result"] = {
            "status": "success",
            "results": [{"count": 1, "rank": 0.08, "text": "best of times", "timestamps": [first]}],
        }
    if order.get("entity_detection"):
        found["entities"] = [{**first, "entity_type": "date", "text": "1859"}]
    return found
