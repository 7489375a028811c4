"""Captions drawn by FFmpeg: correct glyphs of each script, inside their area."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pymupdf_fonts  # type: ignore[import-untyped]
import pytest
from numpy.typing import NDArray

from mp4totext.exports.findings import Line, Text
from mp4totext.media.text_fitting import line_advance
from mp4totext.media.typeface import Font, fonts_for, main_font
from mp4totext.videos.draw.canvas import Canvas
from mp4totext.videos.draw.caption_script import events
from mp4totext.videos.draw.caption_styles import USUAL, Event, Look
from mp4totext.videos.storyboard import CaptionStyle
from tests.support.drawn_text import frame_of
from tests.support.shaped_text import alike, cut_to_ink, ink_of
from tests.support.transcript_builders import transcript

HD = Canvas(width=1280, height=720, wave=False)

# Each with letters that join, stack, or stand in another order than they are typed.
SCRIPTS = {
    "Latin": ("en", "The affair, officially"),
    "Vietnamese": ("vi", "Vì sao nước biển mặn"),
    "Greek": ("el", "Γιατί η θάλασσα είναι αλμυρή"),
    "Cyrillic": ("ru", "Почему море солёное"),
    "Georgian": ("ka", "რატომ არის ზღვა მარილიანი"),
    "Arabic": ("ar", "لماذا البحر مالح"),
    "Hebrew": ("he", "למה הים מלוח"),
    "Devanagari": ("hi", "समुद्र की शक्ति क्यों है"),
    "Thai": ("th", "ทำไมทะเลถึงเค็มที่นี่"),
    "Chinese": ("zh", "海水为什么是咸的"),
    "Japanese": ("ja", "なぜ海は塩辛いのか"),
    "Korean": ("ko", "바다는 왜 짠가"),
}


def drawn(
    canvas: Canvas,
    event: Event,
    folder: Path,
    *,
    title: str | None = None,
    language: str = "en",
    look: Look = USUAL,
) -> NDArray[np.uint8]:
    """A frame of a grey video with this caption."""
    event = replace(event, start_ms=0, end_ms=2_000)
    return frame_of(canvas, [event], folder, title=title, language=language, look=look)


def drawing_font(text: str, language: str) -> tuple[Font, bytes]:
    """The font and its file."""
    fonts, _ = fonts_for(text, language)
    font = fonts[-1]
    data = font.file.read_bytes() if font.file else pymupdf_fonts.myfont(font.bold)
    return font, data


@pytest.mark.parametrize(("language", "text"), SCRIPTS.values(), ids=SCRIPTS.keys())
def test_every_script_looks_as_harfbuzz_and_its_font_have_it(
    language: str, text: str, tmp_path: Path
) -> None:
    font, data = drawing_font(text, language)
    seen = cut_to_ink(
        drawn(HD, Event(start_ms=0, end_ms=1, text=text), tmp_path, language=language).min(axis=2)
        > 180
    )
    em = HD.caption_place().size / line_advance()  # letters of all fonts are equally large
    assert alike(seen, ink_of(text, font, data, em=em)) > 0.98
    if language in ("ar", "he", "hi"):  # letter by letter they are another picture
        assert alike(seen, ink_of(text, font, data, em=em, shaped=False)) < 0.8


@pytest.mark.parametrize("language", ["zh", "ja", "ko"])
def test_latin_letters_are_of_the_font_of_the_ideographs_beside_them(
    language: str, tmp_path: Path
) -> None:
    font = main_font(language)
    assert font.file
    event = Event(start_ms=0, end_ms=1, text="Azure")
    em = HD.caption_place().size / line_advance()  # as large as in other languages
    ink = ink_of("Azure", font, font.file.read_bytes(), em=em)
    picture = drawn(HD, event, tmp_path, language=language, look=Look(font=font))
    seen = cut_to_ink(picture.min(axis=2) > 180)
    assert seen.shape[0] == pytest.approx(ink.shape[0], abs=1)
    assert alike(seen, ink) > 0.93  # its strokes are thicker


def test_a_line_that_begins_with_a_latin_name_runs_from_right_to_left(tmp_path: Path) -> None:
    spoken = transcript("Azure تعمل مع", language="ar", words=True)
    made, _ = events(spoken, "word", upright=False)
    red, _, blue = np.moveaxis(drawn(HD, made[0], tmp_path, language="ar"), 2, 0)
    lit = np.nonzero((red > 200) & (blue < 140))[1]
    plain = np.nonzero((red > 200) & (blue > 200))[1]
    assert len(lit) > 100
    assert lit.min() > plain.max()


# Left, right and bottom; of the width and the height.
SAFE = {
    Canvas(width=1280, height=720, wave=False): (0.04, 0.96, 0.95),
    Canvas(width=1080, height=1080, wave=False): (0.07, 0.93, 0.95),
    Canvas(width=1080, height=1080, wave=True): (0.07, 0.93, 0.95),
    Canvas(width=1080, height=1920, wave=False): (0.115, 0.885, 0.78),
    Canvas(width=1080, height=1920, wave=True): (0.115, 0.885, 0.78),
}
TEXTS = {
    "wide letters": "WWWWWWW WWWWWWW WWWWWWW.",
    "a long word": "Donaudampfschifffahrtsgesellschaftskapitaenspatentamtsstube",
}
TITLES = {
    "long": "A title that is as long as titles get, and wider than the picture is by far",
    "no spaces": "意义因本互中可以播放上传的音频并确定所提供的结果是否正确而且还有更多",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES.keys())
@pytest.mark.parametrize("canvas", SAFE, ids=lambda c: f"{c.width}x{c.height}{'-wave' * c.wave}")
def test_nothing_is_drawn_outside_the_safe_area(
    canvas: Canvas, title: str, text: str, tmp_path: Path
) -> None:
    """Of an upright video: what platforms' bars leave free. Outlines and shadows count."""
    made, _ = events(transcript(text, words=True), "word", upright=canvas.upright)
    picture = drawn(canvas, made[0], tmp_path, title=title if canvas.wave else None)
    away = np.abs(picture.astype(int) - picture[0, 0]).max(axis=2)
    rows, columns = np.nonzero(away > 12)
    left, right, bottom = SAFE[canvas]
    assert columns.min() >= left * canvas.width
    assert columns.max() <= right * canvas.width
    assert rows.min() >= 0.12 * canvas.height
    assert rows.max() <= bottom * canvas.height
    assert columns.max() - columns.min() > 0.35 * canvas.width


TALL = Canvas(width=540, height=960, wave=True)
ABOVE_A_WAVE = {
    "Latin, short": ("en", "Tides", "Salt makes the sea heavy, all day long."),
    "Latin, long": (
        "de",
        "Warum die Donaudampfschifffahrtsgesellschaft ihre Kapitäne im Winter nach Hause schickte",
        "Die Donaudampfschifffahrtsgesellschaft hatte damals sehr viele Kapitäne.",
    ),
    "Arabic, short": ("ar", "لماذا البحر مالح", "كان هذا أفضل الأوقات وكان أسوأ الأوقات"),
    "Arabic, long": (
        "ar",
        "لماذا البحر مالح ولماذا لا يتجمد في الشتاء كما تتجمد الأنهار والبحيرات الكبيرة",
        "كان هذا أفضل الأوقات وكان أسوأ الأوقات",
    ),
    "Japanese, short": ("ja", "海の塩", "なぜ海は塩辛いのかを今日は皆さんと考えましょう。"),
    "Japanese, long": (
        "ja",
        "なぜ海は塩辛いのか、そして川の水はなぜそうではないのかを子どもたちと考える",
        "なぜ海は塩辛いのかを今日は皆さんと考えましょう。",
    ),
}


@pytest.mark.parametrize(
    ("style", "case"),
    [
        *(("clean", case) for case in ABOVE_A_WAVE),
        ("two", "Latin, long"),
        ("two", "Japanese, long"),
    ],
)
def test_an_upright_audiogram_has_large_letters_that_stay_apart(
    style: CaptionStyle, case: str, tmp_path: Path
) -> None:
    language, title, said = ABOVE_A_WAVE[case]
    spoken = transcript(said, language=language, words=True)
    (segment,) = spoken.segments
    line = Line(segment_id=segment.id, start_ms=segment.start_ms, end_ms=segment.end_ms, text=said)
    below = Text(kind="translate", title="", body="", language=language, lines=(line,))
    look = Look(style=style, font=main_font(language))
    made, _ = events(
        spoken,
        style,
        upright=True,
        tall=TALL.is_tall_wave,
        translation=below if style == "two" else None,
        font=look.font,
    )

    def rows(event: Event, title: str | None) -> NDArray[np.intp]:
        picture = drawn(TALL, event, tmp_path, title=title, language=language, look=look)
        away = np.abs(picture.astype(int) - picture[0, 0]).max(axis=2) > 12
        return np.nonzero(away.any(axis=1))[0]

    of_title = rows(replace(made[0], text=""), title)
    captions = rows(max(made, key=lambda event: event.text.count(r"\N")), None)
    assert of_title.max() < captions.min() - 0.02 * TALL.height
    assert captions.max() < TALL.wave_box[1]
    assert captions.max() - captions.min() > 0.07 * TALL.height  # two lines
    assert of_title.max() - of_title.min() > 0.035 * TALL.height
    em = TALL.caption_place(style).size / line_advance()
    assert em > (0.045 if style == "clean" else 0.039) * TALL.height
