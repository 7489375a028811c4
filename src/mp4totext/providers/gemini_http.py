"""Gemini's API for pictures and voices, over plain HTTP.

The API adds reasons for a missing result before its SDK knows them.
"""

import base64
import binascii
from typing import Any

from mp4totext.providers import vendor_errors
from mp4totext.providers.access import Access
from mp4totext.providers.http_client import HttpClient
from mp4totext.providers.json_fields import JsonObject, objects, text

_ADDRESS = "https://generativelanguage.googleapis.com"
_DONE = frozenset({"STOP", ""})


class GeminiHttp:
    def __init__(self, access: Access[Any]) -> None:
        self._http = HttpClient(
            access,
            base_url=access.base_url or _ADDRESS,
            headers={"x-goog-api-key": access.key},
        )
        self.vendor = self._http.vendor

    def generate(self, model: str, part: JsonObject, config: JsonObject) -> JsonObject:
        return self._http.post_for_json(
            f"/v1beta/models/{model}:generateContent",
            json={"contents": [{"role": "user", "parts": [part]}], "generationConfig": config},
        )

    def data(self, answer: JsonObject) -> tuple[bytes, str]:
        """The first picture or sound, and its media type. Raises ProviderUnreachable without."""
        for candidate in objects(answer.get("candidates"))[:1]:
            content = candidate.get("content")
            for part in objects(content.get("parts")) if isinstance(content, dict) else []:
                inline = part.get("inlineData")
                if not isinstance(inline, dict) or part.get("thought"):
                    continue
                try:
                    data = base64.b64decode(text(inline.get("data")), validate=True)
                except binascii.Error as error:
                    raise vendor_errors.unreadable(self.vendor) from error
                if data:
                    return data, text(inline.get("mimeType"))
        raise vendor_errors.unreadable(self.vendor)


def refusal(answer: JsonObject) -> str:
    """The vendor's reason for an answer without a result, which has the status 200; or ""."""
    feedback = answer.get("promptFeedback")
    reason = text(feedback.get("blockReason")) if isinstance(feedback, dict) else ""
    for candidate in objects(answer.get("candidates"))[:1]:
        finish = text(candidate.get("finishReason"))
        reason = reason or ("" if finish in _DONE else finish)
    return reason


def usage(answer: JsonObject) -> dict[str, int]:
    counts = answer.get("usageMetadata")
    if not isinstance(counts, dict):
        return {}
    return {name: value for name, value in counts.items() if isinstance(value, int)}
