"""Exam questions with answers, from what the recording teaches."""

from typing import Literal

from pydantic import Field

from mp4totext.writing.kinds.base import Answer, Options, SegmentIds, Strategy, TextKind

QuestionType = Literal["multiple_choice", "true_false", "short_answer", "essay"]
Difficulty = Literal["easy", "medium", "hard"]

_TYPES: dict[str, str] = {
    "multiple_choice": (
        "multiple choice: four options, exactly one right, the others plausible and wrong for a"
        " reason; 'all of the above' is not an option"
    ),
    "true_false": "true or false: 'options' holds the two words in the output language",
    "short_answer": "short answer: one to three sentences; 'options' is empty",
    "essay": "essay: the answer lists the points a full answer makes; 'options' is empty",
}
_DIFFICULTIES: dict[str, str] = {
    "easy": "easy: recalls what was said",
    "medium": "medium: explains or connects what was said",
    "hard": "hard: applies what was said to a new case",
}


class ExamQuestion(Answer):
    question: str
    type: QuestionType
    difficulty: Difficulty
    options: list[str] = Field(description="the choices; empty where the type has none")
    answer: str = Field(description="the right option word for word, or a model answer")
    explanation: str = Field(description="why, from the recording, in one or two sentences")
    segment_ids: SegmentIds = Field(description="the lines that hold the answer")


class ExamAnswer(Answer):
    questions: list[ExamQuestion]


class ExamOptions(Options):
    count: int = Field(default=10, ge=1, le=50)
    types: tuple[QuestionType, ...] = Field(default=("multiple_choice",), min_length=1)
    difficulty: Difficulty | Literal["mixed"] = "mixed"

    def task(self) -> str:
        types = "; ".join(_TYPES[name] for name in self.types)
        levels = [self.difficulty] if self.difficulty != "mixed" else list(_DIFFICULTIES)
        difficulty = "; ".join(_DIFFICULTIES[level] for level in levels)
        return (
            f"Write {self.count} exam questions on what the recording teaches, or fewer if it does"
            " not hold that many worth asking. Spread them over the whole recording. Types, in"
            f" equal shares: {types}. Difficulty, in equal shares: {difficulty}. A question can be"
            " answered from the recording alone, has one defensible answer, does not give away"
            " another's, and never asks about the recording itself ('what did the speaker say"
            " first'). Each names the lines that hold its answer."
        )

    def merge_task(self) -> str:
        return (
            "You get exam questions made from consecutive parts of one recording, in order. Choose"
            f" {self.count} of them, or all if there are fewer: no two on the same point, spread"
            " evenly over the parts, types and difficulties in equal shares. Leave the chosen"
            " questions, their answers and their segment ids as they are."
        )


EXAM_QUESTIONS = TextKind(
    name="exam_questions",
    price_key="text.exam_questions",
    title="Exam questions",
    version=1,
    strategy=Strategy.MERGE,
    options=ExamOptions,
    answer=ExamAnswer,
    min_words=100,
)
