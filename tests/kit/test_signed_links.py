"""Signed links: valid for a time, equal within a step, protected against changes."""

import time
from urllib.parse import parse_qs

import pytest

from mp4totext.kit.signed_links import is_signed, sign

FACTS = {"type": "audio/mpeg"}


def expires_of(query: str) -> int:
    return int(parse_qs(query)["expires"][0])


@pytest.mark.parametrize("step_s", [1, 1_800])
def test_a_link_lives_as_long_as_asked_and_at_most_a_step_longer(step_s: int) -> None:
    before = int(time.time())
    query = sign("/a", FACTS, secret="s", expires_s=3_600, step_s=step_s)
    end = expires_of(query)
    assert end % step_s == 0
    assert before + 3_600 <= end <= time.time() + 3_600 + step_s
    signature = parse_qs(query)["signature"][0]
    assert is_signed("/a", FACTS, secret="s", expires=end, signature=signature)
    for path, facts, secret, expires in (
        ("/b", FACTS, "s", end),
        ("/a", {"type": "text/html"}, "s", end),
        ("/a", FACTS, "t", end),
        ("/a", FACTS, "s", end + 1),
    ):
        assert not is_signed(path, facts, secret=secret, expires=expires, signature=signature)


def test_an_old_link_is_closed() -> None:
    query = sign("/a", FACTS, secret="s", expires_s=-10)
    signature = parse_qs(query)["signature"][0]
    assert not is_signed("/a", FACTS, secret="s", expires=expires_of(query), signature=signature)
