"""Replicate: a prediction is started, polled until it ends, and its file downloaded at once.

Plain HTTP, as the SDK hides the prediction's id, with which a restarted worker finds it.
"""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx

from mp4totext.providers import vendor_errors
from mp4totext.providers.access import Access
from mp4totext.providers.connections import close_at_exit, trusted_certificates
from mp4totext.providers.errors import ProviderBusy, ProviderRejected, ProviderUnreachable
from mp4totext.providers.http_client import HttpClient
from mp4totext.providers.image.base import ImageCapabilities, ImageRequest, ImageResult, Picture
from mp4totext.providers.image.refusals import content_refused, translated_refusals
from mp4totext.providers.json_fields import JsonObject, text

_FILE_BYTES_MAX = 40 << 20
_FILES = ".replicate.delivery"  # host of result files, in addition to the API's own
_BY_RULES = ("nsfw", "e005", "sensitive", "safety")
_ASK_AGAIN_S = 15.0
# Cancels predictions that never start, which are free, or that no worker waits for.
_CANCEL_AFTER = "10m"


class ReplicateImages:
    def __init__(
        self,
        access: Access[ImageCapabilities],
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._access = access
        self._http = HttpClient(access)
        timeout = httpx.Timeout(access.timeouts.silence_s, connect=access.timeouts.connect_s)
        # Without the key, as files are on another host.
        self._files = close_at_exit(httpx.Client(timeout=timeout, verify=trusted_certificates()))
        self._sleep = sleep
        self._clock = clock

    def generate(self, request: ImageRequest) -> ImageResult:
        prediction_id = request.once(lambda: self._started(request))
        prediction = self._ended(prediction_id, request.check)
        output = prediction.get("output")
        addresses = [text(item) for item in (output if isinstance(output, list) else [output])]
        pictures = [Picture(data=self._file(url), seed=request.seed) for url in addresses if url]
        if not pictures:
            raise vendor_errors.unreadable(self._http.vendor)
        return ImageResult(pictures=tuple(pictures), model=request.model, request_id=prediction_id)

    def _started(self, request: ImageRequest) -> str:
        request.check()
        fields: dict[str, Any] = {
            "prompt": request.prompt,
            "aspect_ratio": request.aspect,
            "num_outputs": request.count,
            "output_format": "png",
            "go_fast": False,  # the quantised model, the default, does not reproduce seeds
        }
        if request.seed is not None:
            fields["seed"] = request.seed
        with translated_refusals(self._http.vendor, request.model):
            answer = self._http.post_for_json(
                f"/v1/models/{request.model}/predictions",
                json={"input": fields},
                headers={"cancel-after": _CANCEL_AFTER},
            )
        prediction_id = text(answer.get("id"))
        if not prediction_id:
            raise vendor_errors.unreadable(self._http.vendor)
        return prediction_id

    def _ended(self, prediction_id: str, check: Callable[[], None]) -> JsonObject:
        """Poll until the prediction ends. Raises ProviderBusy ("in_progress") after a limit."""
        vendor = self._http.vendor
        give_up_at = self._clock() + self._access.timeouts.wait_s
        while True:
            try:
                check()
            except BaseException:
                self._http.post(f"/v1/predictions/{prediction_id}/cancel")
                raise
            answer = self._http.get_json(f"/v1/predictions/{prediction_id}")
            match text(answer.get("status")):
                case "succeeded":
                    return answer
                case "starting" | "processing":
                    pass
                case "failed":
                    raise self._failure(text(answer.get("error")))
                case "canceled" | "aborted":
                    raise ProviderRejected(
                        f"{vendor.title} stopped before the picture was finished.",
                        provider=vendor.name,
                        code="canceled",
                    )
                case _:
                    raise vendor_errors.unreadable(vendor)
            if self._clock() >= give_up_at:
                raise ProviderBusy(
                    f"{vendor.title} is still working on the picture.",
                    provider=vendor.name,
                    code="in_progress",
                    retry_after_s=_ASK_AGAIN_S,
                )
            self._sleep(self._access.timeouts.poll_s)

    def _failure(self, reason: str) -> ProviderRejected:
        """A failed prediction fails again: its id is stored, so it is not started again."""
        vendor = self._http.vendor
        if any(word in reason.lower() for word in _BY_RULES):
            return content_refused(vendor, reason)
        return ProviderRejected(
            f"{vendor.title} could not make the picture: {vendor_errors.readable(reason)}",
            provider=vendor.name,
            code="prediction_failed",
        )

    def _file(self, url: str) -> bytes:
        vendor = self._http.vendor
        host = urlsplit(url).hostname or ""
        own = urlsplit(self._access.base_url).hostname
        if not (host == own or host.endswith(_FILES)):
            raise ProviderUnreachable(
                f"{vendor.title} names a file at {host[:80]!r}, which is not its own.",
                provider=vendor.name,
                code="bad_answer",
            )
        data = b""
        try:
            with self._files.stream("GET", url) as answer:
                if not answer.is_success:
                    raise ProviderUnreachable(
                        f"{vendor.title} no longer has the picture ({answer.status_code}).",
                        provider=vendor.name,
                        code="output_gone",
                    )
                for block in answer.iter_bytes(1 << 20):
                    data += block
                    if len(data) > _FILE_BYTES_MAX:
                        raise vendor_errors.unreadable(vendor)
        except httpx.ConnectTimeout as error:
            raise vendor_errors.unreachable(vendor) from error
        except httpx.TimeoutException as error:
            raise vendor_errors.unreachable(vendor, timed_out=True) from error
        except httpx.HTTPError as error:
            raise vendor_errors.unreachable(vendor) from error
        return data
