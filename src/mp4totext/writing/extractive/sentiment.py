"""Sentiment of sentences: positive, neutral or negative. English only, with VADER's lexicon.

Hutto and Gilbert, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media
Text", ICWSM 2014. The thresholds of ±0.05 are the authors'.
"""

from collections.abc import Iterable
from functools import cache

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from mp4totext.writing.extractive.terms import is_english
from mp4totext.writing.results import Sentence, SentenceSentiment, Sentiment

THRESHOLD = 0.05


def sentiments(sentences: Iterable[Sentence]) -> tuple[SentenceSentiment, ...]:
    """One result for each English sentence; others are left out."""
    results = []
    for sentence in sentences:
        if not is_english(sentence.language):
            continue
        label, confidence = sentiment(sentence.text.replace("’", "'"))
        results.append(
            SentenceSentiment(
                segment_ids=sentence.segment_ids,
                start_ms=sentence.start_ms,
                end_ms=sentence.end_ms,
                text=sentence.text,
                sentiment=label,
                confidence=confidence,
                speaker=sentence.speaker,
            )
        )
    return tuple(results)


def sentiment(text: str) -> tuple[Sentiment, float]:
    """The label and a confidence: 0.5 at the threshold between two labels, up to 1."""
    compound = float(_analyser().polarity_scores(text)["compound"])
    if abs(compound) < THRESHOLD:
        return "NEUTRAL", round(1 - abs(compound) / THRESHOLD / 2, 3)
    confidence = round(0.5 + (abs(compound) - THRESHOLD) / (1 - THRESHOLD) / 2, 3)
    return ("POSITIVE" if compound > 0 else "NEGATIVE"), confidence


@cache
def _analyser() -> SentimentIntensityAnalyzer:
    return SentimentIntensityAnalyzer()
