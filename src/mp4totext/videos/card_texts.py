"""Chooses the text and the layout of each card of a video. Pure."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

from mp4totext.exports.phrases import CLAUSE, PREPOSITION, break_cost, two_letters
from mp4totext.kit import unicode
from mp4totext.kit.timecode import short_clock
from mp4totext.media.cards import Card, undrawable
from mp4totext.transcript import Transcript
from mp4totext.videos.storyboard import (
    LARGE_CHARACTERS,
    TITLE_CHARACTERS,
    CardLayout,
    CardText,
)
from mp4totext.writing.extractive.highlights import Phrase, key_phrases
from mp4totext.writing.extractive.self_contained import weight
from mp4totext.writing.results import Sentence

CLOSING_SCENES_MIN = 4  # with fewer scenes the title is not shown again at the end
CHAPTER_TITLE_LATE_MS = 1_500  # a chapter may begin this much before its scene
# A long text is cut after the last clause within the first limit, or the first within the second.
_CARD_COLUMNS = 120, 180
_CLAUSE_COLUMNS = 24  # a shorter clause says too little
# Not after "Mr."
_CLAUSE_END = re.compile(r"(?<=\w\w\w[.!?])(?=\s)|(?=[,;:]\s)|[。、！？]")
_LEAST_SCORE = 1.0  # lowest score of a phrase that names the subject of a scene
_QUOTE_COLUMNS = 18, 120
_QUOTE_WEIGHT_MIN = 0.6  # lowest weight of a sentence that can be read on its own
_EARLY_SHARE = 0.4  # of a scene, within which the text of its card begins to be spoken
_RUNS_OVER_MS = 1_000  # by which a sentence may exceed its scene
_POINTS = 3, 4  # of a list
_FIGURE_COLUMNS = 12
_FIGURES_MAX = 20  # in one sentence; more are a list of numbers, not a figure to show
_CONTEXT_COLUMNS = 110
_HALF_MS_MIN, _HALF_SHARE_MIN = 2_500, 0.35  # of a scene that is divided
# Japanese needs no mark for a question.
_QUESTION = re.compile(r"(?:[?？؟]|(?:です|ます|でしょう)か。)[\"'”’»)」]*$")
# A number with its sign or unit; not a single digit, and not a reference ("section 5").
_FIGURE = re.compile(
    r"(?<![\w.,/:-])(?:[$€£¥]\s?)?\d(?:[\d.,   ]*\d)?(?:\s?(?:%|°C|°F|km/h|m/s|mph|km|kg|[$€£¥]"
    r"|per ?cent|percent|million|billion|Prozent|Millionen|millones|millions))?(?![\w/:-])"
)
_NUMBERED = re.compile(
    r"\b(?:volume|section|chapter|part|page|number|no|nr|kapitel|teil|seite"
    r"|chapitre|capítulo)\.? $",
    re.IGNORECASE,
)


class CardTexts:
    """The texts of the cards of one video; no phrase is repeated."""

    def __init__(
        self,
        spoken: Transcript,
        sentence_list: Sequence[Sentence],
        title: str,
        chapter_starts: dict[int, str],
    ) -> None:
        self._words = list(timed_words(spoken))
        self._language = two_letters(spoken.language)
        self._names = {speaker.id: speaker.name or "" for speaker in spoken.speakers}
        self._title = title
        self._sentences = sentence_list
        self._phrases = key_phrases(sentence_list)
        self._chapters = sorted(chapter_starts.items())
        self._used: set[str] = set()
        self._chapter_titles: list[str] = []  # already shown; letters only
        self._layout: CardLayout = "plain"

    def quote(self, start_ms: int, end_ms: int) -> str:
        words = [text for at_ms, text in self._words if start_ms <= at_ms < end_ms]
        return unicode.clean(unicode.joined(words))

    def middle_ms(self, start_ms: int, end_ms: int) -> int | None:
        """Where to divide a scene with more words than a card shows; None if all fit.

        No phrase ends there with a mark or a pause, but one may begin, and no name is parted.
        """
        if not _beginning(self.quote(start_ms, end_ms)).endswith("…"):
            return None
        inside = [word for word in self._words if start_ms <= word[0] < end_ms and word[1].strip()]
        middle_ms = (start_ms + end_ms) // 2
        least_ms = max(_HALF_MS_MIN, round((end_ms - start_ms) * _HALF_SHARE_MIN))
        places = [
            (self._break_cost(left, right), abs(at_ms - middle_ms), at_ms)
            for (_, left), (at_ms, right) in pairwise(inside)
            if start_ms + least_ms <= at_ms <= end_ms - least_ms
        ]
        return min(places)[-1] if places else None

    def _break_cost(self, left: str, right: str) -> int:
        spaced = unicode.needs_space(left, right)
        cost = break_cost(left, right, language=self._language, spaced=spaced, word_edge=True)
        return cost if cost <= CLAUSE else max(cost, PREPOSITION)

    def card(
        self, number: int, start_ms: int, end_ms: int, *, is_last: bool, headline: str = ""
    ) -> CardText:
        """``headline`` is a model's, used where it can be drawn and the scene has no title."""
        made = self._opening(number, start_ms, end_ms)
        if made is None and _is_drawable(headline):
            made = CardText(large=_capital(headline))
        made = made or self._closing(number, is_last=is_last)
        if made is None:
            unused = [c for c in self._candidates(start_ms, end_ms) if not self._is_used(c)]
            # Neighbours have different layouts where there is a choice.
            made = next((card for card in unused if card.layout != self._layout), None)
            made = made or (unused[0] if unused else self._spoken(start_ms, end_ms))
        self._layout = made.layout
        self._used.add(made.large)
        return made

    def _is_used(self, card: CardText) -> bool:
        """Whether it was shown, as a chapter's title is the start of a sentence spoken later."""
        texts = [unicode.letters(text) for text in (card.large, card.foot)]
        return card.large in self._used or any(
            title and text.startswith(title) for title in self._chapter_titles for text in texts
        )

    def _opening(self, number: int, start_ms: int, end_ms: int) -> CardText | None:
        if number == 0 and self._title:
            return CardText(layout="title", large=self._title)
        for at, (chapter_ms, title) in enumerate(self._chapters, 1):
            begins = start_ms - CHAPTER_TITLE_LATE_MS <= chapter_ms < end_ms
            if begins and title not in self._used:
                self._used.add(title)
                self._chapter_titles.append(unicode.letters(title))
                return CardText(layout="chapter", small=str(at), large=_capital(title))
        return None

    def _closing(self, number: int, *, is_last: bool) -> CardText | None:
        if number + 1 < CLOSING_SCENES_MIN or not is_last or not self._title:
            return None
        return CardText(layout="closing", large=self._title)

    def _candidates(self, start_ms: int, end_ms: int) -> Iterator[CardText]:
        """The best first. Words spoken late in the scene would leave the card empty until then."""
        early_ms = start_ms + round((end_ms - start_ms) * _EARLY_SHARE)
        early = [each for each in self._sentences if start_ms <= each.start_ms < early_ms]
        for sentence in early:
            yield from self._figures(sentence)
        for sentence in early:
            text = unicode.clean(sentence.text)
            if _QUESTION.search(text) and unicode.width(text) <= _QUOTE_COLUMNS[1]:
                yield CardText(layout="question", large=_large(text))
        points = self._points(start_ms, end_ms)
        if len(points) >= _POINTS[0]:
            yield CardText(layout="list", large=_large("\n".join(points)))
        yield from self._quotes([each for each in early if each.end_ms <= end_ms + _RUNS_OVER_MS])
        for sentence in early:
            clause = _beginning(self._with_next(sentence, end_ms))
            if not clause.endswith("…"):
                yield CardText(large=_large(_capital(clause)))
        phrase = self._phrase(start_ms, end_ms)
        if phrase:
            yield CardText(large=_large(_capital(phrase)))

    def _with_next(self, sentence: Sentence, end_ms: int) -> str:
        """A sentence, or if it says too little ("One day.") also those after it in the scene."""
        text = unicode.clean(sentence.text)
        for following in self._sentences[self._sentences.index(sentence) + 1 :]:
            if unicode.width(text) >= _CLAUSE_COLUMNS or following.start_ms >= end_ms:
                break
            text = unicode.joined([text, unicode.clean(following.text)])
        return text

    def _quotes(self, candidates: Sequence[Sentence]) -> Iterator[CardText]:
        for sentence in candidates:
            text = unicode.clean(sentence.text)
            fits = _QUOTE_COLUMNS[0] <= unicode.width(text) <= _QUOTE_COLUMNS[1]
            if fits and weight(sentence) >= _QUOTE_WEIGHT_MIN:
                name = self._names.get(sentence.speaker or "", "")
                yield CardText(layout="quote", large=_large(_capital(text)), foot=name)

    def _figures(self, sentence: Sentence) -> Iterator[CardText]:
        text = unicode.clean(sentence.text)
        # Not all of a long sentence, as each is looked for in what surrounds it.
        for match in islice(_FIGURE.finditer(text), _FIGURES_MAX):
            figure = match.group().strip()
            bare = figure.isdigit() and len(figure) == 1
            numbered = _NUMBERED.search(text[: match.start()])
            if bare or numbered or unicode.width(figure) > _FIGURE_COLUMNS:
                continue
            clause = _clause_around(text, match.start())
            yield CardText(layout="figure", large=figure, foot=clause)

    def _points(self, start_ms: int, end_ms: int) -> list[str]:
        """Key phrases of a scene in the order in which they are spoken."""
        points: list[tuple[int, str]] = []
        stems: set[str] = set()
        inside = self._inside(start_ms, end_ms)
        for phrase in self._phrases:
            if phrase.count < 2 or len(phrase.stems) < 2:  # it is mentioned only once
                continue
            place = next((p for p, _ in phrase.places if any(a <= p < b for a, b in inside)), None)
            if place is not None and not stems & set(phrase.stems):
                points.append((place, _capital(phrase.text)))
                stems |= set(phrase.stems)
            if len(points) == _POINTS[1]:
                break
        return [text for _, text in sorted(points)]

    def _inside(self, start_ms: int, end_ms: int) -> list[tuple[int, int]]:
        return [
            (sentence.at, sentence.to)
            for sentence in self._sentences
            if sentence.start_ms < end_ms and sentence.end_ms > start_ms
        ]

    def _spoken(self, start_ms: int, end_ms: int) -> CardText:
        """If nothing stands out, a clause that appears as it is spoken."""
        clock = short_clock(start_ms, hours=start_ms >= 3_600_000)
        text = _beginning(self._after_chapter_title(self.quote(start_ms, end_ms)))
        return CardText(large=_large(_capital(text)) or self._title or clock)

    def _after_chapter_title(self, quote: str) -> str:
        """The text without the chapter title that it begins with, as that was shown before."""
        words = quote.split(" ")
        for title in self._chapter_titles:
            read = ""
            for at, word in enumerate(words, 1):
                read += unicode.letters(word)
                if not title.startswith(read):
                    break
                if read == title:
                    return " ".join(words[at:]) or quote
        return quote

    def _phrase(self, start_ms: int, end_ms: int) -> str:
        inside = self._inside(start_ms, end_ms)

        def occurs(phrase: Phrase) -> bool:
            return any(at <= place < to for at, to in inside for place, _ in phrase.places)

        for phrase in self._phrases:
            if phrase.score < _LEAST_SCORE or phrase.count < 2:
                return ""
            if len(phrase.stems) > 1 and _capital(phrase.text) not in self._used and occurs(phrase):
                return phrase.text
        return ""


def timed_words(spoken: Transcript) -> Iterator[tuple[int, str]]:
    for segment in spoken.segments:
        for unit in segment.words or (segment,):
            yield unit.start_ms, unit.text


def _clause_around(text: str, at: int) -> str:
    """The context of a number: its sentence, or its clause if the sentence is long."""
    if unicode.width(text) <= _CONTEXT_COLUMNS and len(text) <= TITLE_CHARACTERS:
        return text
    ends = [0, *(end.end() for end in re.finditer(r"[,;:]\s|[、，；：]", text)), len(text)]
    first = max(end for end in ends if end <= at)
    last = min(end for end in ends if end > at)
    clause = text[first:last].strip(" ,;:、，；：")
    return unicode.shortened(clause, _CONTEXT_COLUMNS, characters_max=TITLE_CHARACTERS)


def _beginning(quote: str) -> str:
    """The whole text if it fits on a card; otherwise up to the end of a sentence or clause.

    Without such an end, the text is cut and ends with "…".
    """
    nice, most = _CARD_COLUMNS
    if unicode.width(quote) <= nice:
        return quote
    ends = [end.start() for end in _CLAUSE_END.finditer(quote, 0, LARGE_CHARACTERS)]
    fine = [end for end in ends if _CLAUSE_COLUMNS <= unicode.width(quote[:end]) <= nice]
    longer = [end for end in ends if nice < unicode.width(quote[:end]) <= most]
    if fine:
        return quote[: max(fine, key=lambda end: (quote[end - 1] in ".!?", end))]
    if longer:
        return quote[: longer[0]]
    if unicode.width(quote) <= most:
        return quote
    cut = unicode.shortened(quote, most).removesuffix("…")
    return (cut.rpartition(" ")[0] or cut).rstrip(",;:-– ") + "…"


def _is_drawable(text: str) -> bool:
    return bool(text.strip()) and not undrawable(Card(large=text, small="", foot=""))


def _large(text: str) -> str:
    """The text shortened to what a card accepts, as single words may be arbitrarily long."""
    return unicode.shortened(text, LARGE_CHARACTERS, characters_max=LARGE_CHARACTERS)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
