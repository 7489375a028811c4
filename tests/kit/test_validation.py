"""Messages about invalid values, for each field of the HTTP API."""

import re
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from mp4totext.kit.text import CleanStr
from mp4totext.kit.validation import ERRORS_MAX, SENTENCES, message_of, sentence_of, where
from mp4totext.openai_api.realtime_schemas import CLIENT_EVENT
from mp4totext.writing.kinds import KINDS

WRONG: tuple[Any, ...] = (
    {}, {"x": 1}, [], [{}], ["", 5], [1] * 2000, "", "\u0000", "x" * 300_000, "ftp://x", -1, 0,
    10**30, 1.5, float("nan"), True, None,
)  # fmt: skip
PYTHON = re.compile(
    r"valid (tuple|string|dict)|instance of|Input should|type=|<class|function-|\^|\{26\}|None\b"
)


def mistakes(
    adapter: TypeAdapter[Any], fields: Iterator[str] | tuple[str, ...] = ()
) -> list[ErrorDetails]:
    wrong = [*WRONG, *({name: value} for name in fields for value in WRONG)]
    found: list[ErrorDetails] = []
    for value in wrong:
        try:
            adapter.validate_python(value)
        except ValidationError as error:
            found += error.errors()
    return found


def parameters(dependant: Dependant) -> Iterator[Any]:
    yield from dependant.path_params
    yield from dependant.query_params
    yield from dependant.header_params
    yield from dependant.body_params
    for below in dependant.dependencies:
        yield from parameters(below)


@pytest.mark.slow
def test_every_field_of_the_interface_says_in_a_sentence_what_it_takes(app: FastAPI) -> None:
    included = [getattr(route, "original_router", None) for route in app.routes]
    each = [route for router in included if router is not None for route in router.routes]
    routes = [route for route in each if isinstance(route, APIRoute)]
    seen: dict[str, str] = {}
    for route in routes:
        for parameter in parameters(route.dependant):
            kind = parameter.field_info.annotation
            of_model = isinstance(kind, type) and issubclass(kind, BaseModel)
            fields = tuple(kind.model_fields) if of_model else ()
            adapter: TypeAdapter[Any] = parameter._type_adapter
            for mistake in mistakes(adapter, fields):
                seen[mistake["type"]] = message_of(mistake)
                assert not PYTHON.search(f"{where(mistake)}: {message_of(mistake)}"), mistake
    assert len(seen) > 15, "the routes were not looked through"
    unnamed = {kind for kind, message in seen.items() if message == SENTENCES["other"]}
    assert unnamed == set(), "these types of pydantic's need a sentence"


def test_options_of_texts_and_events_of_sockets_say_so_too() -> None:
    adapters: list[TypeAdapter[Any]] = [
        CLIENT_EVENT,
        *(TypeAdapter(kind.options) for kind in KINDS.values()),
    ]
    found = [mistake for adapter in adapters for mistake in mistakes(adapter)]
    assert found
    assert SENTENCES["other"] not in {message_of(mistake) for mistake in found}


def of(pattern: str) -> str:
    class Form(BaseModel):
        pass

    context = {"pattern": pattern}
    error = ErrorDetails(
        type="string_pattern_mismatch", loc=("body", "id"), msg="", input="", ctx=context
    )
    return message_of(error)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        (r"^trn_[0-9a-z]{26}$", "Send an id that begins with trn_."),
        (r"^[a-z0-9_.-]+$", "Use only these characters: a-z 0-9 _ . -"),
        (r"^[A-Za-z0-9_-]{1,64}$", "Use only these characters: A-Z a-z 0-9 _ -"),
        (r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", SENTENCES["form"]),
    ],
)
def test_a_pattern_is_said_in_words(pattern: str, message: str) -> None:
    assert of(pattern) == message


def test_the_first_mistake_is_said_with_its_field() -> None:
    class Order(BaseModel):
        count: int

    with pytest.raises(ValidationError) as refused:
        Order.model_validate({"count": "many"})
    assert sentence_of(refused.value.errors()) == "count: Send a whole number."
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Annotated[CleanStr, Field(max_length=3)]).validate_python("four")
    assert sentence_of(refused.value.errors()) == "Send at most 3 characters."
    with pytest.raises(ValidationError) as refused:
        Order.model_validate_json("{")
    assert sentence_of(refused.value.errors()) == "The body is not JSON."


def test_thousands_of_mistakes_and_endless_names_make_a_short_answer(app: FastAPI) -> None:
    with TestClient(app) as client:
        many = {f"field{number}": 1 for number in range(20_000)}
        for body in (many, {"x" * 500_000: 1}, {"x" * 500_000: "\0"}):
            answer = client.post("/api/v1/shared/abc/comments", json=body)
            assert answer.status_code == 422
            assert len(answer.content) < 16_384
            assert 1 <= len(answer.json()["errors"]) <= ERRORS_MAX
