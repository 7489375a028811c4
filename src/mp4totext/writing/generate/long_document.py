"""A text of any length of recording: parts to a model, its answers to one text."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mp4totext.kit.errors import Invalid
from mp4totext.providers.errors import ProviderRejected
from mp4totext.providers.text.base import Finish, no_text
from mp4totext.transcript import Transcript
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
    unplaced,
)
from mp4totext.writing.prompts import Brief, Prompt, merge_prompt, part_prompt
from mp4totext.writing.tokens import approximate_tokens

MOST_PART_TOKENS = 32_000
"""Of a part that is merged: models lose the middle of longer ones, whatever their window."""

MOST_LINES_TOKENS = 6_000
"""Of a part that is rewritten line by line: its answer is as long as itself."""

LINES_SHARE = 3
"""Room for an answer in a language that needs more tokens than the recording's."""

MOST_HALVINGS = 2
"""Of a part that safety rules block, so that one sentence does not cost an hour."""

Read = Callable[[str, Prompt, Callable[[str], None]], str]  # name of the step, what is asked
Progress = Callable[[int], None]  # told the milliseconds of the recording that are done


class ModelTooSmall(Invalid):
    code = "model_too_small"


@dataclass(slots=True, kw_only=True)
class Draft:
    """What came back, not yet checked against the recording.

    ``text`` or ``answer`` of a merged kind; ``lines`` (segment id -> text) of a rewritten one.
    ``missing``: segments the model never read, or never gave back; ``refused``: those of them
    that the safety rules of ``by`` kept from it.
    """

    text: str | None = None
    answer: Answer | None = None
    lines: dict[str, str] | None = None
    missing: tuple[str, ...] = ()
    refused: frozenset[str] = frozenset()
    by: str = "The model"


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    model: ModelSession
    kind: TextKind
    options: Options
    about: Brief
    transcript: Transcript
    on_text: Callable[[str], None] = no_text
    begin_anew: Callable[[], None] = lambda: None  # what was streamed so far is void
    progress: Progress = lambda _done_ms: None

    def write(self) -> Draft:
        parts = self.parts()
        if self.kind.strategy is Strategy.LINES:
            return self._rewritten(parts)
        if self.kind.answer is not None:
            return self._structured(parts, self.kind.answer)
        return self._markdown(parts)

    def parts(self) -> tuple[Part, ...]:
        """Every segment in exactly one of them; raises ModelTooSmall."""
        empty = Part(number=1, lines=(), context=(), tokens=0)
        prompt = part_prompt(self.kind, self.options, self.about, empty, of=2)
        overhead = _tokens(prompt.system, prompt.user) + MARGIN_TOKENS
        room = self.model.facts.context_tokens - overhead
        writes = self.model.facts.output_tokens - self.model.facts.reasoning_tokens
        if self.kind.strategy is Strategy.LINES:
            fits = min(MOST_LINES_TOKENS, writes // LINES_SHARE, room // (LINES_SHARE + 1))
        else:
            fits = min(MOST_PART_TOKENS, room - min(self.model.facts.output_tokens, room // 3))
        try:
            made = plan(self.transcript, count=approximate_tokens, fits=max(fits, 1))
        except DoesNotFit as error:
            raise ModelTooSmall(
                f"The model {self.model.name!r} is too small for this text: {error} "
                "Nothing was charged; choose a larger one."
            ) from error
        wrong = unplaced(made, self.transcript)
        assert not wrong, f"the plan is not the transcript: {wrong[:3]}"
        return made.parts

    # Merged

    def _markdown(self, parts: Sequence[Part]) -> Draft:
        results, draft = self._read(
            parts, lambda name, prompt, watch: self.model.text(name, prompt, on_text=watch)
        )

        def join(name: str, together: Sequence[str], last: bool) -> str:  # noqa: FBT001
            prompt = merge_prompt(self.kind, self.options, self.about, together)
            return self.model.text(name, prompt, on_text=self.on_text if last else no_text)

        draft.text = self._merged(results, join)
        return draft

    def _structured(self, parts: Sequence[Part], answer: type[Answer]) -> Draft:
        results, draft = self._read(
            parts, lambda name, prompt, _: self.model.answer(name, prompt, answer).model_dump_json()
        )

        def join(name: str, together: Sequence[str], last: bool) -> str:  # noqa: ARG001, FBT001
            prompt = merge_prompt(self.kind, self.options, self.about, together)
            return self.model.answer(name, prompt, answer).model_dump_json()

        draft.answer = answer.model_validate_json(self._merged(results, join))
        return draft

    def _read(self, parts: Sequence[Part], read: Read) -> tuple[list[str], Draft]:
        """Each part's answer, in order. What safety rules block is told as missing; raises
        SafetyBlocked when they block all."""
        results: list[str] = []
        refused: list[str] = []
        for part in parts:
            for piece, answer in self._pieces(f"part:{part.number}", part, len(parts), read):
                if answer is None:
                    refused += [line.segment_id for line in piece.lines]
                else:
                    results.append(answer)
            self._done(part)
        if not results:
            raise self.model.blocked()
        missing = tuple(dict.fromkeys(refused))
        return results, Draft(missing=missing, refused=frozenset(missing), by=self.model.title)

    def _pieces(
        self, name: str, part: Part, of: int, read: Read, halvings: int = MOST_HALVINGS
    ) -> Iterator[tuple[Part, str | None]]:
        """The part with its answer; when it is blocked its halves, and None for what stays so."""
        prompt = part_prompt(self.kind, self.options, self.about, part, of=of)
        try:
            yield part, read(name, prompt, self.on_text if of == 1 else no_text)
        except SafetyBlocked:
            self.begin_anew()
            if halvings == 0 or len(part.lines) < 2:
                yield part, None
                return
            for number, half in enumerate(halves(part), 1):
                yield from self._pieces(f"{name}/{number}", half, max(of, 2), read, halvings - 1)

    def _merged(self, results: list[str], join: Callable[[str, Sequence[str], bool], str]) -> str:
        """Neighbours become one, again and again, until one is left."""
        room = self.model.facts.context_tokens - self.model.facts.output_tokens
        fits = min(MOST_PART_TOKENS, max(room, self.model.facts.context_tokens // 2)) * 3 // 4
        level = 0
        while len(results) > 1:
            level += 1
            try:
                together = groups(results, count=approximate_tokens, fits=fits)
            except DoesNotFit as error:
                raise ModelTooSmall(
                    f"The model {self.model.name!r} is too small for this text: {error} "
                    "Nothing was charged; choose a larger one."
                ) from error
            last = len(together) == 1
            results = [
                join(f"merge:{level}:{number}", [results[at] for at in group], last)
                if len(group) > 1
                else results[group[0]]
                for number, group in enumerate(together, 1)
            ]
        return results[0]

    # Rewritten line by line

    def _rewritten(self, parts: Sequence[Part]) -> Draft:
        texts: defaultdict[str, list[str]] = defaultdict(list)
        missing: dict[str, None] = {}
        refused: set[str] = set()
        for part in parts:
            found, absent, blocked = self._lines_of(part, len(parts))
            for key, text in found.items():
                texts[key].append(text)
            missing.update(dict.fromkeys(absent))
            refused.update(absent if blocked else ())
            self._done(part)
        lines = {
            key: " ".join(filter(None, pieces))
            for key, pieces in texts.items()
            if key not in missing
        }
        if not lines and refused:
            raise self.model.blocked()
        if not lines:
            raise ProviderRejected(
                f"{self.model.title} ({self.model.name}) gave back none of the recording's lines. "
                "Nothing was charged; try another model.",
                provider=self.model.provider,
                code="no_lines",
            )
        return Draft(
            lines=lines, missing=tuple(missing), refused=frozenset(refused), by=self.model.title
        )

    def _lines_of(self, part: Part, parts: int) -> tuple[dict[str, str], tuple[str, ...], bool]:
        """The part's lines, those not given when asked for a second time, and whether safety
        rules kept them back.

        An answer cut for its length is no failure: the lines after the cut are asked for next.
        """
        found: dict[str, str] = {}
        blocked = False
        wanted: tuple[Line, ...] = part.lines
        misses = number = 0
        while wanted and misses < 2:
            number += 1
            asked = Part(number=part.number, lines=wanted, context=(), tokens=0)
            prompt = part_prompt(self.kind, self.options, self.about, asked, of=parts)
            name = f"part:{part.number}" if number == 1 else f"part:{part.number}.{number}"
            watch = WholeLines(self.on_text)
            result = self.model.call(name, prompt, on_text=watch)
            cut = result.finish is Finish.LENGTH
            text = result.text.rpartition("\n")[0] if cut else result.text
            if not cut:
                watch("\n")
            if result.finish is Finish.SAFETY:
                blocked = True
                break
            ids = dict.fromkeys(line.segment_id for line in wanted)
            given = read_lines(text, expected=tuple(ids))
            found.update(given.texts)
            wanted = tuple(line for line in wanted if line.segment_id not in found)
            misses += not (cut and given.texts)
        return found, tuple(dict.fromkeys(line.segment_id for line in wanted)), blocked

    def _done(self, part: Part) -> None:
        ends = {segment.id: segment.end_ms for segment in self.transcript.segments}
        self.progress(max((ends[line.segment_id] for line in part.lines), default=0))


def _tokens(*texts: str) -> int:
    return sum(approximate_tokens(text) for text in texts)


def json_of(answer: Answer) -> dict[str, Any]:
    dumped: dict[str, Any] = answer.model_dump(mode="json")
    return dumped
