"""Stop words and stems of languages other than English.

They come from stopwords-iso and Snowball. Languages without them have lists in `wordlists/` and
rules for the endings of nouns.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cache

import stopwordsiso

from mp4totext.writing.wordlists import lines

# Languages of stopwords-iso with at least 70 entries. Shorter lists lack common words, which would
# appear as topics. English has its own lists, which are tuned to speech.
_LISTED_MIN = 70
_SNOWBALL = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek",
    "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish",
    "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian",
    "id": "indonesian", "it": "italian", "lt": "lithuanian", "nb": "norwegian", "nl": "dutch",
    "nn": "norwegian", "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sv": "swedish", "ta": "tamil", "tr": "turkish",
}  # fmt: skip
_SAME_LIST = {"nb": "no", "nn": "no"}

# For these, the list of stopwords-iso does harm: see wordlists/stop_words.
_OWN_LISTS_ONLY = frozenset({"ur", "vi"})

WORD_LANGUAGES = frozenset(
    {"en", "ta", "te", *_SAME_LIST}
    | {code for code in stopwordsiso.langs() if len(stopwordsiso.stopwords(code)) >= _LISTED_MIN}
)
"""Primary subtags of the languages whose words of no topic are known."""

# Articles and the like that are written as one with the next word: "l'ami", "dell'amico".
_ELIDED = re.compile(
    r"(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|dell|all|nell|sull|dall|coll|un|quest|quell|bell)['’]"
)
_ELIDING = frozenset({"fr", "it", "ca", "oc"})

# What follows a noun, in languages without an algorithm of Snowball. At least two letters remain.
_ENDINGS = {
    "bn": r"(?:টি|টা|গুলো|গুলি)?(?:দের|ের|র|কে|তে|য়|ে|রা)",
    "mr": r"(?:[ाेीिंु]{0,2}(?:च्या|चा|ची|चे|ला|ना|नी|तील|वरची|वरचे|वरच्या|वर|साठी|पेक्षा|मध्ये|कडे)"
    r"|(?<=[ाेी])त|[ाेीु])",
    "pl": r"(?:ami|ach|iem|owi|ów|om|em|[aeiouyąęó]{1,2})",
    "te": r"(?:లు|ల)?(?:ను|ని|కు|కి|లో|తో|పై|నుంచి)|లు|ల",
    "uk": r"(?:ами|ями|ах|ях|ові|еві|ом|ем|ів|ою|ею|[аеєиіїоуюяьй]{1,2})",
}
_STEM_LETTERS_MAX = {
    "pl": 7,
    "uk": 7,
}  # vowels come and go before an ending: kandydatka, kandydatek

# Particles after Korean nouns. Those of a pair depend on whether a consonant comes before, which
# tells them from the ends of nouns: 전문가 ends in no particle, as 가 follows vowels.
_AFTER_CONSONANT = ("으로부터", "으로", "이라는", "이랑", "이나", "은", "을", "이", "과")
_AFTER_VOWEL = ("로부터", "라는", "랑", "는", "를", "가", "와", "로")
_AFTER_ANY = (
    "입니다", "입니까", "에서는", "에서만", "에서", "에게서", "에게", "한테", "께서", "부터",
    "까지", "에는", "보다", "처럼", "마다", "밖에", "에", "의", "만", "도",
)  # fmt: skip
# The others may be a noun's second syllable: 결과, 추가.
_AFTER_ONE_SYLLABLE = frozenset({"은", "는", "을", "를", "입니다", "에서", "에게"})
_KOREAN_NOUN_ENDS = (
    "주의", "회의", "강의", "논의", "협의", "합의", "동의", "건의", "문의", "정의",
    "제도", "속도", "온도", "정도", "용도", "의도", "한도", "년도",
)  # fmt: skip
_KOREAN_VERB = re.compile(
    r"(?:니다|니까|세요|어요|아요|해요|게요|지요|지만|는데|면서|하는|하여|해서|하고|하기|하지|하면|해야"
    r"|하게|하도록|되는|되어|되고|이고|인데|으면|려고|거나|할|한)$"
)
_PAST_ENDING = 20  # the final consonant ㅆ, which only verbs have


@cache
def stop_words(language: str) -> frozenset[str]:
    """The stop words of a language, case-folded; empty if there is no list."""
    own = _own_stop_words().get(language, frozenset())
    if language in _OWN_LISTS_ONLY:
        return own
    listed = stopwordsiso.stopwords(_SAME_LIST.get(language, language))
    return own | {word.casefold() for word in listed}


@cache
def _own_stop_words() -> Mapping[str, frozenset[str]]:
    listed: dict[str, set[str]] = defaultdict(set)
    for line in lines("stop_words"):
        code, _, entries = line.partition(":")
        listed[code].update(entries.casefold().split())
    return {code: frozenset(entries) for code, entries in listed.items()}


def noun_range(word: str, language: str) -> tuple[int, int]:
    """The character range of the noun in a word, without attached articles and particles.

    (0, 0): the word has no noun. Endings that inflect the noun are part of it.
    """
    if language in _ELIDING:
        elided = _ELIDED.match(word.casefold())
        return (elided.end() if elided else 0), len(word)
    if language == "ko":
        return 0, len(_korean_noun(word))
    return 0, len(word)


def _korean_noun(word: str) -> str:
    is_past = any(_final(letter) == _PAST_ENDING for letter in word)
    is_verb = len(word) > 2 and _KOREAN_VERB.search(word) and not word.endswith("입니다")
    if is_past or is_verb:
        return ""
    for endings in (_AFTER_ANY, _AFTER_CONSONANT, _AFTER_VOWEL):
        for ending in endings:
            noun = word.removesuffix(ending)
            if noun == word or not noun or word.endswith(_KOREAN_NOUN_ENDS):
                continue
            final = _final(noun[-1])
            fits = endings is _AFTER_ANY or (final > 0) == (endings is _AFTER_CONSONANT)
            if fits and (len(noun) > 1 or ending in _AFTER_ONE_SYLLABLE):
                return noun.removesuffix("들") if len(noun) > 2 else noun
    return word.removesuffix("들") if len(word) > 2 else word


def _final(letter: str) -> int:
    """The number of a syllable's final consonant; 0: none."""
    code = ord(letter) - 0xAC00
    return code % 28 if 0 <= code < 11_172 else 0


@cache
def stemmer(language: str) -> Callable[[str], str]:
    """The function that stems words of a language; the identity if none is known."""
    if language in _ENDINGS:
        ending = re.compile(rf"(?<=\S\S)(?:{_ENDINGS[language]})$")
        most = _STEM_LETTERS_MAX.get(language)
        return lambda word: ending.sub("", word)[:most]
    algorithm = _SNOWBALL.get(language)
    if algorithm is None:
        return str
    import snowballstemmer  # noqa: PLC0415  # 0.15 s: it loads all its languages

    stem_word: Callable[[str], str] = snowballstemmer.stemmer(algorithm).stemWord
    return stem_word
