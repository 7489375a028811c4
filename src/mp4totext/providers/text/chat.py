"""Vendors that follow OpenAI's chat API, through OpenAI's SDK or one made like it."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from mp4totext.providers import vendor_errors
from mp4totext.providers.text.base import (
    Finish,
    TextCapabilities,
    TextModelFacts,
    TextRequest,
    TextResult,
)
from mp4totext.providers.text.models import UNKNOWN

_FINISHES = {"length": Finish.LENGTH, "content_filter": Finish.SAFETY}
# Groq's code for an answer that it found not to be JSON, with what was written beside it.
_BAD_JSON = "json_validate_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatVendor:
    name: str
    title: str
    key: str  # the variable that holds its key
    output_limit: str = "max_completion_tokens"  # its name on the wire
    usage_in_stream: bool = True  # must be asked for, where a stream carries it


class ChatText:
    """``sdk`` is the module with the error classes that ``client`` raises.

    ``unknown``: the facts of a model that the capabilities do not name.
    """

    def __init__(
        self,
        client: Any,  # OpenAI or Groq: two classes made by one generator
        *,
        sdk: Any,
        vendor: ChatVendor,
        capabilities: TextCapabilities,
        unknown: TextModelFacts = UNKNOWN,
    ) -> None:
        self.capabilities = capabilities
        self._unknown = unknown
        self._client = client
        self._sdk = sdk
        self._vendor = vendor

    def write(self, request: TextRequest) -> TextResult:
        streams = request.schema is None or self.capabilities.streams_structured
        options = self._options(request)
        with self._errors():
            if streams:
                return self._streamed(request, options)
            return self._whole(request, options)

    def models(self) -> tuple[str, ...]:
        with self._errors():
            return tuple(sorted(model.id for model in self._client.models.list().data))

    def _options(self, request: TextRequest) -> dict[str, Any]:
        facts = self.capabilities.models.get(request.model, self._unknown)
        options: dict[str, Any] = {
            "model": request.model,
            "messages": [
                {"role": "system", "content": request.system},
                {"role": "user", "content": request.user},
            ],
            self._vendor.output_limit: request.max_output_tokens,
        }
        if request.temperature is not None and facts.temperature:
            options["temperature"] = request.temperature
        if request.schema is not None:
            schema = {"name": request.schema.name, "schema": dict(request.schema.schema)}
            if facts.strict_schema:
                options["response_format"] = {
                    "type": "json_schema",
                    "json_schema": {**schema, "strict": True},
                }
            else:
                # Where nothing enforces a schema, the model reads it.
                told = f"Answer with JSON of this schema: {json.dumps(schema['schema'])}"
                options["messages"].insert(1, {"role": "system", "content": told})
                options["response_format"] = {"type": "json_object"}
        return options

    def _streamed(self, request: TextRequest, options: dict[str, Any]) -> TextResult:
        if self._vendor.usage_in_stream:
            options["stream_options"] = {"include_usage": True}
        pieces: list[str] = []
        finish: str | None = None
        usage = None
        with closing(self._client.chat.completions.create(stream=True, **options)) as stream:
            for chunk in stream:
                usage = chunk.usage or usage
                for choice in chunk.choices[:1]:
                    finish = choice.finish_reason or finish
                    if choice.delta.content:
                        pieces.append(choice.delta.content)
                        request.on_text(choice.delta.content)
        return self._result("".join(pieces), finish, usage)

    def _whole(self, request: TextRequest, options: dict[str, Any]) -> TextResult:
        try:
            answer = self._client.chat.completions.create(**options)
        except self._sdk.BadRequestError as error:
            if _reason(error)[1] != _BAD_JSON:
                raise
            return TextResult(text=_bad_json(error), finish=Finish.STOP)
        choice = answer.choices[0]
        text = choice.message.content or ""
        request.on_text(text)
        return self._result(text, choice.finish_reason, answer.usage)

    def _result(self, text: str, finish: str | None, usage: Any) -> TextResult:
        if finish is None:  # the stream ended without its end
            raise vendor_errors.not_understood(self._vendor.name, self._vendor.title)
        return TextResult(
            text=text,
            finish=_FINISHES.get(finish, Finish.STOP),
            input_tokens=usage.prompt_tokens if usage else None,
            output_tokens=usage.completion_tokens if usage else None,
        )

    @contextmanager
    def _errors(self) -> Iterator[None]:
        sdk, vendor = self._sdk, self._vendor
        try:
            yield
        except sdk.APITimeoutError as error:
            raise vendor_errors.unreachable(vendor.name, vendor.title, timed_out=True) from error
        except sdk.APIConnectionError as error:
            raise vendor_errors.unreachable(vendor.name, vendor.title) from error
        except sdk.APIStatusError as error:
            said, code = _reason(error)
            raise vendor_errors.from_status(
                provider=vendor.name,
                title=vendor.title,
                setting=vendor.key,
                status=error.status_code,
                message=said,
                code=code,
                headers=error.response.headers,
            ) from error
        except (sdk.APIError, ValueError, IndexError, AttributeError) as error:
            # The SDK trusts every field to be there.
            raise vendor_errors.not_understood(vendor.name, vendor.title) from error


def _reason(error: Any) -> tuple[str, str | None]:
    """The vendor's own sentence and code; one SDK unwraps the body's ``error``, the other not."""
    body = error.body if isinstance(error.body, dict) else {}
    inner = body.get("error", body)
    if not isinstance(inner, dict):
        return str(inner), None
    said, code = inner.get("message"), inner.get("code")
    return (
        said if isinstance(said, str) else "no reason given",
        code if isinstance(code, str) else None,
    )


def _bad_json(error: Any) -> str:
    """What the model wrote; it goes the way of every answer that does not fit its schema."""
    body = error.body if isinstance(error.body, dict) else {}
    written = body.get("error", body).get("failed_generation")
    return written if isinstance(written, str) else ""
