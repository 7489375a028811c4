"""Answers to the user's questions, from the recording alone."""

from typing import Annotated

from pydantic import Field

from mp4totext.providers.speech.base import ALL_LANGUAGES
from mp4totext.transcript import Transcript
from mp4totext.writing import chinese
from mp4totext.writing.extractive.meaning import Embed
from mp4totext.writing.extractive.search import passages
from mp4totext.writing.kinds.base import (
    Answer,
    LocalOptions,
    LocalText,
    SegmentIds,
    Strategy,
    TextKind,
)
from mp4totext.writing.quotes import quote
from mp4totext.writing.results import Passage
from mp4totext.writing.sentences import sentences
from mp4totext.writing.text_index import TextIndex

QUESTIONS_MAX = 20
PASSAGES = 3  # shown for each question without a model; the first is the answer


class QuestionAnswer(Answer):
    question: str
    answer: str | None = Field(description="null when the recording does not say")
    quote: str | None = Field(description="the words that say it best, verbatim; null if none")
    segment_ids: SegmentIds = Field(description="the lines the answer rests on")


class QuestionsAnswer(Answer):
    answers: list[QuestionAnswer]


class QuestionsOptions(LocalOptions):
    questions: tuple[Annotated[str, Field(min_length=2, max_length=1000)], ...] = Field(
        min_length=1, max_length=QUESTIONS_MAX
    )

    def task(self) -> str:
        return (
            "Answer each of the user's questions from the recording, in the order given, the"
            " question repeated word for word. Answer directly first, then what is needed to"
            " understand it, in one to five sentences. Where speakers disagree, say who says what."
            " When the recording does not answer a question, 'answer' and 'quote' are null and"
            f" there are no segment ids: do not answer from general knowledge.\n{self._listed()}"
        )

    def merge_task(self) -> str:
        return (
            "You get answers to the same questions from consecutive parts of one recording, in"
            " order. Give one answer to each question: join what the parts say, prefer what was"
            " said later where it corrects what was said before, and keep quotes and segment ids."
            f" An answer is null only if it is null in every part.\n{self._listed()}"
        )

    def write_locally(self, transcript: Transcript, *, embed: Embed | None = None) -> LocalText:
        """Answer each question with the best passage, word for word."""
        spoken = sentences(TextIndex(transcript))
        answers = {
            question: passages(
                spoken,
                chinese.written(question, transcript.language),
                language=transcript.language,
                limit=PASSAGES,
            )
            for question in self.questions
        }
        return LocalText(
            text="\n\n".join(_block(question, best) for question, best in answers.items()),
            cited=tuple(quote(passage) for best in answers.values() for passage in best),
            answer=QuestionsAnswer(
                answers=[_answer(question, best) for question, best in answers.items()]
            ),
        )

    def _listed(self) -> str:
        listed = "\n".join(f"{n}. {question}" for n, question in enumerate(self.questions, 1))
        return f"The questions:\n{listed}"


def _answer(question: str, best: tuple[Passage, ...]) -> QuestionAnswer:
    if not best:
        return QuestionAnswer(question=question, answer=None, quote=None, segment_ids=[])
    first = best[0]
    ids = list(first.segment_ids)
    return QuestionAnswer(question=question, answer=first.text, quote=first.text, segment_ids=ids)


def _block(question: str, best: tuple[Passage, ...]) -> str:
    quoted = "\n\n".join(f"> {passage.text} [{', '.join(passage.segment_ids)}]" for passage in best)
    return f"**{question}**\n\n{quoted or '—'}"


QUESTIONS = TextKind(
    name="questions",
    title="Questions",
    version=1,
    strategy=Strategy.MERGE,
    options=QuestionsOptions,
    answer=QuestionsAnswer,
    local_languages=frozenset({ALL_LANGUAGES}),
    min_words=5,
)
