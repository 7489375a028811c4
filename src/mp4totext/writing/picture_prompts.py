"""Writes image prompts for passages without a model. Pure."""

from collections.abc import Sequence

from mp4totext.transcript import Transcript
from mp4totext.writing.extractive.chapters import shortened
from mp4totext.writing.extractive.entities import find
from mp4totext.writing.extractive.highlights import Phrase, key_phrases
from mp4totext.writing.extractive.self_contained import weight
from mp4totext.writing.extractive.terms import is_english
from mp4totext.writing.results import Sentence
from mp4totext.writing.sentences import sentences
from mp4totext.writing.text_index import TextIndex

PHRASES_MAX = 3
SENTENCE_CHARACTERS = 220
_LEAST_SCORE = 1.0  # of a phrase that a passage is about


def picture_prompt(spoken: Transcript, start_ms: int, end_ms: int) -> str:
    """The key phrases of a passage and its most self-contained sentence; empty without speech.

    Names of people are left out: vendors refuse to draw them.
    """
    every = sentences(TextIndex(spoken))
    inside = [each for each in every if each.start_ms < end_ms and each.end_ms > start_ms]
    if not inside:
        return ""
    phrases = [phrase for phrase in key_phrases(every) if phrase.score >= _LEAST_SCORE]
    english = is_english(inside[0].language)
    named = without_people(", ".join(_mentioned(phrases, inside)), english=english)
    best = max(inside, key=lambda each: (weight(each), len(each.text)))
    sentence = shortened(
        without_people(best.text, english=is_english(best.language)), SENTENCE_CHARACTERS
    )
    return f"{named[:1].upper()}{named[1:]}. {sentence}" if named else sentence


def _mentioned(phrases: Sequence[Phrase], inside: Sequence[Sentence]) -> list[str]:
    def occurs(phrase: Phrase) -> bool:
        return any(s.at <= at < s.to for s in inside for at, _ in phrase.places)

    chosen: list[Phrase] = []
    for phrase in phrases:
        used = {stem for each in chosen for stem in each.stems}
        if len(chosen) < PHRASES_MAX and not used & set(phrase.stems) and occurs(phrase):
            chosen.append(phrase)
    return [phrase.text for phrase in chosen]


def without_people(text: str, *, english: bool) -> str:
    for kind, at, to in reversed(find(text, english=english)):
        if kind == "person_name":
            text = f"{text[:at]}{'a person' if english else '…'}{text[to:]}"
    return text
