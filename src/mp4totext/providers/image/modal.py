"""FLUX and SDXL on GPUs at Modal, deployed by ``deploy/modal/pictures.py``."""

import base64
import binascii

from mp4totext.providers import vendor_errors
from mp4totext.providers.access import Access
from mp4totext.providers.image.base import ImageCapabilities, ImageRequest, ImageResult, Picture
from mp4totext.providers.json_fields import number, objects, text
from mp4totext.providers.modal_calls import ModalCalls

DEPLOYED_BY = "deploy/modal/pictures.py"
FUNCTIONS = {"flux-schnell": "flux", "sdxl": "sdxl"}


class ModalImages:
    def __init__(self, access: Access[ImageCapabilities], calls: dict[str, ModalCalls]) -> None:
        """``calls``: by model."""
        self._vendor = access.vendor
        self._calls = calls

    def generate(self, request: ImageRequest) -> ImageResult:
        """Generate pictures. The call is paid once: after a restart its result is collected."""
        calls = self._calls[request.model]
        order = {
            "prompt": request.prompt,
            "negative": request.negative,
            "width": request.width,
            "height": request.height,
            "seed": request.seed or 0,
            "count": request.count,
        }

        left = False  # the job was cancelled

        def report(_done: int) -> None:
            nonlocal left
            try:
                request.check()
            except BaseException:
                left = True
                raise

        call_id = request.once(lambda: calls.start(order, report))
        try:
            answer = calls.answer(call_id, report)
        except BaseException:
            if left:
                calls.cancel(call_id)
            raise
        return ImageResult(
            pictures=self._pictures(answer.get("pictures")),
            model=request.model,
            request_id=call_id,
        )

    def _pictures(self, listed: object) -> tuple[Picture, ...]:
        pictures = []
        for item in objects(listed):
            seed = number(item.get("seed"))
            try:
                data = base64.b64decode(text(item.get("data")), validate=True)
            except binascii.Error as error:
                raise vendor_errors.unreadable(self._vendor) from error
            pictures.append(Picture(data=data, seed=None if seed is None else int(seed)))
        if not pictures:
            raise vendor_errors.unreadable(self._vendor)
        return tuple(pictures)

    def close(self) -> None:
        for calls in self._calls.values():
            calls.close()


def build(
    access: Access[ImageCapabilities], *, token_id: str, app: str, environment: str | None
) -> ModalImages:
    """Build the provider. Its functions are a separate app: deploying replaces a whole app."""
    return ModalImages(
        access,
        {
            model: ModalCalls(
                access,
                token_id=token_id,
                app=f"{app}-pictures",
                environment=environment,
                function=function,
                deployed_by=DEPLOYED_BY,
            )
            for model, function in FUNCTIONS.items()
        },
    )
