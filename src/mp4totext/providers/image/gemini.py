"""Images by Gemini, a language model that returns one picture for each call.

Plain HTTP, as for its voices: the API adds reasons for a missing picture before its SDK knows them.
"""

import base64
import binascii

from mp4totext.providers import vendor_errors
from mp4totext.providers.access import Access
from mp4totext.providers.errors import ProviderRejected
from mp4totext.providers.http_client import HttpClient
from mp4totext.providers.image.base import ImageCapabilities, ImageRequest, ImageResult, Picture
from mp4totext.providers.image.refusals import content_refused, translated_refusals
from mp4totext.providers.json_fields import JsonObject, objects, text

_ADDRESS = "https://generativelanguage.googleapis.com"
_DONE = frozenset({"STOP", ""})
# Failures other than a forbidden prompt.
_NO_PICTURE = frozenset({"NO_IMAGE", "IMAGE_OTHER", "MAX_TOKENS", "OTHER"})


class GeminiImages:
    def __init__(self, access: Access[ImageCapabilities]) -> None:
        self._http = HttpClient(
            access,
            base_url=access.base_url or _ADDRESS,
            headers={"x-goog-api-key": access.key},
        )

    def generate(self, request: ImageRequest) -> ImageResult:
        request.check()
        with translated_refusals(self._http.vendor, request.model):
            answer = self._http.post_for_json(
                f"/v1beta/models/{request.model}:generateContent",
                json={
                    "contents": [{"role": "user", "parts": [{"text": request.prompt}]}],
                    "generationConfig": {
                        "responseModalities": ["IMAGE"],
                        "imageConfig": {"aspectRatio": request.aspect, "imageSize": "1K"},
                    },
                },
            )
        self._refuse_blocked(answer)
        counts = answer.get("usageMetadata")
        return ImageResult(
            pictures=(Picture(data=self._data(answer)),),
            model=request.model,
            request_id=text(answer.get("responseId")),
            usage={name: value for name, value in counts.items() if isinstance(value, int)}
            if isinstance(counts, dict)
            else {},
        )

    def _refuse_blocked(self, answer: JsonObject) -> None:
        """Raises ProviderRejected for a refusal, which has the status 200."""
        feedback = answer.get("promptFeedback")
        reason = text(feedback.get("blockReason")) if isinstance(feedback, dict) else ""
        for candidate in objects(answer.get("candidates"))[:1]:
            finish = text(candidate.get("finishReason"))
            reason = reason or ("" if finish in _DONE else finish)
        if reason in _NO_PICTURE:
            raise ProviderRejected(
                f"{self._http.vendor.title} answered without a picture ({reason}). Say more "
                "clearly what it shows.",
                provider=self._http.vendor.name,
                code="no_picture",
            )
        if reason:
            raise content_refused(self._http.vendor, f"{reason}.")

    def _data(self, answer: JsonObject) -> bytes:
        for candidate in objects(answer.get("candidates"))[:1]:
            content = candidate.get("content")
            for part in objects(content.get("parts")) if isinstance(content, dict) else []:
                inline = part.get("inlineData")
                if not isinstance(inline, dict) or part.get("thought"):
                    continue
                try:
                    data = base64.b64decode(text(inline.get("data")), validate=True)
                except binascii.Error as error:
                    raise vendor_errors.unreadable(self._http.vendor) from error
                if data:
                    return data
        raise vendor_errors.unreadable(self._http.vendor)
