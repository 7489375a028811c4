"""OpenAI's Responses API, without storage at the vendor."""

from contextlib import closing
from typing import Any

from mp4totext.providers import vendor_errors
from mp4totext.providers.access import Access
from mp4totext.providers.openai_sdk import OPENAI_SDK, SdkClient
from mp4totext.providers.text.base import (
    Finish,
    ListedModel,
    TextCapabilities,
    TextRequest,
    TextResult,
)
from mp4totext.providers.text.vendor_list import listed

_ENDS = ("response.completed", "response.incomplete", "response.failed")
# A failure within a stream has a code but no status: these are the usual ones.
_STATUSES = {"rate_limit_exceeded": 429, "invalid_prompt": 400}


class ResponsesText:
    def __init__(self, access: Access[TextCapabilities]) -> None:
        self._client = SdkClient(access, OPENAI_SDK)

    def write(self, request: TextRequest) -> TextResult:
        options = _options(request)
        pieces: list[str] = []
        refused = False
        end: Any = None
        with (
            self._client.translated_errors(),
            closing(self._client.api.responses.create(**options)) as stream,
        ):
            for event in stream:
                if event.type == "response.output_text.delta":
                    pieces.append(event.delta)
                    request.on_text(event.delta)
                elif event.type == "response.refusal.delta":
                    refused = True
                elif event.type == "error":
                    raise self._failed(event.code, event.message)
                elif event.type in _ENDS:
                    end = event.response
        if end is None:  # the stream broke off
            raise vendor_errors.unreadable(self._client.vendor)
        if end.status == "failed":
            raise self._failed(
                end.error.code if end.error else None, end.error.message if end.error else None
            )
        return TextResult(
            text="".join(pieces),
            finish=Finish.SAFETY if refused else _finish(end),
            input_tokens=end.usage.input_tokens if end.usage else None,
            output_tokens=end.usage.output_tokens if end.usage else None,
        )

    def models(self) -> tuple[ListedModel, ...]:
        return listed(self._client)

    def _failed(self, code: str | None, message: str | None) -> Exception:
        return vendor_errors.from_status(
            self._client.vendor,
            status=_STATUSES.get(code or "", 500),
            message=message or "",
            code=code,
        )


def _options(request: TextRequest) -> dict[str, Any]:  # the SDK's arguments
    facts = request.facts
    options: dict[str, Any] = {
        "model": request.model,
        "instructions": request.system,
        "input": request.user,
        "max_output_tokens": request.max_output_tokens,
        "stream": True,
        "store": False,
    }
    if request.temperature is not None and facts.takes_temperature:
        options["temperature"] = request.temperature
    if facts.reasoning_effort is not None:
        options["reasoning"] = {"effort": facts.reasoning_effort}
    if request.schema is not None:
        options["text"] = {
            "format": {
                "type": "json_schema",
                "name": request.schema.name,
                "schema": dict(request.schema.schema),
                "strict": True,
            }
        }
    return options


def _finish(end: Any) -> Finish:  # the SDK's Response
    if end.status == "completed":
        return Finish.STOP
    reason = end.incomplete_details.reason if end.incomplete_details else None
    return Finish.SAFETY if reason == "content_filter" else Finish.LENGTH
