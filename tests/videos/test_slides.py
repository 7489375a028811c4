"""The content and motion of slides."""

from itertools import pairwise

import numpy as np
import pytest
from pydantic import ValidationError

from mp4totext.kit import unicode
from mp4totext.media.ffmpeg import Planes
from mp4totext.media.stills import Still
from mp4totext.transcript import Transcript
from mp4totext.videos import card_texts
from mp4totext.videos.draw.canvas import Canvas
from mp4totext.videos.draw.caption_script import cards, events, shown_on_cards
from mp4totext.videos.draw.slide_frames import Slides, cover, picture_size
from mp4totext.videos.planning import storyboard
from mp4totext.videos.schemas import VideoOptions
from mp4totext.videos.storyboard import (
    SCENES_MAX,
    Between,
    CardLayout,
    CardText,
    Motion,
    Picture,
    Scene,
    Storyboard,
)
from mp4totext.writing.scenes import phrase_ends
from mp4totext.writing.sentences import sentences
from mp4totext.writing.text_index import TextIndex
from tests.support.processor_time import processor_time
from tests.support.slow_tests import one_in
from tests.support.transcript_builders import TOPICS, transcript

SENTENCES = [s.strip() + "." for text in TOPICS.values() for s in text.split(".") if s.strip()]
TALK = transcript(*SENTENCES, words=True)
CANVAS = Canvas(width=320, height=180, wave=False)


def planned(
    spoken: Transcript = TALK,
    *,
    preset: str = "slideshow",
    film: bool = False,
    title: str = "Bread and orbits",
) -> Storyboard:
    options = VideoOptions(preset=preset)
    return storyboard(options, spoken, recording_id="trn_1", title=title, has_video=film)


def test_a_slideshow_of_sound_has_cards_that_say_different_things() -> None:
    board = planned()
    cards = [scene.picture.card for scene in board.scenes]
    assert all(card is not None for card in cards)
    texts = [card.large for card in cards if card]
    assert texts[0] == "Bread and orbits"
    assert texts[-1] == texts[0]  # the end
    assert len(set(texts)) == len(texts) - 1 > 5
    layouts = [card.layout for card in cards if card]
    assert {"title", "quote", "plain", "closing"} <= set(layouts)
    assert board.between == Between(kind="fade", ms=600)
    assert board.scenes[1].quote


def test_a_card_says_a_whole_clause_where_one_fits() -> None:
    long = "Prisoners were committed to it, quite without reference to its capacity or its staff."
    assert len(long) > 80
    assert card_texts._beginning(long) == long
    assert card_texts._beginning(f"{long} {long}") == long
    assert card_texts._beginning(f"{long[:-1]} that was there.") == f"{long[:-1]} that was there."
    longer = f"{long[:-1]} that was there in the winter of that year."
    assert card_texts._beginning(longer) == "Prisoners were committed to it"
    breath = "Prisoners were committed to it quite without reference to its room or staff"
    assert card_texts._beginning(f"{breath} {breath}") == f"{breath} {breath}"
    assert card_texts._beginning(f"{breath}, {breath}") == breath
    assert card_texts._beginning(" ".join([breath] * 3)).endswith("…")
    named = "I could not help watching your face when Mr. Thornton made his confession to them all."
    assert not card_texts._beginning(f"{named} {named}").endswith("Mr.")


def test_words_without_a_pause_are_told_on_two_cards() -> None:
    said = (
        "Nobody in our little valley remembered exactly which winter buried those northern huts "
        "beneath enormous silent drifts before travelling merchants discovered frozen chimneys "
        "standing above glittering endless whiteness"
    )
    board = planned(transcript(said, words=True), preset="lesson", title="")
    texts = [scene.picture.card.large for scene in board.scenes if scene.picture.card]
    assert len(texts) > 1
    assert unicode.joined(texts).casefold() == said.casefold()
    assert all(scene.end_ms - scene.start_ms >= 2_500 for scene in board.scenes)
    assert texts[1].startswith("Before travelling")  # not "Enormous silent", which is the middle


def test_a_card_does_not_show_two_words_of_a_scene_that_says_more() -> None:
    spoken = transcript(
        "He rose before the sun to light his oven.",
        "One day.",
        "He found a letter under the door.",
        words=True,
    )
    texts = card_texts.CardTexts(spoken, sentences(TextIndex(spoken)), "", {})
    start_ms = spoken.segments[1].start_ms
    card = texts.card(1, start_ms, spoken.duration_ms, is_last=False)
    assert card.large == "One day. He found a letter under the door."
    assert texts.card(2, start_ms, spoken.segments[1].end_ms, is_last=False).large == "One day."


@pytest.mark.parametrize(
    ("text", "layout"),
    [
        ("Why is the sea so salty?", "question"),
        ("では、塩はどうやって作るのですか。", "question"),
        ("塩は海からとれることがわかりました。", "quote"),
    ],
)
def test_a_question_has_a_card_of_its_own(text: str, layout: CardLayout) -> None:
    language = "en" if text.isascii() else "ja"
    spoken = transcript(text, language=language)
    texts = card_texts.CardTexts(spoken, sentences(TextIndex(spoken)), "", {})
    assert texts.card(1, 0, spoken.duration_ms, is_last=False).layout == layout


def test_the_first_and_the_last_frame_show_their_cards() -> None:
    """Players show the first before anybody plays it."""
    board = planned()
    made = [
        event for event in cards(board, CANVAS, frozenset(), spoken=TALK) if "fad" in event.text
    ]
    middle = next(event for event in made if event.start_ms == board.scenes[1].start_ms - 300)
    fades = [made[0].text[:12], made[-1].text[:12], middle.text[:14]]
    assert fades == [r"{\fad(0,600)", r"{\fad(300,0)", r"{\fad(600,600)"]
    opening = [event.text for event in made if event.start_ms == 0]
    assert not any("alpha&HFF&" in text for text in opening)  # nothing appears later


def test_the_line_of_progress_is_above_the_shapes_and_below_the_words() -> None:
    made = [event.text for event in cards(planned(), CANVAS, frozenset(), spoken=TALK)]
    lines = [at for at, text in enumerate(made) if r"\pos(27,173)" in text]
    shapes = [at for at, text in enumerate(made) if r"\move(" in text and r"\p1" in text]
    words = [at for at, text in enumerate(made) if "read" in text]
    assert len(lines) == 2
    assert max(shapes) < min(lines)
    assert max(lines) < min(words)


def test_a_card_keeps_its_words_until_it_is_gone() -> None:
    """Between two cards neither of which has words a moment would be empty."""
    board = planned()
    made = [each for each in cards(board, CANVAS, frozenset(), spoken=TALK) if "fad" in each.text]
    words = [each for each in made if r"\p1" not in each.text]
    for scene, following in pairwise(board.scenes):
        gone_ms = following.start_ms - board.from_ms + board.between.ms // 2
        of_scene = [each for each in words if each.start_ms == scene.start_ms - board.from_ms]
        assert of_scene
        assert {each.end_ms for each in of_scene} == {gone_ms}
        assert all(",600)}" in each.text for each in of_scene)


def test_a_picture_that_stands_still_is_drawn_once() -> None:
    board = planned()
    black = np.zeros((*picture_size(CANVAS)[::-1], 3), np.float32)
    slides = Slides(board, CANVAS, lambda _scene: black)
    one, other = (memoryview(slides.frame(number)).obj for number in (30, 31))
    assert one is other


def test_a_slideshow_of_a_film_has_its_frames() -> None:
    assert {scene.picture.kind for scene in planned(film=True).scenes} == {"frame"}


def test_a_lesson_is_larger_and_slower_and_opens_chapters_with_a_card() -> None:
    board = planned(preset="lesson", film=True)
    assert board.definition == "1080p"
    assert len(board.scenes) < len(planned().scenes)
    cards = [scene.picture.card for scene in board.scenes if scene.picture.card]
    assert cards[0].large == "Bread and orbits"
    assert {"chapter"} < {card.layout for card in cards}
    assert "frame" in {scene.picture.kind for scene in board.scenes}


@pytest.mark.parametrize("film", [False, True])
def test_titles_leave_after_some_seconds_at_the_end_of_a_phrase(film: bool) -> None:
    board = planned(preset="lesson", film=film)
    cards = [scene for scene in board.scenes if scene.picture.card]
    titles = [each for each in cards if each.picture.card.layout in ("title", "chapter")]  # type: ignore[union-attr]
    assert len(titles) > 2
    assert all(2_500 <= each.end_ms - each.start_ms <= 8_000 for each in titles)
    ends = phrase_ends(TALK)
    assert all(each.end_ms in ends for each in titles)


def test_the_title_comes_back_for_the_last_words_alone() -> None:
    """A lesson's scenes are long, and what is asked or counted in the last one has a card."""
    for preset in ("slideshow", "lesson"):
        last = planned(preset=preset).scenes[-1]
        assert last.picture.card
        assert last.picture.card.layout == "closing"
        assert last.end_ms - last.start_ms <= 8_000


def test_the_title_of_a_chapter_does_not_come_back_as_another_card() -> None:
    """It is a sentence of the chapter, or the beginning of one, that is spoken later in it."""
    spoken = planned(preset="lesson").chapters
    assert len(spoken) > 1
    for title in (chapter.title for chapter in spoken):
        letters = unicode.letters(title)
        cards = [scene.picture.card for scene in planned(preset="lesson").scenes]
        told = [unicode.letters(f"{card.large}{card.foot}") for card in cards if card]
        assert sum(text.startswith(letters) for text in told) == 1


@pytest.mark.parametrize("layout", ["plain", "title", "chapter"])
def test_what_a_card_shows_while_it_is_spoken_is_no_caption(layout: CardLayout) -> None:
    """Also on the first card, which is complete in its first frame."""
    board = planned()
    said = TALK.segments[0]
    card = Picture(kind="card", card=CardText(layout=layout, large=said.text))
    first = board.scenes[0].model_copy(update={"picture": card})
    shown = shown_on_cards(board.model_copy(update={"scenes": (first, *board.scenes[1:])}), TALK)
    captions, _ = events(TALK, "clean", upright=False, shown_ms=shown)
    assert captions[0].start_ms >= said.end_ms


def test_neighbours_move_in_different_ways() -> None:
    motions = [scene.motion for scene in planned().scenes]
    assert all(a != b for a, b in pairwise(motions))
    assert "still" not in motions


@pytest.mark.slow
@pytest.mark.no_cover  # tracing would take longer than the work
def test_a_long_recording_has_no_more_scenes_than_a_storyboard_may() -> None:
    long = transcript(*(SENTENCES * 44), words=True)
    assert long.duration_ms > 2 * 3_600_000
    assert len(planned(long).scenes) <= SCENES_MAX


@pytest.mark.parametrize("preset", ["slideshow", "captioned"])
@pytest.mark.parametrize(
    "text",
    one_in(
        4,
        [
            *("a" * 10_000, "ก" * 10_000, "漢" * 10_000, "あ、" * 5_000, "a, " * 3_300),
            *("no 11 a, " * 1_100, "no 11 " * 1_600, "11 a, " * 1_600, "Aa Bb " * 1_600),
            *("a? " * 3_300, ("a" + "\u0301" * 8) * 1_100, "tide ris\u0301\u0301\u0301es. " * 700),
            "; ".join(["tide rises at noon".replace("i", "i" + "\u0301" * 8)] * 20),
            "\u202e\u2066a\u2069" * 2_500,
            "ﬃ" * 10_000,
        ],
    ),
    ids=lambda text: ascii(text[:8]),
)
def test_text_that_nobody_speaks_is_planned_in_linear_time(text: str, preset: str) -> None:
    options = VideoOptions(preset=preset)

    def planning_s(text: str) -> float:
        spoken = transcript(*[text] * 5)
        with processor_time() as spent:
            storyboard(options, spoken, recording_id="trn_1", title="", has_video=False)
        return spent.s

    quarter_s = planning_s(text[: len(text) // 4])
    assert planning_s(text) < 9 * max(quarter_s, 0.1)  # in quadratic time it would be 16


def test_other_languages_get_cards_of_their_own_words() -> None:
    german = transcript("Heute backen wir Brot.", "Dann schauen wir zu.", language="de", words=True)
    card = planned(german).scenes[-1].picture.card
    assert card is not None
    assert card.large


def board_of(*scenes: Scene, fade_ms: int = 600) -> Storyboard:
    return Storyboard(
        from_ms=0,
        to_ms=scenes[-1].end_ms,
        aspect="16:9",
        seed=1,
        between=Between(kind="fade", ms=fade_ms),
        scenes=scenes,
    )


def slide(number: int, start_ms: int, end_ms: int, motion: Motion = "still") -> Scene:
    card = CardText(large="A text")
    picture = Picture(kind="card", card=card)
    return Scene(id=f"s{number}", start_ms=start_ms, end_ms=end_ms, picture=picture, motion=motion)


def grey(level: float) -> np.ndarray:
    width, height = picture_size(CANVAS)
    return np.full((height, width, 3), level, np.float32)


def luma(frame: Planes) -> np.ndarray:
    return np.frombuffer(frame, np.uint8)[: 320 * 180].reshape(180, 320).astype(float)


def test_slides_fade_evenly_around_their_border() -> None:
    board = board_of(slide(1, 0, 4_000), slide(2, 4_000, 8_000))
    slides = Slides(board, CANVAS, lambda scene: grey(0.2 if scene.id == "s1" else 0.8))
    means = [luma(slides.frame(n)).mean() for n in range(105, 136)]
    assert means == sorted(means)
    assert means[0] == pytest.approx(16 + 219 * 0.2, abs=1)
    assert means[-1] == pytest.approx(16 + 219 * 0.8, abs=1)
    assert means[15] == pytest.approx(16 + 219 * 0.5, abs=4)  # the border itself
    assert max(b - a for a, b in pairwise(means)) < 12  # no jump


def test_a_frame_is_the_same_wherever_it_is_drawn() -> None:
    scenes = [slide(n, n * 2_000 - 2_000, n * 2_000, "in") for n in range(1, 6)]
    board = board_of(*scenes)
    width, height = picture_size(CANVAS)

    def picture(scene: Scene) -> np.ndarray:
        rng = np.random.default_rng(int(scene.id[1:]))
        return rng.uniform(0, 1, (height, width, 3)).astype(np.float32)

    whole = Slides(board, CANVAS, picture)
    frames = [whole.frame(n) for n in range(300)]
    for number in (0, 55, 61, 299):
        assert Slides(board, CANVAS, picture).frame(number) == frames[number]


def centre_of(frame: Planes) -> tuple[float, float]:
    bright = luma(frame) - 16
    rows, columns = np.mgrid[0:180, 0:320]
    return float((rows * bright).sum() / bright.sum()), float(
        (columns * bright).sum() / bright.sum()
    )


@pytest.mark.parametrize("motion", ["in", "out", "left", "right"])
def test_pictures_move_steadily(motion: Motion) -> None:
    """Steps of a move differ by less than 0.12 pixels (their standard deviation)."""
    moved = slide(1, 0, 6_000, motion).model_copy(update={"picture": Picture(kind="frame")})
    board = board_of(moved, fade_ms=0)
    width, height = picture_size(CANVAS)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    spot = np.exp(-((rows - height * 0.35) ** 2 + (columns - width * 0.35) ** 2) / 90)
    slides = Slides(board, CANVAS, lambda _scene: np.repeat(spot[..., None], 3, axis=2))
    places = np.array([centre_of(slides.frame(n)) for n in range(180)])
    steps = np.diff(places, axis=0)
    assert steps.std(axis=0).max() < 0.12
    assert np.abs(places[-1] - places[0]).max() > 3


@pytest.mark.parametrize("size", [(400, 300), (300, 400), (640, 270), (320, 180), (1600, 900)])
def test_a_circle_stays_a_circle(size: tuple[int, int]) -> None:
    width, height = size
    rows, columns = np.mgrid[0:height, 0:width]
    radius = min(size) * 0.3
    inside = (rows - height / 2) ** 2 + (columns - width / 2) ** 2 < radius**2
    pixels = np.repeat((inside * 255).astype(np.uint8)[..., None], 3, axis=2)
    shown = cover(Still(pixels), 640, 360)[..., 0] > 0.5
    across, down = shown.any(axis=0).sum(), shown.any(axis=1).sum()
    if across < 640 and down < 360:
        assert across / down == pytest.approx(1, abs=0.02)
    assert shown.shape == (360, 640)


BROKEN: dict[str, dict[str, object]] = {
    "a card without a text": {"picture": {"kind": "card"}},
    "a text without a card": {"picture": {"kind": "frame", "card": {"large": "A"}}},
    "a wave among slides": {"picture": {"kind": "wave"}},
    "shorter than two fades": {"end_ms": 1_100},
}


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN.keys())
def test_a_storyboard_that_cannot_be_drawn_is_refused(change: dict[str, object]) -> None:
    board = board_of(slide(1, 0, 4_000), slide(2, 4_000, 8_000)).model_dump(
        mode="json", by_alias=True
    )
    board["scenes"][0] |= change
    board["scenes"][1]["start_ms"] = board["scenes"][0]["end_ms"]
    with pytest.raises(ValidationError):
        Storyboard.model_validate(board)
