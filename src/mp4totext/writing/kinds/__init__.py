"""All kinds of text: one file and one row each."""

from collections.abc import Mapping

from mp4totext.kit.named import Named
from mp4totext.writing.kinds.base import TextKind

KINDS: Mapping[str, TextKind] = Named(
    {
        "clean": "mp4totext.writing.kinds.clean:CLEAN",
        "summary": "mp4totext.writing.kinds.summary:SUMMARY",
        "chapters": "mp4totext.writing.kinds.chapters:CHAPTERS",
        "action_items": "mp4totext.writing.kinds.action_items:ACTION_ITEMS",
        "key_phrases": "mp4totext.writing.kinds.key_phrases:KEY_PHRASES",
        "lecture_notes": "mp4totext.writing.kinds.lecture_notes:LECTURE_NOTES",
        "exam_questions": "mp4totext.writing.kinds.exam_questions:EXAM_QUESTIONS",
        "translate": "mp4totext.writing.kinds.translate:TRANSLATE",
        "custom": "mp4totext.writing.kinds.custom:CUSTOM",
        "questions": "mp4totext.writing.kinds.questions:QUESTIONS",
        "web_context": "mp4totext.writing.kinds.web_context:WEB_CONTEXT",
    }
)
