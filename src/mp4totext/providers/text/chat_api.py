"""OpenAI's chat API, which other vendors and self-hosted servers implement."""

import json
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from mp4totext.providers import vendor_errors
from mp4totext.providers.access import Access
from mp4totext.providers.openai_sdk import OPENAI_SDK, Sdk, SdkClient, reason_of
from mp4totext.providers.text.base import (
    Finish,
    ListedModel,
    TextCapabilities,
    TextRequest,
    TextResult,
)
from mp4totext.providers.text.vendor_list import listed

_FINISHES = {"length": Finish.LENGTH, "content_filter": Finish.SAFETY}
# Groq's code for an answer that is not JSON, which the error quotes.
_BAD_JSON = "json_validate_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatQuirks:
    """How a vendor differs. The defaults are OpenAI's current API."""

    sdk: Sdk = OPENAI_SDK
    output_limit: str = "max_completion_tokens"  # the field's name in requests
    ask_for_usage: bool = True  # False: a stream has the token counts anyway


class ChatText:
    def __init__(self, access: Access[TextCapabilities], *, quirks: ChatQuirks) -> None:
        self._capabilities = access.capabilities
        self._client = SdkClient(access, quirks.sdk)
        self._quirks = quirks

    def write(self, request: TextRequest) -> TextResult:
        streams = request.schema is None or self._capabilities.streams_structured
        options = self._options(request)
        with self._client.translated_errors():
            return self._streamed(request, options) if streams else self._whole(request, options)

    def models(self) -> tuple[ListedModel, ...]:
        return listed(self._client)

    def _options(self, request: TextRequest) -> dict[str, Any]:  # the SDK's keyword arguments
        facts = request.facts
        options: dict[str, Any] = {
            "model": request.model,
            "messages": [
                {"role": "system", "content": request.system},
                {"role": "user", "content": request.user},
            ],
            self._quirks.output_limit: request.max_output_tokens,
        }
        if request.temperature is not None and facts.takes_temperature:
            options["temperature"] = request.temperature
        if facts.reasoning_effort is not None:
            options["reasoning_effort"] = facts.reasoning_effort
        if request.schema is not None:
            schema = {"name": request.schema.name, "schema": dict(request.schema.schema)}
            if facts.strict_schema:
                options["response_format"] = {
                    "type": "json_schema",
                    "json_schema": {**schema, "strict": True},
                }
            else:
                # Without enforcement by the vendor, the schema is part of the prompt.
                rule = f"Answer with JSON of this schema: {json.dumps(schema['schema'])}"
                options["messages"].insert(1, {"role": "system", "content": rule})
                options["response_format"] = {"type": "json_object"}
        return options

    def _streamed(self, request: TextRequest, options: dict[str, Any]) -> TextResult:
        if self._quirks.ask_for_usage:
            options["stream_options"] = {"include_usage": True}
        pieces: list[str] = []
        finish: str | None = None
        usage = None
        with closing(self._client.api.chat.completions.create(stream=True, **options)) as stream:
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
            answer = self._client.api.chat.completions.create(**options)
        except self._client.errors.BadRequestError as error:
            if reason_of(error)[1] != _BAD_JSON:
                raise
            # Returned like every answer that does not match its schema: the caller asks again.
            body = error.body if isinstance(error.body, dict) else {}
            written = body.get("error", body).get("failed_generation")
            return TextResult(text=written if isinstance(written, str) else "", finish=Finish.STOP)
        choice = answer.choices[0]
        text = choice.message.content or ""
        request.on_text(text)
        return self._result(text, choice.finish_reason, answer.usage)

    def _result(self, text: str, finish: str | None, usage: Any) -> TextResult:
        if finish is None:  # the stream broke off
            raise vendor_errors.unreadable(self._client.vendor)
        return TextResult(
            text=text,
            finish=_FINISHES.get(finish, Finish.STOP),
            input_tokens=usage.prompt_tokens if usage else None,
            output_tokens=usage.completion_tokens if usage else None,
        )
