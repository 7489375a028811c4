"""Stop words and stems of other languages than English, from stopwords-iso and Snowball."""

from collections.abc import Callable
from functools import cache

import stopwordsiso

# Languages of stopwords-iso with at least 70 entries: in shorter ones common words are missing and
# come out as topics. English has lists of its own, which are tuned to speech.
_LISTED_MIN = 70
_SNOWBALL = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek",
    "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish",
    "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian",
    "id": "indonesian", "it": "italian", "lt": "lithuanian", "nb": "norwegian", "nl": "dutch",
    "nn": "norwegian", "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip
_SAME_LIST = {"nb": "no", "nn": "no"}

WORD_LANGUAGES = frozenset(
    {"en", *_SAME_LIST}
    | {code for code in stopwordsiso.langs() if len(stopwordsiso.stopwords(code)) >= _LISTED_MIN}
)
"""Primary subtags of the languages whose words of no topic are known."""


@cache
def stop_words(language: str) -> frozenset[str]:
    """Case-folded; empty for a language without a list."""
    listed = stopwordsiso.stopwords(_SAME_LIST.get(language, language))
    return frozenset(word.casefold() for word in listed)


@cache
def stemmer(language: str) -> Callable[[str], str]:
    """The word as it is where Snowball does not know the language."""
    algorithm = _SNOWBALL.get(language)
    if algorithm is None:
        return str
    import snowballstemmer  # noqa: PLC0415  # 0.15 s: it loads all its languages

    stem_word: Callable[[str], str] = snowballstemmer.stemmer(algorithm).stemWord
    return stem_word
