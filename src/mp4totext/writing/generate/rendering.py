"""Structured answers as Markdown, for people who read rather than parse."""

from mp4totext.writing.kinds.action_items import ActionEntry, ActionItemsAnswer
from mp4totext.writing.kinds.base import Answer
from mp4totext.writing.kinds.chapters import ChapterEntry, ChaptersAnswer
from mp4totext.writing.kinds.exam_questions import ExamAnswer, ExamQuestion
from mp4totext.writing.kinds.key_phrases import KeyPhrase, KeyPhrasesAnswer
from mp4totext.writing.kinds.questions import QuestionAnswer, QuestionsAnswer

UNSURE = " [?]"


def render_answer(answer: Answer, *, not_said: frozenset[str] = frozenset()) -> str:
    """Quotes in ``not_said`` are marked."""
    match answer:
        case ChaptersAnswer():
            return "\n\n".join(_chapter(one) for one in answer.chapters)
        case ActionItemsAnswer():
            return "\n".join(_action(one) for one in answer.action_items)
        case KeyPhrasesAnswer():
            return "\n".join(_key_phrase(one) for one in answer.key_phrases)
        case QuestionsAnswer():
            return "\n\n".join(_question(one, not_said) for one in answer.answers)
        case ExamAnswer():
            return "\n\n".join(_exam(number, one) for number, one in enumerate(answer.questions, 1))
    return ""


def _chapter(one: ChapterEntry) -> str:
    return f"## {one.headline}\n\n*{one.gist}*\n\n{one.summary}{_ids(one.segment_ids)}"


def _action(one: ActionEntry) -> str:
    facts = ", ".join(filter(None, (one.owner, one.due)))
    return f"- [ ] {one.task}{f' ({facts})' if facts else ''}{_ids(one.segment_ids)}"


def _key_phrase(one: KeyPhrase) -> str:
    return f"- **{one.phrase}**{f' — {one.said}' if one.said else ''}{_ids(one.segment_ids)}"


def _question(one: QuestionAnswer, not_said: frozenset[str]) -> str:
    lines = [f"**{one.question}**", f"{one.answer or '—'}{_ids(one.segment_ids)}"]
    if one.quote:
        lines.append(f"> {one.quote}{UNSURE if one.quote in not_said else ''}")
    return "\n\n".join(lines)


def _exam(number: int, one: ExamQuestion) -> str:
    lines = [f"{number}. **{one.question}**"]
    lines += [f"   - {option}" for option in one.options]
    lines.append(f"\n   {one.answer} — {one.explanation}{_ids(one.segment_ids)}")
    return "\n".join(lines)


def _ids(segment_ids: list[str]) -> str:
    return f" [{', '.join(segment_ids)}]" if segment_ids else ""
