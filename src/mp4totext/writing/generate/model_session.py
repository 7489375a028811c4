"""Calls to one language model: whole answers, however often they are cut, and paid for once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pydantic import ValidationError

from mp4totext.providers.errors import ProviderRejected
from mp4totext.providers.text.base import (
    AnswerSchema,
    Finish,
    TextModel,
    TextModelFacts,
    TextRequest,
    TextResult,
    no_text,
)
from mp4totext.writing.kinds.base import Answer
from mp4totext.writing.prompts import Prompt, continue_prompt, repair_prompt
from mp4totext.writing.tokens import approximate_tokens

TEMPERATURE = 0.2  # the recording's words matter, not the model's fancy
MOST_CONTINUATIONS = 12
MARGIN_TOKENS = 512  # for what a vendor adds around the messages
REMEMBERED_CHARACTERS = 12_000  # of an answer so far; its beginning is not needed to go on

# Vendors' codes for a request they do not read at all for what is in it.
_BLOCKED_CODES = frozenset({"content_filter", "content_policy_violation", "invalid_prompt"})

AnswerT = TypeVar("AnswerT", bound=Answer)
T = TypeVar("T")


class Step(Protocol):
    """A checkpoint of the job: the result of ``make``, this time or the last."""

    def __call__(self, name: str, make: Callable[[], T], *, returns: type[T]) -> T: ...


class SafetyBlocked(ProviderRejected):
    """The vendor's safety rules keep it from reading, or from writing, this."""


@dataclass(slots=True, kw_only=True)
class ModelSession:
    """A model and the job's checkpoints. ``step`` keeps the answer of every call."""

    model: TextModel
    provider: str
    title: str  # the vendor's, for people
    name: str  # the model's
    facts: TextModelFacts
    step: Step
    check: Callable[[], None]  # raises when the job is no longer ours
    input_tokens: int = 0
    output_tokens: int = 0

    def call(
        self,
        name: str,
        prompt: Prompt,
        *,
        schema: AnswerSchema | None = None,
        on_text: Callable[[str], None] = no_text,
    ) -> TextResult:
        """One call. A kept answer is not streamed again in pieces: it arrives at once."""
        live = False

        def make() -> TextResult:
            nonlocal live
            live = True
            return self._written(prompt, schema, on_text)

        result = self.step(name, make, returns=TextResult)
        if not live:
            on_text(result.text)
        self.input_tokens += result.input_tokens or 0
        self.output_tokens += result.output_tokens or 0
        return result

    def text(
        self,
        name: str,
        prompt: Prompt,
        *,
        schema: AnswerSchema | None = None,
        on_text: Callable[[str], None] = no_text,
    ) -> str:
        """The whole answer: what was cut for its length is continued."""
        result = self.call(name, prompt, schema=schema, on_text=on_text)
        text = result.text
        for number in range(1, MOST_CONTINUATIONS + 1):
            if result.finish is not Finish.LENGTH:
                break
            if not result.text.strip():
                raise self._rejected("stopped before it wrote anything", "length")
            # No schema: the rest of a JSON object is not one.
            onward = continue_prompt(prompt, text[-REMEMBERED_CHARACTERS:])
            result = self.call(f"{name}+{number}", onward, on_text=on_text)
            text += result.text
        if result.finish is Finish.SAFETY:
            raise self.blocked()
        if result.finish is Finish.LENGTH:
            raise self._rejected("did not come to an end", "length")
        if not text.strip():
            raise self._rejected("gave an empty answer", "empty_answer")
        return text

    def answer(self, name: str, prompt: Prompt, kind: type[AnswerT]) -> AnswerT:
        """Structured: checked against its schema, with one second try."""
        schema = AnswerSchema(name=kind.__name__, schema=kind.model_json_schema())
        text = self.text(name, prompt, schema=schema)
        try:
            return _parsed(text, kind)
        except ValidationError as error:
            problem = _problem(error)
        again = self.text(f"{name}:repair", repair_prompt(prompt, text, problem), schema=schema)
        try:
            return _parsed(again, kind)
        except ValidationError as error:
            raise self._rejected(
                "twice gave an answer that does not have the form asked for", "invalid_answer"
            ) from error

    def blocked(self) -> SafetyBlocked:
        return SafetyBlocked(
            self._said("refused to write this for its safety rules"),
            provider=self.provider,
            code="safety",
        )

    def _written(
        self, prompt: Prompt, schema: AnswerSchema | None, on_text: Callable[[str], None]
    ) -> TextResult:
        try:
            return self.model.write(self._request(prompt, schema, on_text))
        except ProviderRejected as error:
            if error.code not in _BLOCKED_CODES:
                raise
            return TextResult(text="", finish=Finish.SAFETY)

    def _request(
        self, prompt: Prompt, schema: AnswerSchema | None, on_text: Callable[[str], None]
    ) -> TextRequest:
        def watched(delta: str) -> None:
            self.check()
            on_text(delta)

        asked = approximate_tokens(prompt.system) + approximate_tokens(prompt.user)
        left = self.facts.context_tokens - asked - MARGIN_TOKENS
        return TextRequest(
            model=self.name,
            system=prompt.system,
            user=prompt.user,
            max_output_tokens=max(256, min(self.facts.output_tokens, left)),
            temperature=TEMPERATURE,
            schema=schema,
            on_text=watched,
        )

    def _rejected(self, what: str, code: str) -> ProviderRejected:
        return ProviderRejected(self._said(what), provider=self.provider, code=code)

    def _said(self, what: str) -> str:
        return f"{self.title} ({self.name}) {what}. Nothing was charged; try another model."


def _parsed(text: str, kind: type[AnswerT]) -> AnswerT:
    bare = text.strip()
    if bare.startswith("```"):
        bare = bare.partition("\n")[2].rpartition("```")[0]
    return kind.model_validate_json(bare)


def _problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else first["msg"]
