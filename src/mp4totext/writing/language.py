"""Identifies the language of a text, to find transcripts with a wrong language tag."""

import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from mp4totext.transcript import Transcript

MIN_LETTERS = 40
"""With fewer letters the identifier nearly guesses (CJK characters count three times)."""

MIN_CONFIDENCE = 0.8
"""The probability from which a stretch of text counts as being in a language."""

STRETCH_CHARACTERS = (
    400  # characters that are identified together, so that a few foreign words do not count
)

# Languages that the identifier confuses, as they are written alike. It does not decide among them.
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
    """A transcript is tagged as ``claimed``, but ``share`` of its text is in ``identified``."""

    claimed: str
    identified: str
    share: float  # 0 to 1


def text_language(text: str) -> TextLanguage | None:
    """The language of a text; None if it is too short."""
    letters = [character for character in text if unicodedata.category(character)[0] in "LM"]
    wide = sum(unicodedata.east_asian_width(letter) == "W" for letter in letters)
    # A wide letter says as much as a word, so it counts three times.
    if len(letters) + 2 * wide < MIN_LETTERS:
        return None
    language, confidence = _identifier().classify(text)
    return TextLanguage(language=str(language), confidence=float(confidence))


def notice(transcript: Transcript) -> LanguageNotice | None:
    """A notice if most of the text is in another language than its tag.

    Segments with a different language are left out.
    """
    if transcript.language is None:
        return None
    claimed = transcript.language.partition("-")[0].lower()
    votes: Counter[str] = Counter()
    total = 0
    for stretch in _stretches(transcript):
        identified = text_language(stretch)
        total += len(stretch)
        if identified is not None and identified.confidence >= MIN_CONFIDENCE:
            votes[identified.language] += len(stretch)
    language, characters = next(iter(votes.most_common(1)), (claimed, 0))
    if alike(language, claimed) or characters * 2 <= total:
        return None
    return LanguageNotice(claimed=claimed, identified=language, share=characters / total)


def alike(a: str, b: str) -> bool:
    """Whether two primary subtags are equal, or of languages that cannot be told apart."""
    return a == b or any(a in group and b in group for group in _ALIKE)


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


@cache
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
