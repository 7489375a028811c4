"""Fields with unexpected types are treated as absent, without an error."""

import pytest

from mp4totext.providers.json_fields import number, objects, seconds_to_ms, share, text


@pytest.mark.parametrize(
    "value", [None, "1.5", True, [], {}, float("nan"), float("inf"), 10**400], ids=repr
)
def test_what_is_no_finite_number_is_absent(value: object) -> None:
    assert number(value) is None
    assert share(value) is None
    assert seconds_to_ms(value) is None


def test_numbers() -> None:
    assert number(3) == 3.0
    assert (share(1.7), share(-1), share(0.123456)) == (1.0, 0.0, 0.1235)
    assert seconds_to_ms(1.5, 60_000) == 61_500


def test_text_and_objects() -> None:
    assert (text(" a "), text(7), text(None)) == ("a", "", "")
    assert objects([{"a": 1}, None, 3, []]) == [{"a": 1}]
    assert objects({"a": 1}) == []
