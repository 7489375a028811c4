"""The cost of ending a line or a caption between two words."""

import re
from functools import lru_cache
from typing import NamedTuple

from mp4totext.kit import unicode

# Costs of a break, from a natural pause to one that is never allowed. Only their order and rough
# distances matter: one good break outweighs a line that is ten columns longer.
SENTENCE, CLAUSE, CONJUNCTION, PREPOSITION, PLAIN = 0, 1, 2, 4, 7
INSIDE_NAME, INSIDE_WORD, AFTER_LINK, FORBIDDEN = 14, 12, 18, 10_000

_CLOSERS = "\"'”’»)]}」』）】〉》"
_SENTENCE_ENDS = frozenset(".!?…。！？؟۔।")
# Titles before a name, whose full stop does not end a sentence.
_TITLES = frozenset(
    ("mr.", "mrs.", "ms.", "dr.", "prof.", "st.", "hr.", "sr.", "sra.", "mme.", "sig.", "doç.")
)
_CLAUSE_END = re.compile(rf"([,;:、，；：،؛]|[–—]|--)[{re.escape(_CLOSERS)}]*$")
_HIRAGANA = re.compile("[\u3041-\u309f]")
_NUMBER = re.compile(r"^[^\w]*\d[\d.,:]*$")

# Kinsoku, JIS X 4051 and the W3C's Requirements for Japanese Text Layout: what may not begin a
# line (closing marks, small kana, the long-vowel and repeat marks) and what may not end one.
_NOT_AT_START = frozenset(
    "、。，．・：；？！ー～…‥）〕］｝〉》」』】’”々ゝゞヽヾ,.:;?!)]}%℃"
    "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶ"
)
_CHINESE_PARTICLES = frozenset("的了吗呢吧们着")  # attached to the preceding word
_NOT_AT_END = frozenset("（〔［｛〈《「『【‘“([{$£¥€")

# Function words that belong to the next word, so that no line should end in one (articles,
# prepositions, auxiliaries, possessives), and words before which a line may end (conjunctions).
_LINKS = {
    "en": "a an the of to in on at by for from with into onto over under about as than my your his"
    " her its our their this that these those no not very is are was were be been am has have had"
    " do does did will would can could should must may might i we he she they you it mr mrs dr",
    "de": "der die das den dem des ein eine einen einem einer eines in im an am auf aus bei mit"
    " nach von vom zu zum zur für über"
    " unter mein dein sein ihr unser kein nicht sehr ich du er sie wir",
    "fr": "le la les un une des du de d au aux à en dans sur sous par pour avec sans chez mon ma"
    " mes ton ta tes"
    " son sa ses notre votre leur ce cet cette ces ne pas très je tu il elle nous vous",
    "es": "el la los las un una unos unas de del a al en con por para sin sobre mi tu su mis tus"
    " sus nuestro este esta ese esa no muy yo se me te le lo",
    "it": "il lo la i gli le un uno una di del della dei delle a al alla da dal dalla in nel nella"
    " con su sul sulla per tra fra mio tuo suo nostro questo questa non molto io mi ti si",
    "pt": "o a os as um uma de do da dos das em no na nos nas a ao à por para com sem meu minha seu"
    " sua este esta não muito eu se me te",
    "nl": "de het een in op aan bij met van voor naar uit over onder mijn jouw zijn haar ons geen"
    " niet zeer ik je hij zij we",
    "ru": "в во на с со к ко у о об от до по за из под над при для без не ни мой твой его её наш я",
    "tr": "bir bu şu o her çok en daha hiç ne kaç",
}
_CONJUNCTIONS = {
    "en": "and but or so because although though while when where which who whose if unless since"
    " then however that",
    "de": "und aber oder denn weil dass obwohl während wenn als wo der die",
    "fr": "et mais ou donc car parce que qui quand où si puisque comme",
    "es": "y e pero o u porque que quien cuando donde si aunque como",
    "it": "e ed ma o perché che chi quando dove se anche come quindi",
    "pt": "e mas ou porque que quem quando onde se embora como",
    "nl": "en maar of want omdat dat terwijl als wanneer waar hoewel",
    "ru": "и а но или что чтобы потому если когда где который хотя как",
    "tr": "ve ama fakat veya çünkü ki eğer ancak yani",
}
_PREPOSITIONS = {
    "en": "of to in on at by for from with into onto over under about between through during after"
    " before against without",
    "de": "in im an am auf aus bei mit nach von zu für über unter durch",
    "fr": "à en dans sur sous par pour avec sans chez entre",
    "es": "a en con por para sin sobre entre desde hasta",
    "it": "a da in con su per tra fra",
    "pt": "em por para com sem entre desde",
    "nl": "in op aan bij met van voor naar uit",
    "ru": "в во на с со к у о от до по за из под над при для без",
}


def _table(rows: dict[str, str]) -> dict[str, frozenset[str]]:
    return {language: frozenset(words.split()) for language, words in rows.items()}


_LINK_WORDS, _CONJUNCTION_WORDS, _PREPOSITION_WORDS = map(
    _table, (_LINKS, _CONJUNCTIONS, _PREPOSITIONS)
)
_NO_WORDS: frozenset[str] = frozenset()


def break_cost(left: str, right: str, *, language: str, spaced: bool, word_edge: bool) -> int:
    """The cost of ending a line between two neighbouring pieces of text.

    ``language`` is the two-letter code ("" when unknown), ``spaced`` whether a space stands
    between them, ``word_edge`` whether the recogniser saw two words.
    """
    if not spaced and (right[0] in _NOT_AT_START or left[-1] in _NOT_AT_END):
        return FORBIDDEN
    if not left[-1].isalnum():  # no expression below matches a word that ends in a letter
        if ends_sentence(left):
            return SENTENCE
        if _CLAUSE_END.search(left):
            return CLAUSE
    if not spaced:
        if left[-1].isdigit() and not right[0].isdigit():
            return AFTER_LINK  # "14日"
        return _inside_chunk(left[-1], right[0], word_edge=word_edge)
    return _between_words(left, right, language)


def _inside_chunk(left: str, right: str, *, word_edge: bool) -> int:
    """The cost within text without spaces: Chinese, Japanese, Thai.

    Japanese phrases end in hiragana and begin with another script. Hiragana after another script
    is its inflection.
    """
    if _HIRAGANA.match(left) and not _HIRAGANA.match(right):
        return PREPOSITION
    if right in _CHINESE_PARTICLES:
        return AFTER_LINK
    if left in _CHINESE_PARTICLES:
        return PREPOSITION
    if _HIRAGANA.match(right) and not _HIRAGANA.match(left):
        return AFTER_LINK
    return PLAIN if word_edge else INSIDE_WORD


def _between_words(left: str, right: str, language: str) -> int:
    before, after = _word_kind(left, language), _word_kind(right, language)
    if before.link:
        return AFTER_LINK
    if after.conjunction:
        return CONJUNCTION
    if before.conjunction:
        return AFTER_LINK
    if after.preposition:
        return PREPOSITION
    return INSIDE_NAME if before.name and after.name else PLAIN


class _Kind(NamedTuple):
    link: bool  # no line ends in it
    conjunction: bool
    preposition: bool
    name: bool  # it may be part of one


@lru_cache(maxsize=20_000)  # words come again and again
def _word_kind(word: str, language: str) -> _Kind:
    spoken = _spoken(word)
    link = spoken in _TITLES or spoken in _LINK_WORDS.get(language, _NO_WORDS)
    number = not word[-1].isalpha() and _NUMBER.match(word) is not None  # "25 | people"
    return _Kind(
        number or link,
        spoken in _CONJUNCTION_WORDS.get(language, _NO_WORDS),
        spoken in _PREPOSITION_WORDS.get(language, _NO_WORDS),
        # German capitalises all nouns, so capitals do not indicate names.
        word[0].isupper() and language != "de",
    )


def ends_sentence(text: str) -> bool:
    return text.rstrip(_CLOSERS)[-1:] in _SENTENCE_ENDS and _spoken(text) not in _TITLES


def _spoken(text: str) -> str:
    return text.strip("\"'“”‘’«»()[]-–—¿¡").lower()


def two_letters(language: str | None) -> str:
    return unicode.clean(language or "").partition("-")[0].lower()
