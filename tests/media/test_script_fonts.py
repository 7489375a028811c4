"""Each letter of a script is drawn by a font that was given, never by one of the machine."""

import pytest

from mp4totext.media.script_fonts import with_fonts
from mp4totext.media.typeface import MAIN, main_font

HEAD = "Style: Caption,FiraGO,46\n"


def event(text: str) -> str:
    return f"{HEAD}Dialogue: 1,0:00:00.00,0:00:02.00,Caption,{text}\n"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("The sea, of course", "The sea, of course"),
        ("Say 海 twice", r"Say {\fnNoto Sans CJK SC}海 {\fnFiraGO}twice"),
        (r"{\k20}海{\k30}水", r"{\k20}{\fnNoto Sans CJK SC}海{\k30}水"),
        (r"海\Nsea", r"{\fnNoto Sans CJK SC}海\N{\fnFiraGO}sea"),
        (r"\{海\}", r"\{{\fnNoto Sans CJK SC}海\}"),
        ("\\\u2060海", "\\\u2060{\\fnNoto Sans CJK SC}海"),
        (r"{\p1}m 0 0 l 9 0", r"{\p1}m 0 0 l 9 0"),
    ],
)
def test_letters_that_the_style_does_not_draw_name_their_font(text: str, named: str) -> None:
    script, _ = with_fonts(event(text), "zh", MAIN)
    assert script == event(named)


def test_only_fonts_that_draw_something_are_needed() -> None:
    assert with_fonts(event("The sea"), "en", MAIN)[1] == (MAIN,)
    assert with_fonts(event("The sea: 海"), "ja", MAIN)[1] == (MAIN, main_font("ja"))


def test_a_mark_stays_with_its_letter() -> None:
    script, _ = with_fonts(event("海e\u0301"), "zh", MAIN)  # an accent that both fonts have
    assert "{\\fnFiraGO}e\u0301" in script
