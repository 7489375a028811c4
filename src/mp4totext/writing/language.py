"""Which language a text is in, to notice a transcript that is not in the language it claims."""

import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from mp4totext.transcript import Transcript

MIN_LETTERS = 40
"""Below this the identifier is close to guessing (CJK characters count three times)."""

SURE = 0.8
"""Probability from which a stretch of text counts as being in that language."""

STRETCH_CHARACTERS = 400

# Written so alike that the identifier mixes them up; no claim is made between them.
_ALIKE = (
    frozenset({"no", "nb", "nn", "da"}),
    frozenset({"hr", "bs", "sr", "sh"}),
    frozenset({"id", "ms"}),
    frozenset({"cs", "sk"}),
    frozenset({"gl", "pt", "es", "an"}),
    frozenset({"zh", "yue", "wuu"}),
    frozenset({"hi", "mr", "ne"}),
    frozenset({"tl", "fil"}),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLanguage:
    language: str  # primary subtag
    confidence: float  # 0 to 1


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageNotice:
    """A transcript says it is in ``claimed``; ``share`` of its text is in ``found``."""

    claimed: str
    found: str
    share: float


def text_language(text: str) -> TextLanguage | None:
    """None when there is too little text to tell."""
    if _weight(text) < MIN_LETTERS:
        return None
    language, confidence = _identifier().classify(text)
    return TextLanguage(language=str(language), confidence=float(confidence))


def notice(transcript: Transcript) -> LanguageNotice | None:
    """Says so when most of the text is in another language than the transcript claims.

    Only segments that carry no language of their own, or the transcript's, are looked at.
    """
    if transcript.language is None:
        return None
    claimed = transcript.language.partition("-")[0].lower()
    votes: Counter[str] = Counter()
    total = 0
    for stretch in _stretches(transcript):
        found = text_language(stretch)
        total += len(stretch)
        if found is not None and found.confidence >= SURE:
            votes[found.language] += len(stretch)
    language, characters = next(iter(votes.most_common(1)), (claimed, 0))
    if alike(language, claimed) or characters * 2 <= total:
        return None
    return LanguageNotice(claimed=claimed, found=language, share=characters / total)


def alike(one: str, other: str) -> bool:
    return one == other or any(one in group and other in group for group in _ALIKE)


def _stretches(transcript: Transcript) -> Iterator[str]:
    stretch = ""
    for segment in transcript.segments:
        if segment.language not in (None, transcript.language):
            continue
        stretch = f"{stretch} {segment.text}"
        if len(stretch) >= STRETCH_CHARACTERS:
            yield stretch
            stretch = ""
    if stretch.strip():
        yield stretch


def _weight(text: str) -> int:
    letters = [one for one in text if unicodedata.category(one)[0] in "LM"]
    wide = sum(unicodedata.east_asian_width(one) == "W" for one in letters)
    return len(letters) + 2 * wide


@cache
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
