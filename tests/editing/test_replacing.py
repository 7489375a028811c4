import pytest

from mp4totext.editing.replacing import Replacing


@pytest.mark.parametrize(
    ("replacing", "text", "replaced"),
    [
        (Replacing(find="boat", replace="ship"), "Boats, a boat.", "ships, a ship."),
        (Replacing(find="boat", replace="ship", match_case=True), "Boat, boat", "Boat, ship"),
        (Replacing(find="boat", replace="ship", whole_words=True), "boats boat", "boats ship"),
        (Replacing(find="ü", replace="ue", whole_words=True), "für ü", "für ue"),
        (Replacing(find="a.b", replace=r"\1"), "a.b axb", r"\1 axb"),
        (Replacing(find="字幕", replace="テロップ"), "日本の字幕です", "日本のテロップです"),
        (Replacing(find="  ", replace=" "), "two  spaces", "two spaces"),
        (Replacing(find="all", replace=""), "all", ""),
        (Replacing(find="ÉTÉ", replace="hiver"), "un été", "un hiver"),
    ],
)
def test_it_is_literal(replacing: Replacing, text: str, replaced: str) -> None:
    assert replacing.applied(text) == replaced


def test_a_hit_is_shown_with_what_stands_around_it() -> None:
    replacing = Replacing(find="boat", replace="ship")
    text = f"{'x' * 50} boat {'y' * 50}"
    (place,) = replacing.places(text)
    assert place == (51, 55)
    assert replacing.shown(text, place) == (
        f"{'x' * 29} boat {'y' * 29}",
        f"{'x' * 29} ship {'y' * 29}",
    )
