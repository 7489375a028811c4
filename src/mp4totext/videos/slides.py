"""The scenes of a slideshow or a lesson: their times and the texts of their cards. Pure."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import get_args

from mp4totext.kit import unicode
from mp4totext.kit.timecode import short_clock
from mp4totext.media.cards import Card, undrawable
from mp4totext.transcript import Transcript
from mp4totext.videos.storyboard import (
    CHAPTERS_MAX,
    SCENES_MAX,
    CardText,
    Chapter,
    Motion,
    Picture,
    Scene,
)
from mp4totext.writing.extractive import chapters as chapter_finder
from mp4totext.writing.extractive.chapters import shortened
from mp4totext.writing.extractive.features import runs
from mp4totext.writing.extractive.highlights import Phrase, key_phrases
from mp4totext.writing.generate.scene_plan import PlannedScene
from mp4totext.writing.results import Sentence
from mp4totext.writing.scenes import scene_borders
from mp4totext.writing.sentences import sentences
from mp4totext.writing.text_index import TextIndex

QUOTE_CHARACTERS = 120
_CARD_CHARACTERS = 90
_CLAUSE_CHARACTERS = 24  # fewer say nothing
_CLAUSE_END = re.compile(r"(?<=[.!?])(?=\s)|(?=[,;:]\s)|[。、！？]")
_CHAPTERS_MIN = 2
_LEAST_SCORE = 1.0  # of a phrase that names what a scene is about
_MOTIONS: tuple[Motion, ...] = tuple(
    motion for motion in get_args(Motion) if motion != "still"
)  # in turn, so that two neighbours never move alike


def slides(
    spoken: Transcript,
    *,
    from_ms: int,
    title: str,
    target_ms: int,
    chapters: Sequence[Chapter],
    frames: bool,
    planned: Sequence[PlannedScene] = (),
) -> tuple[Scene, ...]:
    """Of what is said in a stretch that begins ``from_ms`` into the recording.

    ``chapters``: those that get a card. ``frames``: the recording has pictures of its own.
    ``planned``: scenes that a model chose, in place of those that are chosen here.
    """
    text_index = TextIndex(spoken)
    sentence_list = sentences(text_index)
    chapter_starts = {chapter.at_ms - from_ms: chapter.title for chapter in chapters}
    borders = (
        [planned[0].start_ms, *(each.end_ms for each in planned)]
        if planned
        else _borders(spoken, target_ms, tuple(chapter_starts))
    )
    texts = _Texts(spoken, sentence_list, title, chapter_starts)
    scenes = []
    for number, (start_ms, end_ms) in enumerate(pairwise(borders)):
        plan = planned[number] if planned else None
        card = texts.card(number, start_ms, end_ms, headline=plan.headline if plan else "")
        opens = number == 0 or card.small.startswith(_CHAPTER)
        scenes.append(
            Scene(
                id=f"s{number + 1}",
                start_ms=from_ms + start_ms,
                end_ms=from_ms + end_ms,
                quote=unicode.shortened(texts.quote(start_ms, end_ms), QUOTE_CHARACTERS),
                picture=Picture(kind="frame")
                if frames and not (chapters and opens)
                else Picture(kind="card", card=card),
                prompt=plan.picture if plan else "",
                motion=_MOTIONS[number % len(_MOTIONS)],
            )
        )
    return tuple(scenes)


_CHAPTER = "Chapter "


def _borders(spoken: Transcript, target_ms: int, preferred_ms: tuple[int, ...]) -> list[int]:
    """The borders of scenes; scenes of hours of speech are longer, so there are fewer."""
    while True:
        borders = scene_borders(
            spoken,
            target_ms=target_ms,
            shortest_ms=target_ms * 3 // 8,
            longest_ms=target_ms * 7 // 4,
            preferred_ms=preferred_ms,
        )
        if len(borders) <= SCENES_MAX + 1:
            return borders
        target_ms = target_ms * 3 // 2


def chapters_of(spoken: Transcript, *, from_ms: int) -> tuple[Chapter, ...]:
    """The chapters; empty in languages without chapters, or when there is only one."""
    if not runs("auto_chapters", spoken.language):
        return ()
    made = [
        each for each in chapter_finder.chapters(sentences(TextIndex(spoken))) if each.gist.strip()
    ]
    if len(made) < _CHAPTERS_MIN:
        return ()
    titles = {from_ms + each.start_ms: unicode.shortened(each.gist, 255) for each in made}
    return tuple(
        Chapter(at_ms=at_ms, title=title) for at_ms, title in sorted(titles.items())[:CHAPTERS_MAX]
    )


class _Texts:
    """The texts of the cards of one video; no phrase is repeated."""

    def __init__(
        self,
        spoken: Transcript,
        sentence_list: Sequence[Sentence],
        title: str,
        chapter_starts: dict[int, str],
    ) -> None:
        self._words = list(timed_words(spoken))
        self._title = title
        self._sentences = sentence_list
        self._phrases = key_phrases(sentence_list)
        self._chapters = sorted(chapter_starts.items())
        self._used: set[str] = set()

    def quote(self, start_ms: int, end_ms: int) -> str:
        said = [text for at_ms, text in self._words if start_ms <= at_ms < end_ms]
        return unicode.clean(unicode.joined(said))

    def card(self, number: int, start_ms: int, end_ms: int, *, headline: str = "") -> CardText:
        """``headline`` is a model's, used where it can be drawn and the scene has no title."""
        if number == 0 and self._title:
            return CardText(large=self._title)
        for at, (chapter_ms, title) in enumerate(self._chapters, 1):
            if start_ms - 1_500 <= chapter_ms < end_ms and title not in self._used:
                self._used.add(title)
                return CardText(small=f"{_CHAPTER}{at}", large=_capital(title))
        clock = short_clock(start_ms, hours=start_ms >= 3_600_000)
        phrase = headline if _is_drawable(headline) else self._phrase(start_ms, end_ms)
        large = phrase or _beginning(self.quote(start_ms, end_ms))
        return CardText(small=clock, large=_capital(large) or self._title or clock)

    def _phrase(self, start_ms: int, end_ms: int) -> str:
        inside = [
            (sentence.at, sentence.to)
            for sentence in self._sentences
            if sentence.start_ms < end_ms and sentence.end_ms > start_ms
        ]

        def is_here(phrase: Phrase) -> bool:
            return any(at <= place < to for at, to in inside for place, _ in phrase.places)

        for phrase in self._phrases:
            if phrase.score < _LEAST_SCORE:
                return ""
            if len(phrase.stems) > 1 and phrase.text not in self._used and is_here(phrase):
                self._used.add(phrase.text)
                return phrase.text
        return ""


def quotes(spoken: Transcript, starts_ms: Sequence[int]) -> list[str]:
    """The first words of each scene; ``starts_ms`` are relative to the transcript, from 0."""
    said: list[list[str]] = [[] for _ in starts_ms]
    for at_ms, text in timed_words(spoken):
        said[bisect_right(starts_ms, at_ms) - 1].append(text)
    return [
        unicode.shortened(unicode.clean(unicode.joined(texts)), QUOTE_CHARACTERS) for texts in said
    ]


def timed_words(spoken: Transcript) -> Iterator[tuple[int, str]]:
    for segment in spoken.segments:
        for unit in segment.words or (segment,):
            yield unit.start_ms, unit.text


def opens(scene: Scene, at: int) -> bool:
    """Whether scene ``at`` (from 0) has a title or chapter card."""
    card = scene.picture.card
    return card is not None and (at == 0 or card.small.startswith(_CHAPTER))


def _beginning(quote: str) -> str:
    """A whole sentence or clause of it, where one is short enough for a card."""
    ends = [end.start() for end in _CLAUSE_END.finditer(quote) if end.start() <= _CARD_CHARACTERS]
    if len(quote) > _CARD_CHARACTERS and ends and ends[-1] >= _CLAUSE_CHARACTERS:
        return quote[: ends[-1]]
    return shortened(quote, _CARD_CHARACTERS)


def _is_drawable(text: str) -> bool:
    return bool(text.strip()) and not undrawable(Card(large=text, small="", foot=""))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
