"""Whether a sentence sounds positive, neutral or negative. English only: VADER's lexicon.

Hutto and Gilbert, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media
Text", ICWSM 2014; the borders at ±0.05 are the authors'.
"""

from collections.abc import Iterable
from functools import cache

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from mp4totext.writing.extractive.terms import is_english
from mp4totext.writing.results import Sentence, SentenceSentiment, Sentiment

BORDER = 0.05


def sentiments(sentences: Iterable[Sentence]) -> tuple[SentenceSentiment, ...]:
    """One for each English sentence; sentences in another language are left out."""
    return tuple(_of(sentence) for sentence in sentences if is_english(sentence.language))


def sentiment(text: str) -> tuple[Sentiment, float]:
    """The label and how clear it is, 0.5 at the border to 1."""
    compound = float(_analyser().polarity_scores(text)["compound"])
    if abs(compound) < BORDER:
        return "NEUTRAL", round(1 - abs(compound) / BORDER / 2, 3)
    clear = round(0.5 + (abs(compound) - BORDER) / (1 - BORDER) / 2, 3)
    return ("POSITIVE" if compound > 0 else "NEGATIVE"), clear


def _of(sentence: Sentence) -> SentenceSentiment:
    label, confidence = sentiment(sentence.text.replace("’", "'"))
    return SentenceSentiment(
        segment_ids=sentence.segment_ids,
        start_ms=sentence.start_ms,
        end_ms=sentence.end_ms,
        text=sentence.text,
        sentiment=label,
        confidence=confidence,
        speaker=sentence.speaker,
    )


@cache
def _analyser() -> SentimentIntensityAnalyzer:
    return SentimentIntensityAnalyzer()
