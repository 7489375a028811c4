"""Cards: their text is legible, in the script of its language, and complete."""

import unicodedata

import numpy as np
import pytest
from numpy.typing import NDArray

from mp4totext.media.backgrounds import PALETTES, Palette, background
from mp4totext.media.cards import Card, draw, placed, undrawable
from mp4totext.media.stills import Still
from mp4totext.media.text_fitting import advance, fitted
from mp4totext.media.typeface import main_font

SCRIPTS = {
    "Latin": "Why the ocean is salty",
    "Greek": "Γιατί η θάλασσα είναι αλμυρή",
    "Cyrillic": "Почему море солёное",
    "Arabic": "لماذا البحر مالح",
    "Hebrew": "למה הים מלוח",
    "Devanagari": "समुद्र खारा क्यों है",
    "Thai": "ทำไมทะเลถึงเค็ม",
    "Georgian": "რატომ არის ზღვა მარილიანი",
    "Chinese": "海水为什么是咸的",
    "Japanese": "なぜ海は塩辛いのか",
    "Korean": "바다는 왜 짠가",
    "Vietnamese": "Vì sao nước biển mặn",
}


def ink(still: Still, palette: Palette) -> NDArray[np.bool_]:
    """Where the text is."""
    away = np.abs(still.pixels.astype(int) - PALETTES[palette].ink).max(axis=2)
    inked: NDArray[np.bool_] = away < 24
    return inked


@pytest.mark.parametrize("text", SCRIPTS.values(), ids=SCRIPTS.keys())
def test_every_script_is_drawn_inside_the_margins(text: str) -> None:
    card = Card(large=text)
    assert not undrawable(card)
    drawn = ink(draw(card, 640, 360, palette="slate", seed=1), "slate")
    rows, columns = np.nonzero(drawn)
    assert len(rows) > 800  # more than a few specks
    assert columns.min() >= 640 * 0.07
    assert columns.max() <= 640 * 0.93
    assert rows.min() > 20
    assert rows.max() < 340


def test_letters_are_joined_as_their_script_has_them() -> None:
    """Arabic letters that stand apart would be one island each."""
    word = ink(draw(Card(large="سسسسسسس"), 640, 360, palette="slate", seed=1), "slate")
    inside = np.any(word, axis=0)
    first, last = np.nonzero(inside)[0][[0, -1]]
    assert inside[first : last + 1].all()


def test_lines_stand_equally_high_whatever_fonts_draw_them() -> None:
    """The font of Chinese letters has more height above them, by which libass lowered its lines."""
    lowest = [
        np.nonzero(ink(draw(Card(large=text), 640, 360, palette="slate", seed=1), "slate"))
        for text in ("HHH", "HHH 海")
    ]
    alone, beside = (rows[columns < 120].max() for rows, columns in lowest)  # of the letters H
    assert abs(int(alone) - int(beside)) <= 1


def test_text_that_runs_to_the_left_stands_at_the_right() -> None:
    left, right = (
        np.nonzero(ink(draw(Card(large=text), 640, 360, palette="slate", seed=1), "slate"))[1]
        for text in ("Sea", "ים")
    )
    assert left.min() < 80
    assert right.max() > 560


def test_each_line_runs_as_the_whole_text_does() -> None:
    card = Card(
        large="قال إن الخدمة من Microsoft Azure تعمل مع قاعدة البيانات " * 3, small="Chapter 1"
    )
    _, small, *large = placed(card, 640, 360, palette="slate")
    assert "\\an4" in small
    texts = [line.partition("}")[2] for line in large]
    assert any(unicodedata.bidirectional(text[1]) == "L" for text in texts)  # it begins with a name
    assert all(text.startswith("\u200f") for text in texts)
    assert all("\\an6" in line for line in large)


def test_characters_without_a_font_are_told() -> None:
    assert undrawable(Card(large="Sea ꧁")) == {"꧁"}


def test_the_same_card_is_the_same_picture() -> None:
    card = Card(small="Chapter 1", large="The sea", foot="1883")
    one, two = (draw(card, 320, 180, palette="dusk", seed=7).pixels for _ in range(2))
    assert np.array_equal(one, two)
    other = draw(card, 320, 180, palette="dusk", seed=8).pixels
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("palette", PALETTES)
def test_text_stands_out_from_its_ground(palette: Palette) -> None:
    """At least 4.5 to 1, where most of the text is (WCAG 2.2, 1.4.3)."""
    ground = background(640, 360, palette=palette, seed=3, quiet_at=(0.38, 0.58))
    part = ground[120:280, 50:500]
    light = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    luminance = light @ np.array([0.2126, 0.7152, 0.0722])
    colour = np.array(PALETTES[palette].ink) / 255
    text = np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)
    own = float(text @ np.array([0.2126, 0.7152, 0.0722]))
    high, low = np.maximum(luminance, own), np.minimum(luminance, own)
    assert ((high + 0.05) / (low + 0.05)).min() >= 4.5


def test_long_text_gets_smaller_and_at_last_ends_with_dots() -> None:
    short, long = (fitted("word " * n, 600, 60, 20, height=200) for n in (4, 20))
    assert short.size > long.size
    endless = fitted("word " * 500, 600, 60, 20, height=200)
    assert endless.size == 20
    assert len(endless.lines) <= 6
    assert endless.lines[-1].endswith("…")


def test_no_line_is_wider_than_its_box() -> None:
    for text in ("a " * 60, "Donaudampfschifffahrtsgesellschaftskapitän " * 3, "海" * 90):
        block = fitted(text, 500, 60, 20, height=260)
        assert max(advance(line) for line in block.lines) * block.size <= 501


def test_lines_are_about_as_long_as_each_other() -> None:
    lines = fitted("The Chronicles of Newgate and the men who kept its gates", 900, 80, 30).lines
    widths = [advance(line) for line in lines]
    assert min(widths) > 0.6 * max(widths)


def test_codes_of_the_script_are_only_letters() -> None:
    plain, coded = (
        ink(draw(Card(large=text), 640, 360, palette="slate", seed=1), "slate").sum()
        for text in ("a b", r"a {\1a&HFF&}b")
    )
    assert coded > plain  # the code is written out, it hides nothing


def test_a_word_that_is_too_wide_is_set_smaller_or_divided_and_nothing_is_lost() -> None:
    limit = "Die Geschwindigkeitsbegrenzung ist neu."
    block = fitted(limit, 780, 90, 60, height=700)
    assert " ".join(block.lines) == limit
    assert 0.75 * 60 <= block.size < 60
    bridge = "Donaudampfschifffahrtsgesellschaftsbrückenpfeiler"
    block = fitted(f"Die {bridge} steht.", 780, 90, 60, height=700)
    assert block.size == 0.75 * 60
    assert "".join(block.lines).replace("-", "").replace(" ", "") == f"Die{bridge}steht."
    assert all(advance(line) * block.size <= 780 for line in block.lines)
    endless = fitted("x" * 400, 780, 90, 60, lines_max=3)
    assert len(endless.lines) == 3
    assert endless.lines[-1].endswith("…")


@pytest.mark.parametrize(
    ("language", "text", "word"),
    [
        ("zh", "使用此工具，可以快速检查Microsoft的机线已因到纹本模型的质量", "Microsoft"),
        ("ko", "사용자 지정 모델이나 마이크로소프트의 기본 음상 텍스트 모델의", "마이크로소프트의"),
    ],
)
def test_no_line_ends_inside_a_word(language: str, text: str, word: str) -> None:
    for width in range(450, 900, 15):
        block = fitted(text, width, 60, 30, font=main_font(language))
        assert any(word in line for line in block.lines), block.lines


@pytest.mark.parametrize("letter", ["量", "警"])
def test_gaps_inside_a_dense_letter_stay_open(letter: str) -> None:
    """Its strokes are thickened: too much makes a spot of it."""
    still = draw(Card(large=letter * 3, language="zh"), 1280, 720, palette="slate", seed=1)
    drawn = ink(still, "slate")
    rows, columns = (np.nonzero(drawn.any(axis=axis))[0] for axis in (1, 0))
    seen = drawn[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    assert seen.mean() < 0.65
