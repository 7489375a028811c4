"""Renders structured answers as Markdown."""

from mp4totext.writing.kinds.action_items import ActionItemsAnswer
from mp4totext.writing.kinds.base import Answer
from mp4totext.writing.kinds.chapters import ChaptersAnswer, markdown_of
from mp4totext.writing.kinds.exam_questions import ExamAnswer, ExamQuestion
from mp4totext.writing.kinds.key_phrases import KeyPhrasesAnswer
from mp4totext.writing.kinds.questions import QuestionAnswer, QuestionsAnswer

UNSURE = " [?]"


def render_answer(answer: Answer, *, not_verbatim: frozenset[str] = frozenset()) -> str:
    """Render an answer as Markdown. Quotes in ``not_verbatim`` are marked with "[?]"."""
    match answer:
        case ChaptersAnswer():
            return "\n\n".join(
                markdown_of(chapter, f"{chapter.summary}{_ids(chapter.segment_ids)}")
                for chapter in answer.chapters
            )
        case ActionItemsAnswer():
            lines = []
            for item in answer.action_items:
                details = ", ".join(filter(None, (item.owner, item.due)))
                suffix = f" ({details})" if details else ""
                lines.append(f"- [ ] {item.task}{suffix}{_ids(item.segment_ids)}")
            return "\n".join(lines)
        case KeyPhrasesAnswer():
            return "\n".join(
                f"- **{entry.phrase}**{f' — {entry.said}' if entry.said else ''}"
                f"{_ids(entry.segment_ids)}"
                for entry in answer.key_phrases
            )
        case QuestionsAnswer():
            return "\n\n".join(_question(entry, not_verbatim) for entry in answer.answers)
        case ExamAnswer():
            return "\n\n".join(
                _exam_question(number, question)
                for number, question in enumerate(answer.questions, 1)
            )
    return ""


def _question(entry: QuestionAnswer, not_verbatim: frozenset[str]) -> str:
    lines = [f"**{entry.question}**", f"{entry.answer or '—'}{_ids(entry.segment_ids)}"]
    if entry.quote:
        lines.append(f"> {entry.quote}{UNSURE if entry.quote in not_verbatim else ''}")
    return "\n\n".join(lines)


def _exam_question(number: int, question: ExamQuestion) -> str:
    lines = [f"{number}. **{question.question}**"]
    lines += [f"   - {option}" for option in question.options]
    lines.append(f"\n   {question.answer} — {question.explanation}{_ids(question.segment_ids)}")
    return "\n".join(lines)


def _ids(segment_ids: list[str]) -> str:
    return f" [{', '.join(segment_ids)}]" if segment_ids else ""
