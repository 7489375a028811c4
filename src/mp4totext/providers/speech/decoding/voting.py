"""Determines the language of a recording by votes of several stretches of voice. Pure.

The first stretch alone is no evidence: recordings begin with music, a jingle or a greeting in
another language.
"""

from collections.abc import Mapping, Sequence

from mp4totext.providers.speech.base import LanguageGuess
from mp4totext.providers.speech.languages import from_whisper


def elect_language(votes: Sequence[Mapping[str, float]], weights: Sequence[float]) -> LanguageGuess:
    """``votes``: probabilities by Whisper's code; ``weights``: duration of voice of each vote.

    The confidence is the winner's mean probability. A tie goes to the language that occurs first.
    """
    total = sum(weights) or 1.0
    shares: dict[str, float] = {}
    for vote, weight in zip(votes, weights, strict=True):
        for code, probability in vote.items():
            language = from_whisper(code) or code
            shares[language] = shares.get(language, 0.0) + probability * weight / total
    winner = max(shares, key=lambda language: shares[language])
    best = sorted(shares.items(), key=lambda item: -item[1])[:5]
    return LanguageGuess(
        language=winner,
        confidence=round(min(shares[winner], 1.0), 4),
        votes={language: round(share, 4) for language, share in best},
    )
