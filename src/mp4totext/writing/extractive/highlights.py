"""Finds the key phrases of a recording, with every mention.

Candidates are runs of up to three words without a stop word; in Japanese, which has no blanks, runs
of kanji or of katakana; in Chinese, two to six characters that come again. The score is C-value
(Frantzi, Ananiadou and Mima, "Automatic recognition of multi-word terms", IJDL 2000): it grows with
count and length, less the mentions inside longer phrases.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mp4totext.writing import chinese
from mp4totext.writing.extractive.terms import (
    WORD,
    has_topic_words,
    primary_subtag,
    stem,
    topic_word,
)
from mp4totext.writing.extractive.word_forms import noun_range, stop_words
from mp4totext.writing.results import Highlight, Sentence
from mp4totext.writing.text_index import TextIndex
from mp4totext.writing.wordlists import words

PHRASE_WORDS_MAX = 3
ENOUGH_PHRASES = 5
"""If this many phrases recur, those that occur once are left out."""

_JAPANESE = re.compile(r"(?<![\d.])[\u4e00-\u9fff々]{2,}|[\u30a1-\u30fa\u30fc]{2,}")
_CHINESE_MAX = 6
# No phrase contains these linking words: particles, pronouns, prepositions, adverbs.
_CHINESE = re.compile(
    r"[^\W\d_a-zA-Z的了吗呢吧啊呀嘛着是在和与及但而且就都也还又很太没不我你您他她它们这那哪每把被给让跟从向于]{2,}"
)
# No phrase begins or ends with these: numbers, classifiers and other common characters.
_CHINESE_EDGE = frozenset(
    "一二三四五六七八九十百千万两几第多个位些次名件条张年月日天元有要想里上下中来去做说看好大新旧"
)
# Words that can be part of a phrase, but say too little to be one on their own.
_WEAK = frozenset(stem(word) for word in words("english_weak"))


@dataclass(frozen=True, slots=True)
class Phrase:
    """``text`` is its most common form; ``places`` are character ranges of the transcript."""

    stems: tuple[str, ...]
    text: str
    score: float
    places: tuple[tuple[int, int], ...]

    @property
    def count(self) -> int:
        return len(self.places)


def highlights(
    text_index: TextIndex, sentences: Sequence[Sentence], *, limit: int = 15
) -> tuple[Highlight, ...]:
    """At most ``limit`` phrases, best first; no two share a word."""
    chosen: list[Phrase] = []
    used_stems: set[str] = set()
    phrases = key_phrases(sentences)
    again = [phrase for phrase in phrases if phrase.count > 1]
    for phrase in again if len(again) >= ENOUGH_PHRASES else phrases:
        if len(chosen) < limit and not used_stems & set(phrase.stems):
            chosen.append(phrase)
            used_stems.update(phrase.stems)
    best = chosen[0].score if chosen else 1.0
    return tuple(
        Highlight(
            text=phrase.text,
            count=phrase.count,
            rank=round(phrase.score / best, 3),
            mentions=tuple(text_index.cite(at, to) for at, to in phrase.places),
        )
        for phrase in chosen
    )


def key_phrases(sentences: Sequence[Sentence]) -> list[Phrase]:
    """All candidates with their scores, best first."""
    places: dict[tuple[str, ...], list[tuple[int, int]]] = defaultdict(list)
    forms: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    chinese_words = _chinese_words(sentences)
    for sentence in sentences:
        if has_topic_words(sentence.language):
            for stems, at, to in _candidates(sentence, chinese_words):
                places[stems].append((at, to))
                forms[stems][sentence.text[at - sentence.at : to - sentence.at]] += 1
    inside = _longer_counts(places)
    phrases = [
        Phrase(
            stems,
            forms[stems].most_common(1)[0][0],
            _score(stems, forms[stems], inside.get(stems, ())),
            tuple(ranges),
        )
        for stems, ranges in places.items()
        if len(stems) > 1 or stems[0] not in _WEAK
    ]
    # A phrase that is said once is no key phrase, however long it is.
    return sorted(phrases, key=lambda phrase: (phrase.count < 2, -phrase.score, phrase.places[0]))


def _score(stems: tuple[str, ...], forms: Counter[str], longer: Sequence[int]) -> float:
    in_longer = sum(longer) / len(longer) if longer else 0.0
    participle = len(stems) == 1 and next(iter(forms)).endswith("ed")
    weak = 0.5 if participle or any(word_stem in _WEAK for word_stem in stems) else 1.0
    return weak * math.log2(len(stems) + 1) * (forms.total() - in_longer)


def _longer_counts(
    places: dict[tuple[str, ...], list[tuple[int, int]]],
) -> dict[tuple[str, ...], list[int]]:
    """For each phrase, the counts of the longer phrases that contain it."""
    longer: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for stems, ranges in places.items():
        if len(ranges) > 1:
            parts = {
                stems[at : at + size] for size in range(1, len(stems)) for at in range(len(stems))
            }
            for part in parts:
                longer[part].append(len(ranges))
    return longer


def _candidates(
    sentence: Sentence, chinese_words: re.Pattern[str] | None
) -> Iterator[tuple[tuple[str, ...], int, int]]:
    for run in _word_runs(sentence, chinese_words):
        for first in range(len(run)):
            for last in range(first, min(first + PHRASE_WORDS_MAX, len(run))):
                stems = tuple(word_stem for word_stem, _, _ in run[first : last + 1])
                yield stems, run[first][1], run[last][2]


def _word_runs(
    sentence: Sentence, chinese_words: re.Pattern[str] | None
) -> Iterator[list[tuple[str, int, int]]]:
    """Runs of (stem, start, end): words separated by one blank only, without stop words."""
    primary = primary_subtag(sentence.language)
    if primary == "ja" or chinese.is_chinese(primary):
        words_of_it = _JAPANESE if primary == "ja" else chinese_words
        text = sentence.text if primary == "ja" else chinese.simplified(sentence.text)
        for match in words_of_it.finditer(text) if words_of_it else ():
            if match.group() not in stop_words(primary):
                yield [(match.group(), sentence.at + match.start(), sentence.at + match.end())]
        return
    run: list[tuple[str, int, int]] = []
    for match in WORD.finditer(sentence.text):
        word = match.group()
        term = [] if word[0].isdigit() else topic_word(word, primary)
        first, last = noun_range(word, primary)
        at, to = sentence.at + match.start() + first, sentence.at + match.start() + last
        if run and (not term or at - run[-1][2] != 1):
            yield run
            run = []
        if term:
            run.append((term[0], at, to))
    if run:
        yield run


def _chinese_words(sentences: Sequence[Sentence]) -> re.Pattern[str] | None:
    """Repeated character sequences that are words, in texts without spaces.

    A word occurs with different neighbours, a part of a word always with the same ones.
    """
    again = {gram: count for gram, count in _chinese_counts(sentences).items() if count > 1}
    longer: Counter[str] = Counter()
    for gram, count in again.items():
        for size in range(2, len(gram)):
            for at in range(len(gram) - size + 1):
                longer[gram[at : at + size]] = max(longer[gram[at : at + size]], count)
    found: list[str] = []
    for gram in sorted(again, key=lambda gram: (-again[gram], -len(gram))):
        is_word = again[gram] > longer[gram] and gram not in stop_words("zh")
        if is_word and not any(gram in other or other in gram for other in found):
            found.append(gram)
    return re.compile("|".join(map(re.escape, found))) if found else None


def _chinese_counts(sentences: Sequence[Sentence]) -> Counter[str]:
    """Counts of sequences of two to six characters that may be words, in simplified characters."""
    counts: Counter[str] = Counter()
    for sentence in sentences:
        if chinese.is_chinese(sentence.language):
            for run in _CHINESE.findall(chinese.simplified(sentence.text)):
                grams = (
                    run[at : at + size]
                    for size in range(2, _CHINESE_MAX + 1)
                    for at in range(len(run) - size + 1)
                )
                counts.update(gram for gram in grams if not {gram[0], gram[-1]} & _CHINESE_EDGE)
    return counts
