"""Lecture notes."""

from typing import Literal

from mp4totext.writing.kinds.base import Options, Strategy, TextKind

_DETAIL: dict[str, str] = {
    "brief": "Keep it to what a student must know for the exam.",
    "full": "Keep every definition, argument, example, formula and number the lecture gives.",
}


class LectureNotesOptions(Options):
    detail: Literal["brief", "full"] = "full"

    def task(self) -> str:
        return (
            "Turn the recording into lecture notes in Markdown, so that somebody who missed it can"
            " learn from them. Begin with a level-one title and a few lines on what the lecture is"
            " about and what it presupposes. Then one level-two section for each topic, in the"
            " lecture's order: explanations in short paragraphs or nested bullets, terms in bold"
            " where they are defined, formulas and code as such, the speaker's examples kept as"
            " examples. Where the speaker says that something matters, is a common mistake or will"
            " be asked, say so. End with the key terms and their meanings, and the questions left"
            f" open. {_DETAIL[self.detail]} Add no knowledge of your own: where the lecture is"
            " wrong or unclear, note what was said and mark it as unclear."
        )

    def merge_task(self) -> str:
        return (
            f"{super().merge_task()} Keep one title, one list of key terms and one list of open"
            " questions; merge sections on the same topic and keep their details."
        )


LECTURE_NOTES = TextKind(
    name="lecture_notes",
    price_key="text.lecture_notes",
    title="Lecture notes",
    version=1,
    strategy=Strategy.MERGE,
    options=LectureNotesOptions,
    min_words=100,
)
