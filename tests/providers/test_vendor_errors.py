from datetime import timedelta
from email.utils import format_datetime

import pytest

from mp4totext.kit.clock import now
from mp4totext.providers.vendor_errors import readable, retry_after_s


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7),
        ({"retry-after": "1.5"}, 1.5),
        ({"Retry-After-Ms": "250", "Retry-After": "7"}, 0.25),
        ({"Retry-After": "999999"}, 3_600),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-3"}, None),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
    ],
)
def test_retry_after(headers: dict[str, str], pause: float | None) -> None:
    assert retry_after_s(headers) == pause


def test_retry_after_as_a_date() -> None:
    later = format_datetime(now() + timedelta(seconds=90), usegmt=True)
    found = retry_after_s({"Retry-After": later})
    assert found is not None
    assert 80 < found <= 90


@pytest.mark.parametrize(
    "key",
    [
        "sk-proj-abc123DEF456",
        "gsk_abcdefghijkl",
        "sk-ab***yz",
        "0123456789abcdef" * 2,
        "as-1234567",
    ],
)
def test_keys_are_taken_out_of_what_a_vendor_says(key: str) -> None:
    assert key not in readable(f"Incorrect API key provided: {key}. See the page.")
    assert key not in readable(f"header Authorization: Bearer {key}")


def test_a_message_is_one_short_line() -> None:
    assert readable("a\n  b") == "a b"
    assert len(readable("x y " * 500)) == 300
    assert readable("") == "no reason given"
