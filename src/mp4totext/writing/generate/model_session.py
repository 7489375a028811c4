"""Calls one language model: continues truncated answers, and pays for each call only once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from pydantic import ValidationError

from mp4totext.providers.errors import ProviderRejected
from mp4totext.providers.model_catalogue import TextModelFacts
from mp4totext.providers.text.base import (
    AnswerSchema,
    Finish,
    TextModel,
    TextRequest,
    TextResult,
    no_text,
)
from mp4totext.writing.kinds.base import Answer
from mp4totext.writing.prompts import Prompt, continue_prompt, repair_prompt
from mp4totext.writing.tokens import approximate_tokens

TEMPERATURE = 0.2  # low, as texts must not deviate from the recording
CONTINUATIONS_MAX = 12  # tokens of one answer, above which it counts as endless
MARGIN_TOKENS = 512  # for what a vendor adds around the messages
CONTINUED_CHARACTERS = (
    12_000  # characters of a truncated answer that the model gets in order to continue it
)
MIN_OUTPUT_TOKENS = 256  # asked for even where the prompt nearly fills the window

# Codes of vendors that refuse a request for its contents before the model reads it.
_BLOCKED_CODES = frozenset({"content_filter", "content_policy_violation", "invalid_prompt"})

AnswerT = TypeVar("AnswerT", bound=Answer)
T = TypeVar("T")


class Step(Protocol):
    """``Context.step``, a checkpoint: the result of ``make``, of this attempt or an earlier one."""

    def __call__(self, name: str, make: Callable[[], T], *, returns: type[T]) -> T: ...


class SafetyBlocked(ProviderRejected):
    """The vendor's safety rules block the prompt or the answer."""


@dataclass(slots=True, kw_only=True)
class ModelSession:
    """One model for one job. ``step`` stores the answer of each call as a checkpoint."""

    model: TextModel
    provider: str
    title: str  # the vendor's, for people
    name: str  # the model's
    facts: TextModelFacts
    step: Step
    check: Callable[[], None]  # raises once the job was cancelled or taken over
    refuse: Callable[[Sequence[str]], None] = lambda _names: None  # of steps: ``Context.refuse``
    _names: list[str] = field(default_factory=list, init=False)  # of all calls so far
    input_tokens: int = 0  # of all calls so far
    output_tokens: int = 0

    def call(
        self,
        name: str,
        prompt: Prompt,
        *,
        schema: AnswerSchema | None = None,
        on_text: Callable[[str], None] = no_text,
    ) -> TextResult:
        """Make one call, whose answer may be truncated or blocked.

        An answer that is already stored is streamed in one piece.
        """
        called = False

        def make() -> TextResult:
            nonlocal called
            called = True
            try:
                return self.model.write(self._request(prompt, schema, on_text))
            except ProviderRejected as error:
                if error.code not in _BLOCKED_CODES:
                    raise
                return TextResult(text="", finish=Finish.SAFETY)

        self._names.append(name)
        result = self.step(name, make, returns=TextResult)
        if not called:
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
        """The complete answer. A truncated one is continued with further calls.

        Raises SafetyBlocked, or another ProviderRejected for an empty or endless answer.
        """
        before = len(self._names)
        try:
            return self._complete(name, prompt, schema, on_text)
        except ProviderRejected:
            self.refuse(self._names[before:])
            raise

    def _complete(
        self,
        name: str,
        prompt: Prompt,
        schema: AnswerSchema | None,
        on_text: Callable[[str], None],
    ) -> str:
        result = self.call(name, prompt, schema=schema, on_text=on_text)
        text = result.text
        for number in range(1, CONTINUATIONS_MAX + 1):
            if result.finish is not Finish.LENGTH:
                break
            if not result.text.strip():
                raise self._rejected("stopped before it wrote anything", "length")
            # Without the schema: the rest of a JSON object does not fit it.
            continuation = continue_prompt(prompt, text[-CONTINUED_CHARACTERS:])
            result = self.call(f"{name}+{number}", continuation, on_text=on_text)
            text += result.text
        if result.finish is Finish.SAFETY:
            raise self.blocked()
        if result.finish is Finish.LENGTH:
            raise self._rejected("wrote an endless answer", "length")
        if not text.strip():
            raise self._rejected("gave an empty answer", "empty_answer")
        return text

    def answer(
        self,
        name: str,
        prompt: Prompt,
        kind: type[AnswerT],
        *,
        problem_of: Callable[[AnswerT], str | None] = lambda _: None,
    ) -> AnswerT:
        """A structured answer. One that does not fit its schema, or in which ``problem_of`` finds
        a fault, gets one second try; a fault that is still there is left to the caller.

        Raises like ``text``, and ProviderRejected if no answer fits the schema.
        """
        before = len(self._names)
        schema = AnswerSchema(name=kind.__name__, schema=kind.model_json_schema())
        text = self.text(name, prompt, schema=schema)
        answer: AnswerT | None = None
        try:
            answer = _parse(text, kind)
            problem = problem_of(answer)
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            field = ".".join(str(part) for part in first["loc"])
            problem = f"{field}: {first['msg']}" if field else first["msg"]
        if answer is not None and problem is None:
            return answer
        again = repair_prompt(prompt, text, problem or "")
        repaired = self.text(f"{name}:repair", again, schema=schema)
        try:
            return _parse(repaired, kind)
        except ValidationError as error:
            if answer is not None:
                return answer
            self.refuse(self._names[before:])
            raise self._rejected(
                "gave two answers that do not fit the required schema", "invalid_answer"
            ) from error

    def blocked(self) -> SafetyBlocked:
        return SafetyBlocked(
            self._message("refused to write this for its safety rules"),
            provider=self.provider,
            code="safety",
        )

    def unusable(self, problem: str) -> ProviderRejected:
        """The error for a model whose answers cannot be used.

        ``problem``: what the model did, such as "gave ...".
        """
        self.refuse(self._names)
        return self._rejected(problem, "invalid_answer")

    def _request(
        self, prompt: Prompt, schema: AnswerSchema | None, on_text: Callable[[str], None]
    ) -> TextRequest:
        def check_and_pass_on(delta: str) -> None:
            self.check()
            on_text(delta)

        prompt_tokens = approximate_tokens(prompt.system) + approximate_tokens(prompt.user)
        room = self.facts.context_tokens - prompt_tokens - MARGIN_TOKENS
        return TextRequest(
            model=self.name,
            system=prompt.system,
            user=prompt.user,
            max_output_tokens=max(MIN_OUTPUT_TOKENS, min(self.facts.output_tokens, room)),
            facts=self.facts,
            temperature=TEMPERATURE,
            schema=schema,
            on_text=check_and_pass_on,
        )

    def _rejected(self, problem: str, code: str) -> ProviderRejected:
        return ProviderRejected(self._message(problem), provider=self.provider, code=code)

    def _message(self, problem: str) -> str:
        return f"{self.title} ({self.name}) {problem}. Nothing was charged; try another model."


def _parse(text: str, kind: type[AnswerT]) -> AnswerT:
    """Parse JSON, also inside a Markdown code fence, as some models write it."""
    text = text.strip()
    if text.startswith("```"):
        text = text.partition("\n")[2].rpartition("```")[0]
    return kind.model_validate_json(text)
