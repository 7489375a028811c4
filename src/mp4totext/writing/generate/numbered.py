"""Numbered sentences of a transcript for a language model, which answers with their numbers."""

from collections.abc import Iterator, Sequence

from mp4totext.transcript import Transcript
from mp4totext.writing.generate.long_document import ModelTooSmall
from mp4totext.writing.results import Sentence
from mp4totext.writing.tokens import approximate_tokens


def plain(text: str) -> str:
    """A text in which nothing looks like another line or closes the delimiter around it."""
    return " ".join(text.split()).replace("<", "‹").replace(">", "›")


def line(spoken: Transcript, number: int, sentence: Sentence, *, length: bool = False) -> str:
    """The line of a sentence. ``number`` counts from 0, in the line from 1.

    ``length``: include the duration in seconds.
    """
    facts = [str(number + 1)]
    if length:
        facts.append(f"{(sentence.end_ms - sentence.start_ms) / 1_000:.1f}s")
    if speaker := spoken.speaker_label(sentence.speaker):
        facts.append(plain(speaker))
    return f"[{' '.join(facts)}] {plain(sentence.text)}"


def parts(
    sentences: Sequence[Sentence],
    lines: Sequence[str],
    *,
    tokens_max: int,
    longest_ms: int,
    model: str,
    work: str,
) -> Iterator[tuple[int, int]]:
    """Runs of sentences that fit one call, none longer than ``longest_ms``.

    ``work``: what the model is asked to do, as in "plan scenes". Raises ModelTooSmall.
    """
    at, used = 0, 0
    for number, (sentence, text) in enumerate(zip(sentences, lines, strict=True)):
        size = approximate_tokens(text) + 1
        if size > tokens_max:
            raise ModelTooSmall(
                f"The model {model!r} is too small to {work}: a sentence of the recording does not "
                "fit. Nothing was charged; choose a larger one."
            )
        is_long = sentence.end_ms - sentences[at].start_ms > longest_ms
        if number > at and (used + size > tokens_max or is_long):
            yield at, number
            at, used = number, 0
        used += size
    if sentences:
        yield at, len(sentences)
