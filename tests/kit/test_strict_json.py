"""Limits for JSON of clients, and the name of the first violation."""

import json
from typing import Any

import pytest

from mp4totext.kit.strict_json import DEPTH_MAX, UnacceptableJson, check, loads
from tests.support.processor_time import processor_time

GOOD = [
    '{"title": "Zażółć 👩‍👩‍👧", "n": 9223372036854775807, "list": [1.5, null, true, -3]}',
    '"\\ud83d\\ude00"',  # a pair of surrogates is one character
    "[" * DEPTH_MAX + "]" * DEPTH_MAX,
    "[" + "1," * 50_000 + "1]",
]
BAD = {
    '{"a": [1, {"b": NaN}]}': "a.1.b",
    '{"a": 1e999}': "a",
    '{"n": 9223372036854775808}': "n",
    '{"n": ' + "9" * 5000 + "}": "n",
    '{"n": -' + "9" * 5000 + "}": "n",
    '{"t": "a\\u0000b"}': "t",
    '{"t": ["\\ud800"]}': "t.0",
    '{"t": {"\\udfff": 1}}': "t",
}


@pytest.mark.parametrize("document", GOOD)
def test_ordinary_documents_are_read_as_they_are(document: str) -> None:
    assert loads(document) == json.loads(document)
    assert loads(document.encode()) == json.loads(document)


@pytest.mark.parametrize("document", BAD)
def test_a_value_that_cannot_be_stored_is_named(document: str) -> None:
    with pytest.raises(UnacceptableJson) as refused:
        loads(document)
    assert refused.value.where == BAD[document]
    assert refused.value.why


@pytest.mark.parametrize(
    "document",
    [
        "[" * 500_000,
        '{"a":' * 60_000,
        "[" * (DEPTH_MAX + 2) + "]" * (DEPTH_MAX + 2),
        "[" + "[]," * 350_000 + "[]]",
        '"' + "," * 200_000 + '"',
    ],
)
def test_deep_and_crowded_documents_are_refused_quickly(document: str) -> None:
    with processor_time() as spent, pytest.raises(UnacceptableJson):
        loads(document)
    assert spent.s < 0.5


def test_what_is_no_json_stays_a_decode_error() -> None:
    for document in ("{", "", "[1 2]"):
        with pytest.raises(json.JSONDecodeError):
            loads(document)
    with pytest.raises(UnacceptableJson):
        loads(b"\xff")


def test_a_long_or_odd_key_does_not_make_a_long_or_odd_message() -> None:
    value: Any = {"\u202e" * 1000: {"x": float("nan")}}
    with pytest.raises(UnacceptableJson) as refused:
        check(value, where="options")
    assert str(refused.value).isascii()
    assert len(str(refused.value)) < 200
    assert refused.value.where.startswith("options.")
