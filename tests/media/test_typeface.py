"""The font of a language, and those beside it."""

from pathlib import Path

import pytest
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from mp4totext.media.text_fitting import advance, line_advance
from mp4totext.media.typeface import MAIN, fonts_for, main_font, unpack


@pytest.mark.parametrize("language", ["zh", "zh-TW", "ja", "ko", "yue"])
def test_ideographs_and_latin_letters_beside_them_are_of_one_font(language: str) -> None:
    font = main_font(language)
    assert fonts_for("Azure 語 10", language, font) == ([font], frozenset())
    assert font.file
    with TTFont(font.file, fontNumber=font.face, lazy=True) as opened:
        assert opened["name"].getBestFamilyName() == font.family  # by which libass finds it
    assert advance("語", font) == 1.0
    assert line_advance(font) == pytest.approx(1.448)


@pytest.mark.parametrize("language", ["en", "ar", "", None])
def test_other_languages_have_the_usual_font(language: str | None) -> None:
    assert main_font(language) is MAIN
    fonts, missing = fonts_for("Azure 語", language)
    assert [font.family for font in fonts] == ["FiraGO", "Noto Sans CJK SC"]
    assert not missing


def test_a_folder_gets_the_fonts_that_a_later_part_of_a_video_needs(tmp_path: Path) -> None:
    for text in ("Azure", "Azure 語", "Azure"):
        unpack(fonts_for(text, "en")[0], tmp_path / "fonts")
    names = {path.name for path in (tmp_path / "fonts").iterdir()}
    assert names == {"figo.ttf", "figbo.ttf", "NotoSansCJK-Regular.ttc"}


def test_letters_are_as_wide_as_in_the_font_that_draws_them() -> None:
    korean, both = advance("바다", main_font("ko")), advance("sea 바다")
    assert korean == pytest.approx(1.84)
    assert both == pytest.approx(advance("sea ") + korean)
