"""All kinds of text: one file and one row each."""

from collections.abc import Mapping
from types import MappingProxyType

from mp4totext.writing.kinds.action_items import ACTION_ITEMS
from mp4totext.writing.kinds.base import TextKind
from mp4totext.writing.kinds.chapters import CHAPTERS
from mp4totext.writing.kinds.clean import CLEAN
from mp4totext.writing.kinds.custom import CUSTOM
from mp4totext.writing.kinds.exam_questions import EXAM_QUESTIONS
from mp4totext.writing.kinds.key_phrases import KEY_PHRASES
from mp4totext.writing.kinds.lecture_notes import LECTURE_NOTES
from mp4totext.writing.kinds.questions import QUESTIONS
from mp4totext.writing.kinds.summary import SUMMARY
from mp4totext.writing.kinds.translate import TRANSLATE
from mp4totext.writing.kinds.web_context import WEB_CONTEXT

KINDS: Mapping[str, TextKind] = MappingProxyType(
    {
        "clean": CLEAN,
        "summary": SUMMARY,
        "chapters": CHAPTERS,
        "action_items": ACTION_ITEMS,
        "key_phrases": KEY_PHRASES,
        "lecture_notes": LECTURE_NOTES,
        "exam_questions": EXAM_QUESTIONS,
        "translate": TRANSLATE,
        "custom": CUSTOM,
        "questions": QUESTIONS,
        "web_context": WEB_CONTEXT,
    }
)
