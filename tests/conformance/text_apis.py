"""The published APIs of language models: OpenAI's Responses and chat, Groq's, Gemini's."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.conformance.server import Received, Reply

KEY = "sk-test-0123456789abcdef0123456789"
SSE = {"content-type": "text/event-stream"}


@dataclass(frozen=True)
class ModelRequest:
    """A request in any vendor's form."""

    model: str
    system: str
    user: str
    max_tokens: int
    schema: str | None  # its name, or "" where the form carries none
    streamed: bool


@dataclass(frozen=True)
class ModelAnswer:
    text: str
    finish: str = "stop"  # stop, length, safety


class Model(Protocol):
    def __call__(self, request: ModelRequest) -> ModelAnswer: ...


@dataclass
class TextApi:
    """``model`` writes the answers; ``requests`` are those it got, in order."""

    model: Model
    between_s: float = 0
    names: Mapping[str, str | None] = field(default_factory=lambda: {"one": None})  # and their end
    requests: list[ModelRequest] = field(default_factory=list)

    prefix = ""
    output_limit = "max_tokens"

    def answer(self, request: Received) -> Reply:
        refused = self.refused(request)
        if refused is not None:
            return refused
        if request.method == "GET":
            return self.listed()
        model_request = self.read(request)
        if isinstance(model_request, Reply):
            return model_request
        self.requests.append(model_request)
        return self.reply(model_request, self.model(model_request))

    def refused(self, request: Received) -> Reply | None:
        raise NotImplementedError

    def read(self, request: Received) -> ModelRequest | Reply:
        raise NotImplementedError

    def reply(self, request: ModelRequest, answer: ModelAnswer) -> Reply:
        raise NotImplementedError

    def listed(self) -> Reply:
        return Reply(body={"object": "list", "data": self.lines()})

    def lines(self) -> list[dict[str, Any]]:
        return [{"id": name, "object": "model", "created": 1} for name in self.names]

    def problem(self, status: int, code: str, message: str = "no") -> Reply:
        """With Retry-After where it is busy."""
        error = {"message": message, "type": "error", "param": None, "code": code}
        return Reply(status=status, body={"error": error}, headers=_pause(status))

    def events(self, events: list[Mapping[str, Any] | str], *, named: bool = False) -> Reply:
        lines = []
        for event in events:
            name = f"event: {event['type']}\n" if named and isinstance(event, Mapping) else ""
            data = event if isinstance(event, str) else json.dumps(event)
            lines.append(f"{name}data: {data}\n\n".encode())
        return Reply(pieces=tuple(lines), headers=SSE, between_s=self.between_s)


def _pause(status: int) -> dict[str, str]:
    return {"retry-after": "7"} if status in (429, 503) else {}


def _pieces(text: str) -> list[str]:
    size = max(40, len(text) // 40)
    return [text[at : at + size] for at in range(0, len(text), size)]


class OpenAIResponses(TextApi):
    prefix = "/v1"

    def lines(self) -> list[dict[str, Any]]:
        """With the day each model ends on, as OpenAI's own list has it since 2026."""
        lines = super().lines()
        return [line | {"shutdown_date": self.names[line["id"]]} for line in lines]

    def refused(self, request: Received) -> Reply | None:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return self.problem(401, "invalid_api_key", f"Incorrect API key provided: {KEY}.")
        if request.path not in (f"{self.prefix}/responses", f"{self.prefix}/models"):
            return self.problem(404, "not_found")
        return None

    def read(self, request: Received) -> ModelRequest | Reply:
        body = request.json
        known = {
            *("model", "instructions", "input", "max_output_tokens", "stream", "store"),
            *("temperature", "reasoning", "text"),
        }
        if set(body) - known or body["store"] is not False or body["max_output_tokens"] < 16:
            return self.problem(400, "unknown_parameter", str(set(body) - known))
        reasons = body.get("reasoning", {}).get("effort", "medium") != "none"
        if body["model"].startswith(("gpt-5", "gpt-6")) and reasons and "temperature" in body:
            return self.problem(400, "unsupported_parameter", "temperature")
        if body["model"].startswith("gpt-6.1-sol") and not reasons:
            return self.problem(400, "unsupported_value", "reasoning.effort")
        form = body.get("text", {}).get("format")
        if form is not None and (wrong := not_strict(form["schema"])):
            return self.problem(400, "invalid_json_schema", wrong)
        return ModelRequest(
            model=body["model"],
            system=body["instructions"],
            user=body["input"],
            max_tokens=body["max_output_tokens"],
            schema=form["name"] if form else None,
            streamed=body["stream"],
        )

    def reply(self, request: ModelRequest, answer: ModelAnswer) -> Reply:
        status = "completed" if answer.finish == "stop" else "incomplete"
        reasons = {"length": "max_output_tokens", "safety": "content_filter"}
        reason = reasons.get(answer.finish)
        response = {
            "id": "resp_1",
            "object": "response",
            "created_at": 1,
            "model": request.model,
            "output": [],
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "status": "in_progress",
        }
        deltas = [
            {
                "type": "response.output_text.delta",
                "item_id": "msg_1",
                "output_index": 0,
                "content_index": 0,
                "delta": piece,
                "logprobs": [],
                "sequence_number": number,
            }
            for number, piece in enumerate(_pieces(answer.text), 1)
        ]
        usage = {
            "input_tokens": 100,
            "output_tokens": 20,
            "total_tokens": 120,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens_details": {"reasoning_tokens": 0},
        }
        end = {
            **response,
            "status": status,
            "usage": usage,
            "incomplete_details": {"reason": reason} if reason else None,
        }
        return self.events(
            [
                {"type": "response.created", "response": response, "sequence_number": 0},
                *deltas,
                {"type": f"response.{status}", "response": end, "sequence_number": 99},
            ],
            named=True,
        )


class OpenAIChat(TextApi):
    """OpenAI's chat API as servers of one's own follow it."""

    prefix = "/v1"

    def refused(self, request: Received) -> Reply | None:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return self.problem(401, "invalid_api_key", f"Invalid API Key {KEY}")
        if request.path not in (f"{self.prefix}/chat/completions", f"{self.prefix}/models"):
            return self.problem(404, "not_found")
        return None

    def read(self, request: Received) -> ModelRequest | Reply:
        body = request.json
        form = body.get("response_format")
        if form is not None and (wrong := self.bad_form(body, form)):
            return self.problem(400, "invalid_request", wrong)
        if self.output_limit not in body or body[self.output_limit] < 1:
            return self.problem(400, "invalid_request", "no output limit")
        system = [message["content"] for message in body["messages"] if message["role"] == "system"]
        (user,) = [message["content"] for message in body["messages"] if message["role"] == "user"]
        name = None if form is None else form.get("json_schema", {}).get("name", "")
        return ModelRequest(
            model=body["model"],
            system="\n".join(system),
            user=user,
            max_tokens=body[self.output_limit],
            schema=name,
            streamed=body.get("stream", False),
        )

    def bad_form(self, body: Mapping[str, Any], form: Mapping[str, Any]) -> str | None:
        return not_strict(form["json_schema"]["schema"]) if "json_schema" in form else None

    def reply(self, request: ModelRequest, answer: ModelAnswer) -> Reply:
        finish = {"safety": "content_filter"}.get(answer.finish, answer.finish)
        usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
        head = {"id": "chat_1", "created": 1, "model": request.model}
        if not request.streamed:
            message = {"role": "assistant", "content": answer.text}
            choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
            return Reply(
                body={**head, "object": "chat.completion", "choices": [choice], "usage": usage}
            )
        head["object"] = "chat.completion.chunk"
        chunks = [
            {**head, "choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]}
            for piece in _pieces(answer.text)
        ]
        last = {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": finish}]}
        return self.events([*chunks, *self.last(last, usage, head), "[DONE]"])

    def last(
        self, last: dict[str, Any], usage: dict[str, Any], head: dict[str, Any]
    ) -> list[dict[str, Any]]:
        return [last, {**head, "choices": [], "usage": usage}]


class TogetherChat(OpenAIChat):
    def listed(self) -> Reply:
        """A bare list, not OpenAI's object around it."""
        return Reply(body=self.lines())


class GroqChat(OpenAIChat):
    prefix = "/openai/v1"
    output_limit = "max_completion_tokens"

    def bad_form(self, body: Mapping[str, Any], form: Mapping[str, Any]) -> str | None:
        if body.get("stream"):
            return "response_format does not support streaming"
        if form["type"] == "json_schema" and not body["model"].startswith("openai/gpt-oss"):
            return "This model does not support response format `json_schema`."
        return super().bad_form(body, form)

    def last(
        self, last: dict[str, Any], usage: dict[str, Any], head: dict[str, Any]
    ) -> list[dict[str, Any]]:
        return [{**last, "x_groq": {"id": "req_1", "usage": usage}, "usage": usage}]


class GeminiApi(TextApi):
    prefix = "/v1"

    def refused(self, request: Received) -> Reply | None:
        if request.headers.get("x-goog-api-key") != KEY:
            detail = {"reason": "API_KEY_INVALID", "domain": "googleapis.com"}
            error = {
                "code": 400,
                "message": f"API key not valid: {KEY}",
                "status": "INVALID_ARGUMENT",
                "details": [detail],
            }
            return Reply(status=400, body={"error": error})
        if not request.path.startswith(f"{self.prefix}/models"):
            return self.problem(404, "NOT_FOUND")
        return None

    def listed(self) -> Reply:
        return Reply(body={"models": [{"name": f"models/{name}"} for name in self.names]})

    def read(self, request: Received) -> ModelRequest | Reply:
        if not request.path.endswith(":streamGenerateContent"):
            return self.problem(404, "NOT_FOUND")
        body = request.json
        config = body["generationConfig"]
        thinking = config.get("thinkingConfig", {})
        if {"thinkingBudget", "thinkingLevel"} <= set(thinking):
            return self.problem(400, "INVALID_ARGUMENT", "a budget and a level")
        if "/gemini-3" in request.path and "thinkingBudget" in thinking:
            return self.problem(400, "INVALID_ARGUMENT", "Gemini 3 takes a thinking level")
        schema = config.get("responseJsonSchema")
        if (schema is not None) != (config.get("responseMimeType") == "application/json"):
            return self.problem(400, "INVALID_ARGUMENT", "a schema needs application/json")
        return ModelRequest(
            model=request.path.removeprefix(f"{self.prefix}/models/").partition(":")[0],
            system=body["systemInstruction"]["parts"][0]["text"],
            user=body["contents"][0]["parts"][0]["text"],
            max_tokens=config["maxOutputTokens"],
            schema=None if schema is None else schema["title"],
            streamed=True,
        )

    def reply(self, request: ModelRequest, answer: ModelAnswer) -> Reply:
        if answer.finish == "safety":
            return self.events([{"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}])
        usage = {"promptTokenCount": 100, "candidatesTokenCount": 15, "thoughtsTokenCount": 5}
        chunks: list[dict[str, Any]] = [
            {"candidates": [{"content": {"role": "model", "parts": [{"text": piece}]}, "index": 0}]}
            for piece in _pieces(answer.text)
        ]
        finish = {"length": "MAX_TOKENS"}.get(answer.finish, "STOP")
        end = {"content": {"role": "model", "parts": [{"text": ""}]}, "finishReason": finish}
        return self.events([*chunks, {"candidates": [end], "usageMetadata": usage}])

    def problem(self, status: int, code: str, message: str = "no") -> Reply:
        error = {"code": status, "message": message, "status": code}
        return Reply(status=status, body={"error": error}, headers=_pause(status))


def not_strict(schema: Any) -> str | None:
    """What OpenAI's strict mode would refuse of a JSON Schema."""
    if isinstance(schema, dict):
        if schema.get("type") == "object" and "properties" in schema:
            if schema.get("additionalProperties") is not False:
                return "additionalProperties must be false"
            if set(schema.get("required", ())) != set(schema["properties"]):
                return "every property must be required"
        if "default" in schema:
            return "default is not permitted"
        return next(filter(None, map(not_strict, schema.values())), None)
    if isinstance(schema, list):
        return next(filter(None, map(not_strict, schema)), None)
    return None


Make = Callable[[Model], TextApi]
