"""Writes a text about a recording of any length: a model gets its parts, the answers are joined."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mp4totext.kit.errors import Invalid
from mp4totext.providers.errors import ProviderRejected
from mp4totext.providers.text.base import Finish, no_text
from mp4totext.transcript import Transcript
from mp4totext.writing import chinese
from mp4totext.writing.generate.model_session import MARGIN_TOKENS, ModelSession, SafetyBlocked
from mp4totext.writing.generate.streaming import WholeLines
from mp4totext.writing.kinds.base import Answer, Options, Strategy, TextKind
from mp4totext.writing.linewise import read_lines
from mp4totext.writing.longtext import (
    DoesNotFit,
    Line,
    Part,
    groups,
    halves,
    plan,
    plan_problems,
)
from mp4totext.writing.prompts import Brief, Prompt, merge_prompt, part_prompt
from mp4totext.writing.tokens import approximate_tokens

PART_TOKENS_MAX = 32_000
"""Of a part whose result is merged: models lose the middle of longer ones, whatever they accept."""

LINES_TOKENS_MAX = 6_000
"""Of a part that is rewritten line by line: the answer is as long as the part."""

LINES_SHARE = 3
"""How many times the tokens of a part its rewritten lines may have, as in another language."""

HALVINGS_MAX = 2
"""Of a part that safety rules block, so that one sentence does not cost an hour of recording."""

RunPrompt = Callable[[str, Prompt, Callable[[str], None]], str]  # (step's name, prompt, on_text)
Join = Callable[[str, Sequence[str], bool], str]  # (step's name, results, whether it is the last)
Progress = Callable[[int], None]  # gets the milliseconds of the recording that are done


class ModelTooSmall(Invalid):
    code = "model_too_small"


@dataclass(slots=True, kw_only=True)
class Draft:
    """The model's answer, not yet checked against the recording.

    ``text`` or ``answer`` of a merged kind; ``lines`` (segment id -> text) of a rewritten one.
    ``missing``: segments the model has not read, or not given back; ``refused``: those of them
    that the safety rules of ``refused_by`` have blocked.
    """

    text: str | None = None
    answer: Answer | None = None
    lines: dict[str, str] | None = None
    missing: tuple[str, ...] = ()
    refused: frozenset[str] = frozenset()
    refused_by: str = "The model"


@dataclass(frozen=True, slots=True, kw_only=True)
class LongDocument:
    model: ModelSession
    kind: TextKind
    options: Options
    about: Brief
    transcript: Transcript
    on_text: Callable[[str], None] = no_text
    restart: Callable[[], None] = lambda: None  # what was streamed so far is void
    progress: Progress = lambda _done_ms: None

    def write(self) -> Draft:
        """Write the text. Raises ModelTooSmall, SafetyBlocked or another ProviderRejected."""
        parts = self.parts()
        if self.kind.strategy is Strategy.LINES:
            return self._rewrite_lines(parts)
        if self.kind.answer is not None:
            return self._write_structured(parts, self.kind.answer)
        return self._write_markdown(parts)

    def parts(self) -> tuple[Part, ...]:
        """The recording in parts that fit the model, each segment in exactly one.

        Raises ModelTooSmall.
        """
        empty = Part(number=1, lines=())
        prompt = part_prompt(self.kind, self.options, self.about, empty, total=2)
        overhead = approximate_tokens(prompt.system) + approximate_tokens(prompt.user)
        facts = self.model.facts
        budget = facts.context_tokens - overhead - MARGIN_TOKENS
        if self.kind.strategy is Strategy.LINES:
            answer_tokens = facts.output_tokens - facts.reasoning_tokens
            tokens_max = min(
                LINES_TOKENS_MAX, answer_tokens // LINES_SHARE, budget // (LINES_SHARE + 1)
            )
        else:
            # Reserve at most a third of the window for the answer: it is shorter than the part.
            tokens_max = min(PART_TOKENS_MAX, budget - min(facts.output_tokens, budget // 3))
        try:
            parts = plan(self.transcript, count=approximate_tokens, tokens_max=max(tokens_max, 1))
        except DoesNotFit as error:
            raise self._too_small(error) from error
        problems = plan_problems(parts, self.transcript)
        assert not problems, f"the plan is not the transcript: {problems[:3]}"
        return parts

    def _too_small(self, error: DoesNotFit) -> ModelTooSmall:
        return ModelTooSmall(
            f"The model {self.model.name!r} is too small for this text: {error} "
            "Nothing was charged; choose a larger one."
        )

    # Kinds that are merged

    def _write_markdown(self, parts: Sequence[Part]) -> Draft:
        results, draft = self._run_parts(
            parts, lambda name, prompt, on_text: self.model.text(name, prompt, on_text=on_text)
        )

        def join(name: str, group: Sequence[str], last: bool) -> str:  # noqa: FBT001
            prompt = merge_prompt(self.kind, self.options, self.about, group)
            return self.model.text(name, prompt, on_text=self._stream if last else no_text)

        draft.text = self._in_script(self._merge(results, join))
        return draft

    def _write_structured(self, parts: Sequence[Part], answer: type[Answer]) -> Draft:
        results, draft = self._run_parts(
            parts, lambda name, prompt, _: self.model.answer(name, prompt, answer).model_dump_json()
        )

        def join(name: str, group: Sequence[str], last: bool) -> str:  # noqa: ARG001, FBT001
            prompt = merge_prompt(self.kind, self.options, self.about, group)
            return self.model.answer(name, prompt, answer).model_dump_json()

        merged = self._in_script(self._merge(results, join))
        draft.answer = answer.model_validate_json(merged)
        return draft

    def _run_parts(self, parts: Sequence[Part], run: RunPrompt) -> tuple[list[str], Draft]:
        """The results of all parts, in order, and a draft with the segments that were blocked.

        Raises SafetyBlocked when every part is blocked.
        """
        results: list[str] = []
        refused: list[str] = []
        for part in parts:
            for piece, result in self._run_part(f"part:{part.number}", part, len(parts), run):
                if result is None:
                    refused += [line.segment_id for line in piece.lines]
                else:
                    results.append(result)
            self._report_progress(part)
        if not results:
            raise self.model.blocked()
        missing = tuple(dict.fromkeys(refused))
        draft = Draft(missing=missing, refused=frozenset(missing), refused_by=self.model.title)
        return results, draft

    def _run_part(
        self, name: str, part: Part, total: int, run: RunPrompt, halvings: int = HALVINGS_MAX
    ) -> Iterator[tuple[Part, str | None]]:
        """The part and its result, or those of its halves if it is blocked.

        The result is None for a piece that stays blocked.
        """
        prompt = part_prompt(self.kind, self.options, self.about, part, total=total)
        try:
            yield part, run(name, prompt, self._stream if total == 1 else no_text)
        except SafetyBlocked:
            self.restart()
            if halvings == 0 or len(part.lines) < 2:
                yield part, None
                return
            for number, half in enumerate(halves(part), 1):
                yield from self._run_part(
                    f"{name}/{number}", half, max(total, 2), run, halvings - 1
                )

    def _merge(self, results: list[str], join: Join) -> str:
        """Join neighbouring results until one is left. Raises ModelTooSmall."""
        facts = self.model.facts
        budget = max(facts.context_tokens - facts.output_tokens, facts.context_tokens // 2)
        # A quarter is for the prompt around them.
        tokens_max = min(PART_TOKENS_MAX, budget) * 3 // 4
        level = 0
        while len(results) > 1:
            level += 1
            try:
                grouped = groups(results, count=approximate_tokens, tokens_max=tokens_max)
            except DoesNotFit as error:
                raise self._too_small(error) from error
            last = len(grouped) == 1
            results = [
                join(f"merge:{level}:{number}", [results[index] for index in group], last)
                if len(group) > 1
                else results[group[0]]
                for number, group in enumerate(grouped, 1)
            ]
        return results[0]

    # Kinds that are rewritten line by line

    def _rewrite_lines(self, parts: Sequence[Part]) -> Draft:
        texts: defaultdict[str, list[str]] = defaultdict(list)
        missing: dict[str, None] = {}
        refused: set[str] = set()
        for part in parts:
            rewritten, not_returned, blocked = self._rewrite_part(part, len(parts))
            for segment_id, text in rewritten.items():
                texts[segment_id].append(text)
            missing.update(dict.fromkeys(not_returned))
            refused.update(not_returned if blocked else ())
            self._report_progress(part)
        # A long segment is in several parts: it counts only if all of it came back.
        lines = {
            segment_id: " ".join(filter(None, pieces))
            for segment_id, pieces in texts.items()
            if segment_id not in missing
        }
        if not lines and refused:
            raise self.model.blocked()
        if not lines:
            raise ProviderRejected(
                f"{self.model.title} ({self.model.name}) returned none of the recording's lines. "
                "Nothing was charged; try another model.",
                provider=self.model.provider,
                code="no_lines",
            )
        return Draft(
            lines=lines,
            missing=tuple(missing),
            refused=frozenset(refused),
            refused_by=self.model.title,
        )

    def _rewrite_part(self, part: Part, total: int) -> tuple[dict[str, str], tuple[str, ...], bool]:
        """Rewritten lines, ids that were not returned, and whether safety rules blocked those.

        Missing lines are requested a second time. An answer cut for its length does not count as
        a try, if it has any line: the rest is requested next.
        """
        rewritten: dict[str, str] = {}
        blocked = False
        remaining: tuple[Line, ...] = part.lines
        misses = number = 0
        while remaining and misses < 2:
            number += 1
            request = Part(number=part.number, lines=remaining)
            prompt = part_prompt(self.kind, self.options, self.about, request, total=total)
            name = f"part:{part.number}" if number == 1 else f"part:{part.number}.{number}"
            stream = WholeLines(self._stream)
            result = self.model.call(name, prompt, on_text=stream)
            cut = result.finish is Finish.LENGTH
            text = self._in_script(result.text.rpartition("\n")[0] if cut else result.text)
            if not cut:
                stream("\n")
            if result.finish is Finish.SAFETY:
                blocked = True
                break
            ids = dict.fromkeys(line.segment_id for line in remaining)
            answer = read_lines(text, expected=tuple(ids))
            rewritten.update(answer.texts)
            remaining = tuple(line for line in remaining if line.segment_id not in rewritten)
            misses += not (cut and answer.texts)
        return rewritten, tuple(dict.fromkeys(line.segment_id for line in remaining)), blocked

    def _in_script(self, text: str) -> str:
        """Convert Chinese to the requested script, as models mix the characters."""
        return chinese.written(text, self.about.language)

    def _stream(self, text: str) -> None:
        self.on_text(self._in_script(text))

    def _report_progress(self, part: Part) -> None:
        ends = {segment.id: segment.end_ms for segment in self.transcript.segments}
        self.progress(max((ends[line.segment_id] for line in part.lines), default=0))


def answer_json(answer: Answer) -> dict[str, Any]:
    dumped: dict[str, Any] = answer.model_dump(mode="json")
    return dumped
