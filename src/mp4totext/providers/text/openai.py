"""OpenAI, through its Responses API; nothing is kept there."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import openai

from mp4totext.providers import vendor_errors
from mp4totext.providers.errors import ProviderMisconfigured
from mp4totext.providers.text.base import Finish, TextCapabilities, TextRequest, TextResult
from mp4totext.providers.text.capabilities import OPENAI
from mp4totext.providers.text.models import UNKNOWN
from mp4totext.settings import Settings

NAME, TITLE, KEY = "openai", "OpenAI", "OPENAI_API_KEY"
_ENDS = ("response.completed", "response.incomplete", "response.failed")


class OpenAIText:
    def __init__(
        self, *, key: str, base_url: str | None, timeout_s: float, connect_timeout_s: float
    ) -> None:
        self.capabilities: TextCapabilities = OPENAI
        self._client = openai.OpenAI(
            api_key=key,
            base_url=base_url,
            timeout=openai.Timeout(timeout_s, connect=connect_timeout_s),
            max_retries=0,  # retries are the job's
        )

    def write(self, request: TextRequest) -> TextResult:
        pieces: list[str] = []
        refused = False
        end: Any = None
        with _errors(), closing(self._client.responses.create(**_options(request))) as stream:
            for event in stream:
                if event.type == "response.output_text.delta":
                    pieces.append(event.delta)
                    request.on_text(event.delta)
                elif event.type == "response.refusal.delta":
                    refused = True
                elif event.type == "error":
                    raise _failed(event.code, event.message)
                elif event.type in _ENDS:
                    end = event.response
        if end is None:
            raise vendor_errors.not_understood(NAME, TITLE)
        if end.status == "failed":
            raise _failed(end.error.code if end.error else None, end.error and end.error.message)
        return TextResult(
            text="".join(pieces),
            finish=Finish.SAFETY if refused else _finish(end),
            input_tokens=end.usage.input_tokens if end.usage else None,
            output_tokens=end.usage.output_tokens if end.usage else None,
        )

    def models(self) -> tuple[str, ...]:
        with _errors():
            return tuple(sorted(model.id for model in self._client.models.list()))


def build(settings: Settings) -> OpenAIText:
    engines = settings.engines
    if engines.openai_api_key is None:
        raise ProviderMisconfigured(f"openai: set {KEY}", provider=NAME)
    return OpenAIText(
        key=engines.openai_api_key.get_secret_value(),
        base_url=engines.openai_base_url,
        timeout_s=engines.vendor_timeout_s,
        connect_timeout_s=engines.vendor_connect_timeout_s,
    )


def _options(request: TextRequest) -> dict[str, Any]:
    facts = OPENAI.models.get(request.model, UNKNOWN)
    options: dict[str, Any] = {
        "model": request.model,
        "instructions": request.system,
        "input": request.user,
        "max_output_tokens": request.max_output_tokens,
        "stream": True,
        "store": False,
    }
    if request.temperature is not None and facts.temperature:
        options["temperature"] = request.temperature
    if facts.reasoning_tokens:
        options["reasoning"] = {"effort": "low"}
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


def _finish(end: Any) -> Finish:
    if end.status == "completed":
        return Finish.STOP
    reason = end.incomplete_details.reason if end.incomplete_details else None
    return Finish.SAFETY if reason == "content_filter" else Finish.LENGTH


def _failed(code: str | None, message: str | None) -> Exception:
    """A failure inside a stream that began well has a code and no status."""
    status = 429 if code == "rate_limit_exceeded" else 400 if code == "invalid_prompt" else 500
    return vendor_errors.from_status(
        provider=NAME, title=TITLE, setting=KEY, status=status, message=message or "", code=code
    )


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except openai.APITimeoutError as error:
        raise vendor_errors.unreachable(NAME, TITLE, timed_out=True) from error
    except openai.APIConnectionError as error:
        raise vendor_errors.unreachable(NAME, TITLE) from error
    except openai.APIStatusError as error:
        said = error.body.get("message") if isinstance(error.body, dict) else None
        raise vendor_errors.from_status(
            provider=NAME,
            title=TITLE,
            setting=KEY,
            status=error.status_code,
            message=said if isinstance(said, str) else error.message,
            code=error.code,
            headers=error.response.headers,
        ) from error
    except (openai.APIError, ValueError) as error:
        raise vendor_errors.not_understood(NAME, TITLE) from error
