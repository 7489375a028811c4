"""Prompts of pictures for a recording, from its words or by a language model."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mp4totext.credits.money import to_uc
from mp4totext.transcriptions.models import Transcription
from mp4totext.writing.kinds.pictures import PicturesOptions
from tests.conformance.text_apis import ModelAnswer
from tests.support.studios import PICTURES, PLANNER, RATE, Studio, studio_in
from tests.support.transcript_builders import transcript
from tests.texts.conftest import SPOKEN
from tests.texts.test_money import cents

CHARACTERS = sum(len(segment.text) for segment in SPOKEN.segments)
DESCRIBED = Decimal(RATE * CHARACTERS) / 1_000
PICTURE = Decimal("4.20")


@pytest.fixture(scope="module")
def open_studio(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with studio_in(tmp_path_factory.mktemp("studio"), empty_database) as studio:
        yield studio


@pytest.fixture
def studio(open_studio: Studio) -> Studio:
    open_studio.reset()
    describes(open_studio, "Maria Lopez kneads dough.", "An oven glows.")
    return open_studio


def describes(studio: Studio, *pictures: str) -> None:
    studio.model.model = lambda _: ModelAnswer(json.dumps({"pictures": pictures}))


def ordered(studio: Studio, status: int = 202, **body: Any) -> Any:
    order = {"transcription_id": studio.record(), "provider": PICTURES.name, **body}
    return studio.send("POST", "/images/generate", order, status=status)


def prompts(studio: Studio, accepted: Any) -> list[str]:
    return [
        studio.send("GET", f"/images/{image_id}")["prompt"] for image_id in accepted["image_ids"]
    ]


def test_a_model_describes_each_picture_for_its_rate(studio: Studio) -> None:
    """Who is named in the recording is drawn as anybody: vendors refuse names."""
    with studio.service.moves(spent_uc=cents(DESCRIBED + 2 * PICTURE)):
        accepted = ordered(studio, n=2, describer=PLANNER)
        assert to_uc(str(accepted["held"])) == cents(DESCRIBED + 2 * PICTURE)
        studio.work()
    assert prompts(studio, accepted) == ["a person kneads dough.", "An oven glows."]
    sent = sorted(order["prompt"] for order in studio.painter.orders)  # they come in any order
    assert sent[0].startswith("An oven glows. Cinematic film still")
    (request,) = studio.model.requests
    assert "Describe 2 different pictures" in request.user


def test_without_a_model_the_words_describe_it(studio: Studio) -> None:
    with studio.service.moves(spent_uc=cents(PICTURE)):
        accepted = ordered(studio)
        studio.work()
    (prompt,) = prompts(studio, accepted)
    assert "bread" in prompt.lower()
    assert prompt != "Bread"  # the recording's title
    assert not studio.model.requests


def test_what_was_not_drawn_is_not_billed_but_its_description_is(studio: Studio) -> None:
    studio.painter_server.fail(studio.painter.refusal(400, "No.", "moderation_blocked"))
    with studio.service.moves(spent_uc=cents(DESCRIBED + PICTURE)):
        ordered(studio, n=2, describer=PLANNER)
        studio.work()


def test_a_model_that_describes_nothing_costs_nothing(studio: Studio) -> None:
    describes(studio, " ", "?!")
    with studio.service.moves():
        accepted = ordered(studio, n=2, describer=PLANNER)
        studio.work()
    job = studio.service.job(accepted)
    assert (job.state, job.error_code) == ("failed", "invalid_answer")
    assert not studio.painter.orders


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"prompt": "An oven."}, "image_cannot"),
        ({"provider": "local"}, "image_cannot"),
        ({"transcription_id": None, "prompt": ""}, "prompt_empty"),
        ({"describer": "gemini"}, "provider_not_ready"),
    ],
)
def test_what_no_model_can_describe_is_refused(
    studio: Studio, body: dict[str, Any], code: str
) -> None:
    with studio.service.moves():
        assert ordered(studio, status=422, **{"describer": PLANNER, **body})["code"] == code


def test_a_recording_without_words_cannot_be_described(studio: Studio) -> None:
    silent = {"transcription_id": studio.record(transcript("")), "describer": PLANNER}
    assert ordered(studio, status=422, **silent)["code"] == "image_cannot"
    unread = studio.record()
    with studio.service.runtime.database.write() as session:
        session.get_one(Transcription, unread).version = None
    refusal = ordered(studio, status=409, transcription_id=unread, describer=PLANNER)
    assert refusal["code"] == "no_recording"


def test_the_pictures_of_parts_are_chosen_from() -> None:
    """Of a recording that is too long for one reading."""
    assert "Choose the 2 that together tell most" in PicturesOptions(count=2).merge_task()
