"""Images by Gemini, a language model that returns one picture for each call."""

from mp4totext.providers.access import Access
from mp4totext.providers.errors import ProviderRejected
from mp4totext.providers.gemini_http import GeminiHttp, refusal, usage
from mp4totext.providers.image.base import ImageCapabilities, ImageRequest, ImageResult, Picture
from mp4totext.providers.image.refusals import content_refused, translated_refusals
from mp4totext.providers.json_fields import text

# Failures other than a forbidden prompt.
_NO_PICTURE = frozenset({"NO_IMAGE", "IMAGE_OTHER", "MAX_TOKENS", "OTHER"})


class GeminiImages:
    def __init__(self, access: Access[ImageCapabilities]) -> None:
        self._gemini = GeminiHttp(access)

    def generate(self, request: ImageRequest) -> ImageResult:
        request.check()
        vendor = self._gemini.vendor
        config = {
            "responseModalities": ["IMAGE"],
            "imageConfig": {"aspectRatio": request.aspect, "imageSize": "1K"},
        }
        with translated_refusals(vendor, request.model):
            answer = self._gemini.generate(request.model, {"text": request.prompt}, config)
        reason = refusal(answer)
        if reason in _NO_PICTURE:
            raise ProviderRejected(
                f"{vendor.title} answered without a picture ({reason}). Say more clearly what it "
                "shows.",
                provider=vendor.name,
                code="no_picture",
            )
        if reason:
            raise content_refused(vendor, f"{reason}.")
        data, _ = self._gemini.data(answer)
        return ImageResult(
            pictures=(Picture(data=data),),
            model=request.model,
            request_id=text(answer.get("responseId")),
            usage=usage(answer),
        )
