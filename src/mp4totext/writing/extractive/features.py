"""The features of speech understanding that run without a vendor, and their languages."""

from collections.abc import Mapping
from types import MappingProxyType

from mp4totext.providers.speech.base import ALL_LANGUAGES, Feature
from mp4totext.writing.extractive.word_forms import WORD_LANGUAGES

LOCAL_FEATURES: Mapping[Feature, frozenset[str]] = MappingProxyType(
    {
        "sentiment_analysis": frozenset({"en"}),  # the lexicon is English
        "auto_chapters": WORD_LANGUAGES,
        "auto_highlights": WORD_LANGUAGES - {"th"},  # no blanks, so no words to count
        "entity_detection": frozenset({ALL_LANGUAGES}),  # patterns everywhere; names by Latin lists
    }
)
"""Feature -> primary language subtags. AssemblyAI has the same rule."""


def runs(feature: Feature, language: str | None) -> bool:
    """Whether the feature supports a language. None (no words were recognised) is not supported."""
    languages = LOCAL_FEATURES[feature]
    if language is None:
        return False
    return ALL_LANGUAGES in languages or language.partition("-")[0].lower() in languages
