"""Captions as events: exact times, no overlap, and text that stays text."""

import random
import re
from dataclasses import replace
from itertools import pairwise
from typing import get_args

import pytest

from mp4totext.exports.findings import Line, Text
from mp4totext.kit.ass_text import escaped
from mp4totext.media.backgrounds import PALETTES, Palette, contrast
from mp4totext.transcript import Segment, Transcript, Word
from mp4totext.videos import storyboard
from mp4totext.videos.draw.canvas import Canvas
from mp4totext.videos.draw.caption_script import events, script
from mp4totext.videos.draw.caption_styles import ON_ANY_PICTURE, Event, Look, inks, inks_on
from mp4totext.videos.storyboard import CaptionStyle, CardText, Picture, Scene, Storyboard
from tests.support.transcript_builders import transcript

SPOKEN = transcript("One two three.", "Four five, six seven eight nine ten.", words=True)
CANVAS = Canvas(width=1280, height=720, wave=False)


def spoken_words(made: tuple[Event, ...]) -> list[tuple[str, int, int]]:
    """The coloured word of each event that has one."""
    found = []
    for event in made:
        if "{" in event.text:
            word = event.text.partition("&}")[2].partition("{")[0]
            found.append((word, event.start_ms, event.end_ms))
    return found


@pytest.mark.parametrize("style", get_args(CaptionStyle))
@pytest.mark.parametrize("upright", [True, False])
def test_events_never_overlap(style: CaptionStyle, upright: bool) -> None:
    made, _ = events(SPOKEN, style, upright=upright)
    assert made
    assert all(before.end_ms <= after.start_ms for before, after in pairwise(made))
    assert all(event.start_ms < event.end_ms for event in made)


@pytest.mark.parametrize("style", [each for each in get_args(CaptionStyle) if each != "two"])
def test_captions_have_the_words_that_no_card_tells(style: CaptionStyle) -> None:
    talk = transcript("One two three four five six.", words=True)
    times = [word.start_ms for word in talk.words]

    def shown(first: int, last: int) -> tuple[set[str], int, int]:
        told = (times[first], times[last])
        made, _ = events(talk, style, upright=False, shown_ms=[told])
        plain = (re.sub(r"\{.*?\}", "", event.text).replace(r"\N", " ") for event in made)
        return {word for text in plain for word in text.split()}, made[0].start_ms, made[-1].end_ms

    words, start_ms, _ = shown(0, 2)
    assert (words, start_ms) == ({"four", "five", "six."}, times[3])
    words, _, end_ms = shown(3, 5)
    assert (words, end_ms) == ({"One", "two", "three"}, times[3])


def test_a_mark_after_the_words_of_a_card_is_no_caption() -> None:
    texts = ["结果", "正确", "。", "可以", "检查"]
    words = tuple(
        Word(text=text, start_ms=500 * at, end_ms=500 * at + 400) for at, text in enumerate(texts)
    )
    for said, shown in ((words[:3], set()), (words, {"可以检查"})):
        text = "".join(word.text for word in said)
        segment = Segment(id="s1", start_ms=0, end_ms=3_000, text=text, words=said)
        talk = Transcript(segments=(segment,), language="zh", duration_ms=3_000)
        made, _ = events(talk, "clean", upright=True, shown_ms=[(0, 999)])
        assert {event.text for event in made} == shown


def test_every_word_is_coloured_while_it_is_spoken() -> None:
    made, _ = events(SPOKEN, "word", upright=False)
    words = [(word.text, word.start_ms, word.end_ms) for word in SPOKEN.words]
    assert spoken_words(made) == words


@pytest.mark.parametrize("fps", [24, 25, 30])
def test_every_word_is_lit_within_a_frame_of_its_time(fps: int) -> None:
    """Also a word shorter than a frame, and one that begins before the word before it ends."""
    chance = random.Random(4)
    frame_ms = 1_000 / fps
    words, at_ms = [], 0
    for number in range(400):
        length_ms = chance.choice((0, 5, 20, 60, 180, 400))
        words.append(Word(text=f"w{number}", start_ms=at_ms, end_ms=at_ms + length_ms))
        at_ms += max(2 * 42, length_ms) + chance.choice((-10, 0, 0, 3, 90, 700))
    spoken = Segment(
        id="s1", start_ms=0, end_ms=at_ms, text=" ".join(w.text for w in words), words=tuple(words)
    )
    talk = Transcript(duration_ms=at_ms, language="en", segments=(spoken,))
    made, _ = events(talk, "word", upright=True)
    lit = spoken_words(made)
    for word in words:
        times = [(start_ms, end_ms) for text, start_ms, end_ms in lit if text == word.text]
        # libass takes times in hundredths, and shows an event from its start up to its end.
        frames = [
            n
            for start_ms, end_ms in times
            for n in range(int(start_ms / frame_ms) - 1, int(end_ms / frame_ms) + 2)
            if start_ms // 10 * 10 <= n * frame_ms < end_ms // 10 * 10
        ]
        assert frames, word
        assert abs(frames[0] * frame_ms - word.start_ms) <= frame_ms, word


@pytest.mark.parametrize(("pause_ms", "stays_ms"), [(3_000, 500), (300, 300)])
def test_a_caption_stays_for_half_a_second_or_until_the_next(pause_ms: int, stays_ms: int) -> None:
    talk = transcript("We have to go now, so be quick.", "We come.", gap_ms=pause_ms, words=True)
    first, second = talk.segments
    made, _ = events(talk, "word", upright=True)
    left_ms = max(event.end_ms for event in made if event.start_ms < second.start_ms)
    assert left_ms == pytest.approx(first.end_ms + stays_ms, abs=60)


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1080, 1080)])
def test_a_short_title_is_larger_than_a_long_one(width: int, height: int) -> None:
    wave = Canvas(width=width, height=height, wave=True)

    def size(title: str) -> int:
        made = script(wave, (), title=title, length_ms=9_000, ground="dusk")
        assert f",Title,{title}" in made.replace(r"\N", " ")
        return int(made.partition("Style: Title,")[2].split(",")[1])

    assert size("Two readers") > 1.3 * size("How the families of debtors lived in the prison")


def test_clean_captions_have_no_codes() -> None:
    made, _ = events(SPOKEN, "clean", upright=False)
    assert all("{" not in event.text for event in made)
    assert " ".join(e.text.replace(r"\N", " ") for e in made) == SPOKEN.text


def test_what_no_font_draws_is_left_out() -> None:
    made, missing = events(with_text("Fine 🦙 day"), "clean", upright=False)
    assert missing == {"🦙"}
    assert "🦙" not in made[0].text
    assert "Fine" in made[0].text


def test_braces_and_backslashes_are_text() -> None:
    assert escaped("a{b}\\N") == "a\\{b\\}\\\u2060N"
    made, _ = events(with_text(r"{\pos(0,0)} now"), "clean", upright=False)
    assert made[0].text.startswith("\\{\\\u2060pos(0,0)\\}")


def test_a_script_names_its_times_in_hundredths_that_meet() -> None:
    made = (Event(start_ms=1_234, end_ms=3_605_678, text="One"),)
    lines = script(CANVAS, made, title="Talk", length_ms=4_000_000, ground="paper").splitlines()
    assert "Dialogue: 1,0:00:01.23,1:00:05.67,Caption,One" in lines
    assert any(line.endswith(",Title,Talk") for line in lines)
    assert any(line.startswith("Style: Title") and "&H101C2026" in line for line in lines)  # ink


def with_text(text: str) -> Transcript:
    segment = replace(SPOKEN.segments[0], text=text, words=())
    return replace(SPOKEN, segments=(segment,))


def test_two_languages_are_one_event_with_the_translation_below() -> None:
    lines = tuple(
        Line(
            segment_id=segment.id,
            start_ms=segment.start_ms,
            end_ms=segment.end_ms,
            text=text,
        )
        for segment, text in zip(SPOKEN.segments, ["Eins zwei drei.", ""], strict=True)
    )
    text = Text(kind="translate", title="", body="", language="de", lines=lines)
    made, missing = events(SPOKEN, "two", upright=False, translation=text)
    assert not missing
    first, *others = made
    said, _, below = first.text.partition(r"\N")
    assert said.endswith("}One two three.")
    assert below.endswith("}Eins zwei drei.")
    assert all("{" not in event.text for event in others)  # nothing below
    told_ms = (0, list(SPOKEN.words)[2].start_ms)  # the first line, by a card
    made, _ = events(SPOKEN, "two", upright=False, translation=text, shown_ms=[told_ms])
    assert made[0] == replace(first, text="Eins zwei drei.")
    assert list(made[1:]) == others


def lines_of(made: tuple[Event, ...], style: CaptionStyle) -> list[str]:
    lines = script(
        CANVAS, made, title=None, length_ms=9_000, ground="dusk", look=Look(style=style)
    ).splitlines()
    return [line for line in lines if line.startswith("Dialogue")]


def test_a_sweep_runs_through_each_word_while_it_is_spoken() -> None:
    made, _ = events(SPOKEN, "sweep", upright=True)
    found, words = [], list(SPOKEN.words)
    for event in made:
        at = event.start_ms // 10
        for kind, hundredths, text in re.findall(r"{\\k(f?)(\d+)}([^{]*)", event.text):
            if kind:
                found.append((text, at, at + int(hundredths)))
            at += int(hundredths)
    assert found == [(word.text, word.start_ms // 10, word.end_ms // 10) for word in words]


def test_a_sweep_from_right_to_left_goes_word_by_word() -> None:
    """libass fills karaoke from the left."""
    made, _ = events(transcript("لماذا البحر مالح", words=True), "sweep", upright=True)
    assert all(r"\k" not in event.text for event in made)
    coloured = [event.text.count(r"{\1c&H5CD6FF&}") for event in made]
    assert coloured == [1, 2, 3]  # what is said stays coloured


def test_the_spoken_word_alone_is_on_a_plate() -> None:
    made, _ = events(SPOKEN, "box", upright=True)
    first = next(event for event in made if event.plate)
    assert first.plate == r"{\alpha&HFF&}{\alpha&H00&}One{\alpha&HFF&} two three."
    caption, plate = lines_of((first,), "box")
    assert caption.startswith("Dialogue: 1,")
    assert ",Plate," in plate
    assert plate.startswith("Dialogue: 2,")  # the same layer would stack them


def test_big_captions_have_a_few_words_in_one_line() -> None:
    said = "we have had it to do and so he was in on it at last for a good long while today"
    made, _ = events(transcript(said, words=True), "big", upright=True)
    plain = [re.sub(r"{[^}]*}", "", event.text) for event in made]
    assert max(len(text.split()) for text in plain) <= 4
    assert all(r"\N" not in text for text in plain)


def test_each_speaker_has_a_colour() -> None:
    by_two = replace(
        SPOKEN,
        segments=tuple(
            replace(segment, speaker=f"S{number}", words=())
            for number, segment in enumerate(SPOKEN.segments, 1)
        ),
    )
    made, _ = events(by_two, "speakers", upright=False)
    assert made[0].text == r"{\1c&HFFFFFF&}One two three."
    assert all(event.text.startswith(r"{\1c&H5CD6FF&}") for event in made[1:])


@pytest.mark.parametrize("palette", PALETTES)
def test_captions_over_a_palette_can_be_read(palette: Palette) -> None:
    inks = inks_on(palette)
    letters = (inks.plain, inks.spoken, inks.original, *inks.speakers)
    assert min(contrast(ink, inks.outline) for ink in letters) >= 4.5
    assert contrast(inks.on_plate, inks.spoken) >= 4.5


def test_captions_over_pictures_have_the_colours_that_any_picture_bears() -> None:
    card = Picture(kind="card", card=CardText(large="One"))
    for picture, expected in ((card, inks_on("paper")), (Picture(kind="frame"), ON_ANY_PICTURE)):
        scene = Scene(id="s1", start_ms=0, end_ms=4_000, picture=picture)
        board = Storyboard(
            from_ms=0,
            to_ms=4_000,
            aspect="16:9",
            seed=1,
            look=storyboard.Look(palette="paper"),
            scenes=(scene,),
        )
        assert inks(board) == expected
