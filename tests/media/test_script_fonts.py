"""Each letter of a script is drawn by a font that was given, never by one of the machine."""

import pytest

from mp4totext.media.script_fonts import with_fonts
from mp4totext.media.typeface import MAIN, main_font

HEAD = "Style: Caption,FiraGO,60\n"
CJK = r"{\fnNoto Sans CJK SC\fs72.4}"  # its lines are 1.448 ems high, FiraGO's 1.2
FIRA = r"{\fnFiraGO\fs60}"


def event(text: str) -> str:
    return f"{HEAD}Dialogue: 1,0:00:00.00,0:00:02.00,Caption,{text}\n"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("The sea, of course", "The sea, of course"),
        ("Say 海 twice", f"Say {CJK}海 {FIRA}twice"),
        (r"{\k20}海{\k30}水", rf"{{\k20}}{CJK}海{{\k30}}水"),
        (r"海\Nsea", rf"{CJK}海\N{FIRA}sea"),
        (r"\{海\}", r"\{" + CJK + r"海\}"),
        ("\\\u2060海", f"\\\u2060{CJK}海"),
        (r"{\fs30}海", r"{\fs30}{\fnNoto Sans CJK SC\fs36.2}海"),
        (r"海{\fs30}水", f"{CJK}海{{\\fs30}}{{\\fnNoto Sans CJK SC\\fs36.2}}水"),
        (r"{\p1}m 0 0 l 9 0", r"{\p1}m 0 0 l 9 0"),
    ],
)
def test_letters_that_the_style_does_not_draw_name_their_font(text: str, named: str) -> None:
    script, _ = with_fonts(event(text), "zh", MAIN)
    assert script == event(named)


def test_bold_letters_of_a_font_without_a_bold_weight_get_a_stroke() -> None:
    """Only where nothing else is drawn around them: captions have an outline of their own."""
    bold, outlined = r"{\b1\1c&HFFFFFF&\3c&HFFFFFF&\bord0}", r"{\b1\bord4}"
    stroked, plain = CJK.replace("}", r"\bord0.4344}"), FIRA.replace("}", r"\bord0}")
    for codes, named in (
        (bold, f"{bold}Say {stroked}海 {plain}twice"),
        (outlined, f"{outlined}Say {CJK}海 {FIRA}twice"),
        (r"{\b0\bord0}", rf"{{\b0\bord0}}Say {CJK}海 {FIRA}twice"),
    ):
        script, _ = with_fonts(event(f"{codes}Say 海 twice"), "zh", MAIN)
        assert script == event(named)
    alone = f"Style: Card,Noto Sans CJK SC,72.4\nDialogue: 0,,,Card,{bold}海"
    script, _ = with_fonts(alone, "zh", main_font("zh"))
    assert script.endswith(f"{bold}{stroked}海")


def test_only_fonts_that_draw_something_are_needed() -> None:
    assert with_fonts(event("The sea"), "en", MAIN)[1] == (MAIN,)
    assert with_fonts(event("The sea: 海"), "ja", MAIN)[1] == (MAIN, main_font("ja"))


def test_a_mark_stays_with_its_letter() -> None:
    script, _ = with_fonts(event("海e\u0301"), "zh", MAIN)  # an accent that both fonts have
    assert f"{FIRA}e\u0301" in script


def test_a_word_has_one_font() -> None:
    """The font of Chinese letters has Greek ones too, but not those with accents."""
    font = main_font("zh")
    lines = f"Style: Caption,{font.family},72.4\nDialogue: 0,,,Caption,和Ωμέγα和"
    script, _ = with_fonts(lines, "zh", font)
    assert script.endswith(rf"和{FIRA}Ωμέγα{CJK}和")
