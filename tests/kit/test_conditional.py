import pytest

from mp4totext.kit.conditional import etag, lists


def test_a_tag_stands_for_all_its_facts() -> None:
    assert etag("a", 1, None) == etag("a", 1, None)
    assert len({etag("a", 1), etag("a", 2), etag("a1"), etag(), etag(None)}) == 5
    assert etag("a").startswith('"')


@pytest.mark.parametrize(
    ("header", "listed"),
    [
        (None, False),
        ("", False),
        ('"x"', True),
        ('W/"x"', True),
        ('"y", "x"', True),
        ("*", True),
        ('"y"', False),
        ("x", False),
    ],
)
def test_if_none_match(header: str | None, *, listed: bool) -> None:
    assert lists(header, '"x"') is listed
