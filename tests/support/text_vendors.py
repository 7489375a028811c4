"""Fake servers with the APIs of all text providers, and a model that follows its prompts."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from mp4totext.settings import Settings
from tests.conformance import tavily_api
from tests.conformance.server import Server, running
from tests.conformance.text_apis import (
    KEY,
    GeminiApi,
    GroqChat,
    Model,
    ModelAnswer,
    ModelRequest,
    OpenAIChat,
    OpenAIResponses,
    TextApi,
    TogetherChat,
)


@dataclass(frozen=True)
class Vendor:
    name: str
    api: type[TextApi]
    model: str
    rate: str  # credits for 1,000 characters
    multiplier: str
    keys: Mapping[str, str]  # setting -> value
    url: str  # the setting
    suffix: str = ""  # of its address
    variable: str = ""

    def settings(self, base: Settings, server: Server, **more: Any) -> Settings:
        changes: dict[str, Any] = {n: SecretStr(value) for n, value in self.keys.items()}
        changes[self.url] = server.url + self.suffix
        return with_engines(base, **(changes | more))


def with_engines(base: Settings, **changes: Any) -> Settings:
    engines = base.engines.model_copy(update={"vendor_timeout_s": 5.0, **changes})
    return base.model_copy(update={"engines": engines})


VENDORS = (
    Vendor(
        "openai",
        OpenAIResponses,
        "gpt-6-luna",
        "0.006",
        "0.3",
        {"openai_api_key": KEY},
        "openai_base_url",
        "/v1",
        "OPENAI_API_KEY",
    ),
    Vendor(
        "gemini",
        GeminiApi,
        "gemini-3.5-flash-lite",
        "0.029",
        "1",
        {"gemini_api_key": KEY},
        "gemini_base_url",
        "",
        "GEMINI_API_KEY",
    ),
    Vendor(
        "groq",
        GroqChat,
        "qwen/qwen3.6-27b",
        "0.038",
        "1.3",
        {"groq_api_key": KEY},
        "groq_base_url",
        "",
        "GROQ_API_KEY",
    ),
    Vendor(
        "together",
        TogetherChat,
        "openai/gpt-oss-120b",
        "0.008",
        "1.2",
        {"together_api_key": KEY},
        "together_base_url",
        "/v1",
        "TOGETHER_API_KEY",
    ),
    Vendor(
        "openai-compatible",
        OpenAIChat,
        "llama3.2",
        "0.001",
        "0.5",
        {"openai_compatible_api_key": KEY},
        "openai_compatible_base_url",
        "/v1",
        "OPENAI_COMPATIBLE_API_KEY",
    ),
)
BY_NAME = {vendor.name: vendor for vendor in VENDORS}


@contextmanager
def vendor_server(vendor: Vendor, model: Model) -> Iterator[tuple[Server, TextApi]]:
    api = vendor.api(model)
    with running(api) as server:
        yield server, api


@contextmanager
def search_server(found: int = 2) -> Iterator[tuple[Server, tavily_api.TavilyApi]]:
    api = tavily_api.TavilyApi(found)
    with running(api) as server:
        yield server, api


# A model that does what the prompt of each kind says

LINE = re.compile(r"^\[(s\d+) [^\]]*\] (.*)$", re.MULTILINE)
_RECORDING = re.compile(r"<recording>\n(.*)\n</recording>", re.DOTALL)
_RESULT = re.compile(r'<result part="\d+">\n(.*?)\n</result>', re.DOTALL)
FACT = "7319"


def lines_of(request: ModelRequest) -> list[tuple[str, str]]:
    """The lines of the recording in a request, as (segment id, words)."""
    recording = _RECORDING.search(request.user)
    return LINE.findall(recording.group(1)) if recording else []


def schema_of(request: ModelRequest) -> str | None:
    if request.schema != "":
        return request.schema
    instruction = request.system.partition("Answer with JSON of this schema: ")[2]
    title = json.loads(instruction)["title"] if instruction else None
    return str(title) if title else None


def compliant_model(request: ModelRequest) -> ModelAnswer:
    schema = schema_of(request)
    results = _RESULT.findall(request.user)
    if results and schema:
        (key,) = json.loads(results[0])
        joined = [entry for result in results for entry in json.loads(result)[key]]
        if key == "queries":  # the most useful one
            joined = [query for query in joined if FACT in query["query"]] or joined[:1]
        return ModelAnswer(json.dumps({key: joined}))
    if results:
        return ModelAnswer("Merged: " + " ".join(results))
    lines = lines_of(request)
    if "Answer with one line for each line" in request.user:
        return ModelAnswer("\n".join(f"[{key}] {words.upper()}" for key, words in lines))
    if schema:
        return ModelAnswer(json.dumps(_STRUCTURED[schema](lines)))
    facts = [f"The code is {FACT} [{key}]." for key, words in lines if FACT in words]
    first = lines[0][0] if lines else "s1"
    return ModelAnswer(" ".join([f"It begins here [{first}].", *facts]))


def _facts(lines: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [line for line in lines if FACT in line[1]] or lines[:1]


_STRUCTURED: Mapping[str, Callable[[list[tuple[str, str]]], dict[str, Any]]] = {
    "ChaptersAnswer": lambda lines: {
        "chapters": [
            {
                "headline": words,
                "gist": "topic",
                "summary": words,
                "first_segment_id": key,
                "segment_ids": [key],
            }
            for key, words in _facts(lines)
        ]
    },
    "ActionItemsAnswer": lambda lines: {
        "action_items": [
            {"task": words, "owner": None, "due": None, "quote": words, "segment_ids": [key]}
            for key, words in _facts(lines)
        ]
    },
    "KeyPhrasesAnswer": lambda lines: {
        "key_phrases": [
            {"phrase": words[:40], "said": words, "segment_ids": [key]}
            for key, words in _facts(lines)
        ]
    },
    "ExamAnswer": lambda lines: {
        "questions": [
            {
                "question": f"What of this: {words}?",
                "type": "short_answer",
                "difficulty": "easy",
                "options": [],
                "answer": words,
                "explanation": "It was said.",
                "segment_ids": [key],
            }
            for key, words in _facts(lines)
        ]
    },
    "QuestionsAnswer": lambda lines: {
        "answers": [
            {"question": "Which?", "answer": words, "quote": words, "segment_ids": [key]}
            for key, words in _facts(lines)
        ]
    },
    "WebQueriesAnswer": lambda lines: {
        "queries": [
            {"query": f"about {words[:60]}", "reason": "to know", "segment_ids": [key]}
            for key, words in _facts(lines)
        ]
    },
}
