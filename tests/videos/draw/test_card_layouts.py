"""Cards: every layout is legible, inside the frame, and shows words as they are spoken."""

import re
from itertools import product
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from numpy.typing import NDArray

from mp4totext.media.backgrounds import PALETTES, Colour, colours_of, contrast, turned
from mp4totext.media.text_fitting import advance, below_middle, ink_of
from mp4totext.media.typeface import MAIN, Font, main_font
from mp4totext.videos.draw import card_shapes
from mp4totext.videos.draw.canvas import Canvas
from mp4totext.videos.draw.caption_script import free_above
from mp4totext.videos.draw.caption_styles import Event, Look
from mp4totext.videos.draw.card_events import Timing, letters, texts
from mp4totext.videos.draw.card_layouts import LEAST, Line, Wording, setting
from mp4totext.videos.draw.card_shapes import FAMILIES, progress, shapes
from mp4totext.videos.storyboard import CONTRAST_MIN, CardLayout, Motion
from tests.support.drawn_text import frame_of
from tests.support.slow_tests import one_in

SIZES = {"16:9": (1280, 720), "1:1": (1080, 1080), "9:16": (1080, 1920)}
RESERVED = {"16:9": 0.22, "1:1": 0.22, "9:16": 0.34}
SAID = {
    "en": "Prisoners were committed to it quite without reference to its capacity",
    "de": "Das Brot ruht über Nacht im Keller und wird am Morgen gebacken",
    "ru": "Хлеб всю ночь стоит в подвале, а утром его ставят в печь",
    "el": "Το ψωμί μένει όλη τη νύχτα στο υπόγειο και ψήνεται το πρωί",
    "ar": "الخبز يحتاج إلى وقت طويل حتى ينضج في الفرن الحار",
    "he": "הלחם צריך זמן רב עד שהוא אפוי בתנור החם",
    "hi": "रोटी रात भर तहखाने में रहती है और सुबह पकाई जाती है",
    "th": "ขนมปังต้องใช้เวลานานกว่าจะสุกในเตาอบ",
    "ka": "პური მთელი ღამე სარდაფში დგას და დილით ცხვება",
    "ja": "今日は天気がとても良いので近くの公園まで散歩に行きました",
    "zh": "今天天气很好我们去附近的公园散步然后回家吃饭",
    "ko": "오늘은 날씨가 아주 좋아서 가까운 공원까지 산책을 갔습니다",
}
LAYOUTS: tuple[CardLayout, ...] = get_args(CardLayout)


def wording(layout: CardLayout, language: str, number: int = 0) -> Wording:
    text = SAID[language]
    halves = text.replace(" ", "\n", 3) if " " in text else f"{text[:8]}\n{text[8:]}"
    large = {"figure": "1,969 %", "list": halves}.get(layout, text)
    return Wording(
        layout=layout,
        large=large,
        small="12" if layout == "chapter" else "",
        foot=text if layout == "figure" else "Ada Lovelace",
        language=language,
        number=number,
    )


def canvas(aspect: str) -> Canvas:
    width, height = SIZES[aspect]
    return Canvas(width=width, height=height, wave=False)


@pytest.mark.parametrize("language", one_in(3, SAID))
@pytest.mark.parametrize("aspect", SIZES)
def test_text_is_whole_large_enough_and_above_the_captions(aspect: str, language: str) -> None:
    size = canvas(aspect)
    for layout, number in product(LAYOUTS, range(3)):
        said = wording(layout, language, number)
        made = setting(said, size, reserved=RESERVED[aspect])
        assert not any("…" in line.text for line in made.lines), layout
        for line in made.lines:
            assert line.size >= min(size.width, size.height) * LEAST - 0.5, (layout, line)
            if not line.part or layout == "list":  # "「" has a blank half, which may be outside
                left, right = sides(line)
                assert left >= 0, (layout, line)
                assert right <= size.width, (layout, line)
                assert line.middle - line.size / 2 >= 0, (layout, line)
                limit = size.height * (1 - RESERVED[aspect])
                assert line.middle + line.size / 2 <= limit, (layout, line)
        shown = "".join(line.text for line in made.lines if line.spoken or layout in TOLD)
        assert bare(said.large) in bare(shown)


TOLD = ("title", "closing", "chapter")


def sides(line: Line) -> tuple[float, float]:
    width = advance(line.text) * line.size
    left = {"start": 0.0, "middle": width / 2, "end": width}[line.align]
    return line.across - left, line.across - left + width


def bare(text: str) -> str:
    return "".join(text.split())


def drawn(said: Wording, timing: Timing, aspect: str = "16:9") -> list[str]:
    size = canvas(aspect)
    made = setting(said, size, reserved=0.22)
    return list(texts(made, size, colours_of("dusk"), timing))


def appearing(lines: list[str]) -> dict[str, int]:
    """When each run of letters begins to be visible."""
    runs = [
        run for line in lines for run in re.findall(r"\\t\((\d+),\d+,\\alpha&H00&\)\}([^{]*)", line)
    ]
    return {text.strip(): int(at) for at, text in runs if text.strip()}


@pytest.mark.parametrize("layout", ["plain", "quote", "question"])
def test_words_appear_as_they_are_spoken(layout: CardLayout) -> None:
    said = [
        (20_000 + 300 * at, word)
        for at, word in enumerate(("Salt", "makes", "sea", "water", "heavy."))
    ]
    timing = Timing(length_ms=6_000, spoken_ms=letters(said, 20_000), complete=False)
    times = appearing(drawn(Wording(layout=layout, large="Salt makes sea water heavy"), timing))
    found = [times[word] for word in ("Salt", "makes", "sea", "water", "heavy")]
    assert found == [0, 220, 520, 820, 1_120]


def test_a_text_that_is_spoken_late_or_never_is_there_from_the_start() -> None:
    said = [(4_000, "Salt"), (4_300, "lakes")]
    timing = Timing(length_ms=6_000, spoken_ms=letters(said, 0), complete=False)
    for large in ("Salt lakes", "Fresh water"):
        (at_ms,) = appearing(drawn(Wording(layout="plain", large=large), timing)).values()
        assert at_ms < 200


def test_a_card_is_not_empty_until_its_first_word_is_spoken_seconds_later() -> None:
    said = [(2_000, "Flour"), (3_000, "Water")]
    timing = Timing(length_ms=9_000, spoken_ms=letters(said, 0), complete=False)
    (at_ms,) = appearing(drawn(Wording(layout="plain", large="Flour Water"), timing)).values()
    assert at_ms < 200
    times = appearing(drawn(Wording(layout="list", large="Flour\nWater"), timing))
    assert times["Flour"] < 200
    assert times["Water"] == 2_920  # the card has a word by then


def test_points_of_a_list_appear_one_after_the_other() -> None:
    said = [(at * 1_000, word) for at, word in enumerate(("flour", "water", "salt", "yeast"))]
    timing = Timing(length_ms=6_000, spoken_ms=letters(said, 0), complete=False)
    times = appearing(drawn(Wording(layout="list", large="Flour\nWater\nSalt"), timing))
    assert [times[point] for point in ("Flour", "Water", "Salt")] == [0, 920, 1_920]


def test_the_first_card_is_complete_from_its_first_frame() -> None:
    timing = Timing(length_ms=6_000, spoken_ms=letters([(2_000, "Salt")], 0), complete=True)
    for layout in LAYOUTS:
        assert not any("alpha&HFF&" in text for text in drawn(wording(layout, "en"), timing))


@pytest.mark.parametrize("aspect", SIZES)
def test_dots_are_above_the_text_wherever_they_move(aspect: str) -> None:
    size, seen = canvas(aspect), 0
    for layout, language in product(LAYOUTS, ("en", "zh")):
        made = setting(wording(layout, language), size, reserved=RESERVED[aspect])
        free = free_above(made, size)
        made_shapes = shapes(
            size, colours_of("dusk"), family=3, centred=False, mirrored=False, free=free
        )
        for shape, motion in product(made_shapes, get_args(Motion)):
            if shape.path.count("m ") == 1:  # the disc
                continue
            seen += 1
            text = card_shapes.drawn(shape, size, motion=motion, length_ms=1_000)
            x0, y0, x1, y1 = map(float, re.findall(r"[-.\d]+", text.partition("move")[2])[:4])
            numbers = [float(each) for each in re.findall(r"[\d.]+", shape.path)]
            low = max(y0, y1) + max(numbers[1::2]) / 2
            left = min(x0, x1) - max(numbers[::2]) / 2
            for line in made.lines:
                above = low <= line.middle - line.size / 2
                assert above or sides(line)[1] < left, (layout, language, line)
    assert seen


@pytest.mark.parametrize("language", ["en", "de", "zh"])
def test_a_wide_question_stands_beside_its_mark(language: str) -> None:
    made = setting(wording("question", language), canvas("16:9"), reserved=0.22)
    (mark,) = (line for line in made.lines if line.alpha)
    assert all(sides(line)[1] < sides(mark)[0] for line in made.lines if line is not mark)


@pytest.mark.parametrize("language", ["en", "ar", "ja"])
@pytest.mark.parametrize("aspect", ["1:1", "9:16"])
def test_an_upright_question_is_below_its_mark(aspect: str, language: str) -> None:
    font = main_font(language)
    made = setting(wording("question", language), canvas(aspect), reserved=0.3, font=font)
    (mark,) = (line for line in made.lines if line.alpha)
    ink = ink_of(mark.text, font)
    baseline = mark.middle + mark.size * below_middle()
    top, bottom = baseline - mark.size * ink.top, baseline - mark.size * (ink.top - ink.height)
    assert top >= 0.05 * canvas(aspect).height
    assert bottom <= min(bar[1] for bar in made.bars)
    assert min(line.middle for line in made.lines if line is not mark) > bottom


def test_a_title_of_one_word_is_large_in_an_upright_video() -> None:
    size = canvas("9:16")
    (line,) = setting(Wording(layout="title", large="Brot"), size, reserved=0.3).lines
    assert line.size >= 0.11 * (size.width + size.height) / 2
    assert sides(line)[1] <= size.width


@pytest.mark.parametrize("palette", PALETTES)
def test_text_can_be_read_over_every_shape_in_every_chapter(palette: str) -> None:
    for number, aspect in product(range(5), SIZES):
        colours = turned(colours_of(palette), number)  # type: ignore[arg-type]
        ground = colours.spots[0]
        assert contrast(colours.accent, ground) >= CONTRAST_MIN, (number, colours)
        for family in range(FAMILIES):
            for shape in shapes(
                canvas(aspect), colours, family=family, centred=False, mirrored=False
            ):
                behind = mixed(ground, shape.colour, shape.alpha)
                assert contrast(colours.ink, behind) >= CONTRAST_MIN, (number, shape)


def mixed(ground: Colour, colour: Colour, alpha: int) -> Colour:
    red, green, blue = (
        round(below * alpha / 255 + above * (255 - alpha) / 255)
        for below, above in zip(ground, colour, strict=True)
    )
    return red, green, blue


def test_chapters_have_colours_of_their_own() -> None:
    for palette in PALETTES:
        found = [turned(colours_of(palette), number) for number in range(4)]
        assert found[0] == colours_of(palette)
        assert len({each.accent for each in found}) == 4
        assert len({each.spots[0] for each in found}) == 4


def test_progress_has_a_gap_at_each_chapter() -> None:
    track, over = progress(
        canvas("16:9"), colours_of("dusk"), borders=[0.25, 0.5], length_ms=60_000
    )
    assert track.count("m ") == over.count("m ") == 3
    assert r"\t(0,60000,\clip(109,0,1171,720))" in over


MONO = Font(family="Cascadia Mono", regular="cascadia", bold="cascadiab")
NARROW = Font(family="Ubuntu", regular="ubuntu", bold="ubuntubo")


@pytest.mark.parametrize("language", ["en", "de", "ru", "ja"])
@pytest.mark.parametrize("font", [MAIN, MONO, NARROW], ids=lambda font: font.family)
def test_the_mark_of_a_quote_is_clear_of_its_words_in_any_font(
    font: Font, language: str, tmp_path: Path
) -> None:
    font = main_font(language) if font is MAIN else font
    size, colours = canvas("16:9"), colours_of("dusk")
    said = Wording(layout="quote", large=SAID[language], language=language)
    made = setting(said, size, reserved=0.22, font=font)
    timing = Timing(length_ms=2_000, spoken_ms=(), complete=True)
    events = [
        Event(start_ms=0, end_ms=2_000, text=text)
        for text in texts(made, size, colours, timing, font=font)
    ]
    seen = frame_of(size, events, tmp_path, language=language, look=Look(font=font)).astype(int)
    top, bottom, left = edges(np.abs(seen - colours.accent).max(axis=2) < 60)
    words_top, _, words_left = edges(seen.min(axis=2) > 190)
    assert top > 0
    assert words_top - bottom >= 0.03 * size.height
    assert 0.1 * size.height < bottom - top <= 0.15 * size.height
    assert abs(left - words_left) <= 0.015 * size.width


def edges(ink: NDArray[np.bool_]) -> tuple[int, int, int]:
    """Top, bottom and left of what is drawn; single pixels are where two colours mix."""
    rows, columns = (np.flatnonzero(np.count_nonzero(ink, axis=axis) > 5) for axis in (1, 0))
    return int(rows[0]), int(rows[-1]), int(columns[0])
