"""Google's Gemini API, through google-genai."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from google import genai
from google.genai import errors, types

from mp4totext.kit.counts import vendor_call
from mp4totext.providers import vendor_errors
from mp4totext.providers.access import Access
from mp4totext.providers.connections import close_at_exit, trusted_certificates
from mp4totext.providers.model_catalogue import TextModelFacts
from mp4totext.providers.text.base import (
    LIST_TIMEOUT_S,
    Finish,
    ListedModel,
    TextCapabilities,
    TextRequest,
    TextResult,
)
from mp4totext.providers.vendor_errors import Vendor

_CUT = "MAX_TOKENS"
_DONE = "STOP"
# Gemini answers an invalid key with 400 and this word in the details.
_WRONG_KEY = "API_KEY_INVALID"


class GeminiText:
    def __init__(self, access: Access[TextCapabilities]) -> None:
        self._vendor = access.vendor
        timeouts = access.timeouts
        # Created here, so that its timeouts and errors are known.
        connection = httpx.Client(
            timeout=httpx.Timeout(timeouts.silence_s, connect=timeouts.connect_s),
            verify=trusted_certificates(),
        )
        self._client = genai.Client(
            api_key=access.key,
            vertexai=False,
            http_options=types.HttpOptions(
                base_url=access.base_url or None,
                timeout=round(timeouts.silence_s * 1000),
                httpx_client=close_at_exit(connection),
            ),
        )

    def write(self, request: TextRequest) -> TextResult:
        pieces: list[str] = []
        finish: Finish | None = None
        usage: Any = None
        with vendor_call(self._vendor.name), _errors(self._vendor), self._stream(request) as stream:
            for chunk in stream:
                usage = chunk.usage_metadata or usage
                finish = _finish(chunk) or finish
                if text := _text(chunk):
                    pieces.append(text)
                    request.on_text(text)
        if finish is None:  # the stream broke off
            raise vendor_errors.unreadable(self._vendor)
        return TextResult(
            text="".join(pieces),
            finish=finish,
            input_tokens=usage.prompt_token_count if usage else None,
            output_tokens=_output_tokens(usage),
        )

    @contextmanager
    def _stream(self, request: TextRequest) -> Iterator[Iterator[types.GenerateContentResponse]]:
        """The chunks of the answer. Closing the stream ends the call, also after an error."""
        stream = self._client.models.generate_content_stream(
            model=request.model,
            contents=request.user,
            config=_config(request),
        )
        try:
            yield stream
        finally:
            close = getattr(stream, "close", None)  # a generator, although typed as an iterator
            if close is not None:
                close()

    def models(self) -> tuple[ListedModel, ...]:
        options = types.ListModelsConfig(
            http_options=types.HttpOptions(timeout=round(LIST_TIMEOUT_S * 1000)),
            page_size=1000,  # the maximum: one request suffices
        )
        with vendor_call(self._vendor.name), _errors(self._vendor):
            listed = self._client.models.list(config=options)
            names = {(model.name or "").removeprefix("models/") for model in listed}
        return tuple(ListedModel(name=name) for name in sorted(names - {""}))


def _config(request: TextRequest) -> types.GenerateContentConfig:
    facts = request.facts
    return types.GenerateContentConfig(
        system_instruction=request.system,
        max_output_tokens=request.max_output_tokens,
        temperature=request.temperature if facts.takes_temperature else None,
        response_mime_type=None if request.schema is None else "application/json",
        response_json_schema=None if request.schema is None else dict(request.schema.schema),
        thinking_config=_thinking(facts),
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
    )


def _thinking(facts: TextModelFacts) -> types.ThinkingConfig | None:
    """The reasoning option: a level or a number of tokens, as the vendor refuses both at once."""
    if facts.reasoning_effort is not None:
        return types.ThinkingConfig(
            thinking_level=types.ThinkingLevel(facts.reasoning_effort.upper())
        )
    if facts.limits_reasoning:
        return types.ThinkingConfig(thinking_budget=facts.reasoning_tokens)
    return None


def _text(chunk: types.GenerateContentResponse) -> str:
    """The text without thoughts. ``chunk.text`` would warn of every other kind of part."""
    for candidate in (chunk.candidates or [])[:1]:
        parts = (candidate.content.parts if candidate.content else None) or []
        return "".join(part.text for part in parts if part.text and not part.thought)
    return ""


def _finish(chunk: types.GenerateContentResponse) -> Finish | None:
    feedback = chunk.prompt_feedback
    if feedback is not None and feedback.block_reason is not None:
        return Finish.SAFETY
    for candidate in (chunk.candidates or [])[:1]:
        reason = candidate.finish_reason
        if reason is None:
            return None
        if reason.name == _DONE:
            return Finish.STOP
        # For all other reasons the vendor withholds the answer because of its content.
        return Finish.LENGTH if reason.name == _CUT else Finish.SAFETY
    return None


def _output_tokens(usage: Any) -> int | None:
    if usage is None:
        return None
    return (usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0)


@contextmanager
def _errors(vendor: Vendor) -> Iterator[None]:
    try:
        yield
    except httpx.ConnectTimeout as error:
        raise vendor_errors.unreachable(vendor) from error
    except httpx.TimeoutException as error:
        raise vendor_errors.unreachable(vendor, timed_out=True) from error
    except httpx.HTTPError as error:
        raise vendor_errors.unreachable(vendor) from error
    except errors.APIError as error:
        status = 401 if _WRONG_KEY in str(error.details) else error.code
        raise vendor_errors.from_status(
            vendor,
            status=status if isinstance(status, int) else 500,
            message=error.message or "",
            code=error.status,
            headers=getattr(error.response, "headers", None),
        ) from error
    except (ValueError, errors.UnknownApiResponseError) as error:
        raise vendor_errors.unreadable(vendor) from error
