"""Images by OpenAI's route and by vendors and servers that follow it, through OpenAI's SDK."""

import base64
import binascii
from typing import Any

from mp4totext.providers import vendor_errors
from mp4totext.providers.access import Access
from mp4totext.providers.image.base import ImageCapabilities, ImageRequest, ImageResult, Picture
from mp4totext.providers.image.image_quirks import ImageQuirks
from mp4totext.providers.image.refusals import translated_refusals
from mp4totext.providers.json_fields import objects, text
from mp4totext.providers.openai_sdk import OPENAI_SDK, SdkClient


class ImagesApi:
    def __init__(self, access: Access[ImageCapabilities], *, quirks: ImageQuirks) -> None:
        self._client = SdkClient(access, OPENAI_SDK)
        self._quirks = quirks

    def generate(self, request: ImageRequest) -> ImageResult:
        request.check()
        vendor = self._client.vendor
        with translated_refusals(vendor, request.model), self._client.translated_errors():
            answer = self._client.api.images.with_raw_response.generate(
                model=request.model,
                prompt=request.prompt,
                n=request.count,
                extra_body=self._fields(request),
            )
            body: Any = answer.http_response.json()
        listed = objects(body.get("data")) if isinstance(body, dict) else []
        encoded = [text(item.get("b64_json")) for item in listed]
        try:
            pictures = tuple(
                Picture(data=base64.b64decode(data, validate=True), seed=request.seed)
                for data in encoded
                if data
            )
        except binascii.Error as error:
            raise vendor_errors.unreadable(vendor) from error
        if not pictures:
            raise vendor_errors.unreadable(vendor)
        return ImageResult(
            pictures=pictures,
            model=request.model,
            request_id=answer.headers.get("x-request-id", ""),
            usage=_usage(body.get("usage")),
        )

    def _fields(self, request: ImageRequest) -> dict[str, object]:
        fields = dict(self._quirks.fields)
        if self._quirks.sides:
            fields |= {
                "width": request.width,
                "height": request.height,
                "aspect_ratio": request.aspect,
            }
        else:
            fields["size"] = f"{request.width}x{request.height}"
        if request.seed is not None:
            fields["seed"] = request.seed
        if request.negative:
            fields["negative_prompt"] = request.negative
        return fields


def _usage(counts: object) -> dict[str, int]:
    if not isinstance(counts, dict):
        return {}
    return {str(name): value for name, value in counts.items() if isinstance(value, int)}
