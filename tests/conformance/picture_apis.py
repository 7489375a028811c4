"""The published APIs of image providers. Each returns its own pictures for any request."""

import base64
from dataclasses import dataclass, field
from typing import Any, ClassVar

from tests.conformance.server import Received, Reply
from tests.support.stills import picture

KEY = "sk-picture-0123456789abcdef"


@dataclass
class PictureApi:
    """``orders`` are the requests for pictures, as they came."""

    name: ClassVar[str]
    orders: list[dict[str, Any]] = field(default_factory=list)
    arrive: int | None = None  # of those asked for; None: all
    sent: bytes | None = None  # in place of a picture of the right shape
    url: str = ""

    def answer(self, request: Received) -> Reply:
        raise NotImplementedError

    def refusal(self, status: int, message: str, code: str = "") -> Reply:
        raise NotImplementedError

    def drawn(self, width: int, height: int, count: int) -> list[bytes]:
        number = count if self.arrive is None else min(self.arrive, count)
        return [self.sent or picture(width, height, seed=seed) for seed in range(number)]


class OpenAIImages(PictureApi):
    name = "openai"
    models: tuple[str, ...] = ("gpt-image-2.6-flare", "gpt-image-2.6-sunburst")
    fields = frozenset({"model", "prompt", "n", "size", "quality", "output_format", "moderation"})

    def answer(self, request: Received) -> Reply:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return self.refusal(401, f"Incorrect API key provided: {KEY}.", "invalid_api_key")
        if (request.method, request.path) != ("POST", "/v1/images/generations"):
            return self.refusal(404, "Not found")
        body = request.json
        if unknown := set(body) - self.fields:
            return self.refusal(400, f"Unknown parameter: {sorted(unknown)[0]}.")
        if body["model"] not in self.models:
            return self.refusal(404, f"No model {body['model']}.", "model_not_found")
        width, height = self.size(body)
        if width % 16 or height % 16:
            return self.refusal(400, "The size must be divisible by 16.")
        self.orders.append(body)
        data = [
            {"b64_json": base64.b64encode(drawn).decode()}
            for drawn in self.drawn(width, height, body.get("n", 1))
        ]
        usage = {"input_tokens": 20, "output_tokens": 1_056, "total_tokens": 1_076}
        return Reply(
            body={"created": 1_795_000_000, "data": data, "usage": usage},
            headers={"x-request-id": "req_1"},
        )

    def size(self, body: dict[str, Any]) -> tuple[int, int]:
        width, height = body["size"].split("x")
        return int(width), int(height)

    def refusal(self, status: int, message: str, code: str = "") -> Reply:
        headers = {"retry-after": "7"} if status == 429 else {}
        kind = "image_generation_user_error" if code == "moderation_blocked" else "error"
        error = {"message": message, "type": kind, "param": None, "code": code or None}
        return Reply(status=status, body={"error": error}, headers=headers)


class TogetherImages(OpenAIImages):
    name = "together"
    models = ("black-forest-labs/FLUX.1.1-pro",)
    fields = frozenset(
        {"model", "prompt", "n", "width", "height", "aspect_ratio", "seed"} | {"response_format"}
    )

    def size(self, body: dict[str, Any]) -> tuple[int, int]:
        return body["width"], body["height"]


class CompatibleImages(OpenAIImages):
    name = "openai-compatible"
    models = ("sd-turbo",)
    fields = frozenset({"model", "prompt", "n", "size", "response_format"})


class GeminiImages(PictureApi):
    name = "gemini"
    block = ""  # why the prompt is refused
    finish = "STOP"

    def answer(self, request: Received) -> Reply:
        if request.headers.get("x-goog-api-key") != KEY:
            return self.refusal(401, f"API key not valid: {KEY}", "UNAUTHENTICATED")
        model, _, method = request.path.removeprefix("/v1beta/models/").partition(":")
        if model != "gemini-nano-banana-2.1" or method != "generateContent":
            return self.refusal(404, f"models/{model} is not found", "NOT_FOUND")
        body = request.json
        config = body["generationConfig"]
        if config["responseModalities"] != ["IMAGE"]:
            return self.refusal(400, "Request contains an invalid argument.", "INVALID_ARGUMENT")
        self.orders.append({"model": model, **body})
        if self.block:
            return Reply(body={"promptFeedback": {"blockReason": self.block}})
        if self.finish != "STOP":
            return Reply(body={"candidates": [{"finishReason": self.finish}]})
        across, down = (int(side) for side in config["imageConfig"]["aspectRatio"].split(":"))
        (drawn,) = self.drawn(across * 80, down * 80, 1)
        inline = {"mimeType": "image/jpeg", "data": base64.b64encode(drawn).decode()}
        thought = {"thought": True, "text": "A sea, then."}
        content = {"role": "model", "parts": [thought, {"inlineData": inline}]}
        return Reply(
            body={
                "candidates": [{"content": content, "finishReason": "STOP"}],
                "usageMetadata": {"promptTokenCount": 9, "totalTokenCount": 1_129},
                "responseId": "r1",
            }
        )

    def refusal(self, status: int, message: str, code: str = "") -> Reply:
        headers = {"retry-after": "7"} if status == 429 else {}
        error = {"code": status, "message": message, "status": code or "ERROR"}
        return Reply(status=status, body={"error": error}, headers=headers)


class ReplicateImages(PictureApi):
    name = "replicate"
    starting = 1  # answers before the work has ended
    status = "succeeded"
    error = ""
    gone = False  # the file is no longer there
    elsewhere = ""  # another address of the file

    def answer(self, request: Received) -> Reply:
        if request.path.startswith("/files/"):
            if "authorization" in request.headers:
                return Reply(status=400, body=b"a key was sent to the file server")
            if self.gone:
                return Reply(status=404, body=b"")
            shape = self.orders[-1]["input"]["aspect_ratio"] if self.orders else "16:9"
            across, down = (int(side) for side in shape.split(":"))
            (drawn,) = self.drawn(across * 80, down * 80, 1)
            return Reply(body=drawn, headers={"content-type": "image/png"})
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return self.refusal(401, "You did not pass a valid authentication token")
        if request.path.endswith("/cancel"):
            return Reply(body={"id": "p1", "status": "canceled"})
        if request.method == "GET":
            return Reply(body=self.prediction())
        if not request.path.startswith("/v1/models/black-forest-labs/flux-"):
            return self.refusal(404, "The requested resource could not be found.")
        self.orders.append({"path": request.path, **request.json})
        return Reply(status=201, body={"id": "p1", "status": "starting", "output": None})

    def prediction(self) -> dict[str, Any]:
        if self.starting:
            self.starting -= 1
            return {"id": "p1", "status": "starting", "output": None}
        if self.status != "succeeded":
            return {"id": "p1", "status": self.status, "error": self.error, "output": None}
        file = self.elsewhere or f"{self.url}/files/out-0.png"
        return {"id": "p1", "status": "succeeded", "error": None, "output": [file]}

    def refusal(self, status: int, message: str, code: str = "") -> Reply:
        headers = {"retry-after": "7"} if status == 429 else {}
        return Reply(status=status, body={"title": code, "detail": message}, headers=headers)
