"""The scenes of a slideshow or a lesson: their times and the texts of their cards. Pure."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import get_args

from mp4totext.kit import unicode
from mp4totext.transcript import Transcript
from mp4totext.videos.card_texts import (
    CHAPTER_TITLE_LATE_MS,
    CLOSING_SCENES_MIN,
    CardTexts,
    timed_words,
)
from mp4totext.videos.storyboard import (
    CHAPTERS_MAX,
    SCENES_MAX,
    TITLE_CHARACTERS,
    Chapter,
    Motion,
    Picture,
    Scene,
)
from mp4totext.writing.extractive import chapters as chapter_finder
from mp4totext.writing.extractive.features import runs
from mp4totext.writing.extractive.highlights import key_phrases
from mp4totext.writing.generate.scene_plan import PlannedScene
from mp4totext.writing.headlines import headline
from mp4totext.writing.scenes import phrase_ends, scene_borders
from mp4totext.writing.sentences import sentences
from mp4totext.writing.text_index import TextIndex

QUOTE_CHARACTERS = 120
_CHAPTERS_MIN = 2
_TITLE_MS = 3_000, 5_000, 8_000  # of a title card: minimum, target, longest without a cut
# Used in turn, so that neighbouring scenes never move alike.
_MOTIONS: tuple[Motion, ...] = tuple(motion for motion in get_args(Motion) if motion != "still")


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
    texts = CardTexts(spoken, sentence_list, title, chapter_starts)
    if not planned and (chapters or not frames) and len(borders) <= SCENES_MAX // 2:
        borders = _shorter_openings(spoken, borders, [0] * bool(title) + sorted(chapter_starts))
    if not planned and title and not frames and len(borders) > CLOSING_SCENES_MIN:
        borders = _shorter_closing(spoken, borders)
    if not planned and not frames and len(borders) <= SCENES_MAX // 2:
        halves = [texts.middle_ms(start_ms, end_ms) for start_ms, end_ms in pairwise(borders)]
        borders = sorted({*borders, *(at_ms for at_ms in halves if at_ms is not None)})
    scenes = []
    for number, (start_ms, end_ms) in enumerate(pairwise(borders)):
        plan = planned[number] if planned else None
        card = texts.card(
            number,
            start_ms,
            end_ms,
            is_last=end_ms == borders[-1],
            headline=plan.headline if plan else "",
        )
        opens = number == 0 or card.layout in ("title", "chapter")
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


def _shorter_openings(
    spoken: Transcript, borders: list[int], openings_ms: Sequence[int]
) -> list[int]:
    """Borders after the titles of the video and its chapters, which are read in a few seconds."""
    least_ms, target_ms, enough_ms = _TITLE_MS
    all_ends = phrase_ends(spoken)
    added = []
    for start_ms, end_ms in pairwise(borders):
        opens = any(start_ms - CHAPTER_TITLE_LATE_MS <= at_ms < end_ms for at_ms in openings_ms)
        ends = [at for at in all_ends if start_ms + least_ms <= at <= end_ms - least_ms]
        if opens and ends and end_ms - start_ms > enough_ms:
            added.append(min(ends, key=lambda at_ms: abs(at_ms - start_ms - target_ms)))
    return sorted(borders + added)


def _shorter_closing(spoken: Transcript, borders: list[int]) -> list[int]:
    """Borders with one before the last words, above which the title is shown again."""
    least_ms, target_ms, enough_ms = _TITLE_MS
    start_ms, end_ms = borders[-2:]
    ends = [at for at in phrase_ends(spoken) if start_ms + least_ms <= at <= end_ms - least_ms]
    if end_ms - start_ms <= enough_ms or not ends:
        return borders
    return sorted([*borders, min(ends, key=lambda at_ms: abs(end_ms - target_ms - at_ms))])


def chapters_of(spoken: Transcript, *, from_ms: int) -> tuple[Chapter, ...]:
    """The chapters, each with its strongest short sentence as its title, or else its key phrases.

    Empty in languages without chapters, or when there is only one.
    """
    if not runs("auto_chapters", spoken.language):
        return ()
    all_sentences = sentences(TextIndex(spoken))
    made = [each for each in chapter_finder.chapters(all_sentences) if each.gist.strip()]
    if len(made) < _CHAPTERS_MIN:
        return ()
    phrases = key_phrases(all_sentences)
    titles = {}
    for each in made:
        inside = [one for one in all_sentences if each.start_ms <= one.start_ms < each.end_ms]
        titles[from_ms + each.start_ms] = unicode.shortened(
            headline(inside, phrases) or each.gist,
            TITLE_CHARACTERS,
            characters_max=TITLE_CHARACTERS,
        )
    return tuple(
        Chapter(at_ms=at_ms, title=title) for at_ms, title in sorted(titles.items())[:CHAPTERS_MAX]
    )


def quotes(spoken: Transcript, starts_ms: Sequence[int]) -> list[str]:
    """The first words of each scene; ``starts_ms`` are relative to the transcript, from 0."""
    said: list[list[str]] = [[] for _ in starts_ms]
    for at_ms, text in timed_words(spoken):
        said[bisect_right(starts_ms, at_ms) - 1].append(text)
    return [
        unicode.shortened(unicode.clean(unicode.joined(texts)), QUOTE_CHARACTERS) for texts in said
    ]


def opens(scene: Scene, at: int) -> bool:
    """Whether scene ``at`` (from 0) has a title or chapter card."""
    card = scene.picture.card
    return card is not None and (at == 0 or card.layout in ("title", "chapter"))
