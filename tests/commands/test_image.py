"""``mp4totext image`` writes pictures in the format of their name."""

import json
from pathlib import Path

import pytest
from PIL import Image

from tests.conformance.picture_apis import KEY as PICTURE_KEY
from tests.conformance.text_apis import KEY as TEXT_KEY
from tests.conformance.text_apis import ModelAnswer
from tests.support import picture_vendors, text_vendors
from tests.support.command_line import run
from tests.support.filmed import filmed
from tests.support.in_process_service import FOUR_SECONDS, recording

TEXT = text_vendors.BY_NAME["openai"]
PICTURES = picture_vendors.BY_NAME["together"]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_cards_are_written_one_a_seed(tmp_path: Path) -> None:
    result = run("image", "The sea", "-n", 2, "-o", "sea.webp", "--aspect", "1:1", "--json")
    assert result.exit_code == 0, result.output
    facts = json.loads(result.stdout)
    assert [fact["file"] for fact in facts] == ["sea-1.webp", "sea-2.webp"]
    assert facts[1]["seed"] == facts[0]["seed"] + 1
    with Image.open(tmp_path / "sea-1.webp") as image:
        assert (image.format, image.size) == ("WEBP", (1440, 1440))


def test_frames_of_a_film_need_no_transcript(tmp_path: Path) -> None:
    film = filmed(
        tmp_path / "talk.mp4", recording(FOUR_SECONDS), picture="testsrc=size=320x180:rate=25"
    )
    result = run("image", "--recording", film, "-n", 2, "-o", "talk.png")
    assert result.exit_code == 0, result.output
    assert "talk-1.png: 320 x 180" in result.stderr
    with Image.open(tmp_path / "talk-2.png") as image:
        assert image.format == "PNG"
    at = run("image", "--recording", film, "--at", "0:02", "-o", "at.jpg", "--json")
    assert 500 <= json.loads(at.stdout)[0]["source_ms"] <= 3_500


def test_a_vendor_draws_what_a_language_model_describes_of_a_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    described = json.dumps({"pictures": ["A loaf of bread.", "An oven glows."]})
    with (
        text_vendors.vendor_server(TEXT, lambda _: ModelAnswer(described)) as (server, model),
        picture_vendors.vendor_server(PICTURES) as (painter_server, painter),
    ):
        monkeypatch.setenv("OPENAI_API_KEY", TEXT_KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}{TEXT.suffix}")
        monkeypatch.setenv("TOGETHER_API_KEY", PICTURE_KEY)
        monkeypatch.setenv("TOGETHER_BASE_URL", f"{painter_server.url}{PICTURES.suffix}")
        order = ("--recording", recording(FOUR_SECONDS), "--describer", "openai", "-n", 2)
        engine = ("--engine", "moonshine")
        result = run(
            "image", *order, *engine, "--provider", PICTURES.name, "-o", "talk.png", "--json"
        )
    assert result.exit_code == 0, result.output
    assert [fact["file"] for fact in json.loads(result.stdout)] == ["talk-1.png", "talk-2.png"]
    assert len(model.requests) == 1
    assert sorted(order["prompt"][:9] for order in painter.orders) == ["A loaf of", "An oven g"]


def test_the_models_are_listed() -> None:
    listed = json.loads(run("image", "--list", "--json").stdout)
    assert ("local", "card") in [(row["provider"], row["model"]) for row in listed]
    assert "card" in run("image", "--list").stdout


def test_what_cannot_be_made_is_told() -> None:
    assert "TEXT" in run("image").stderr
    assert "not known" in run("image", "x", "-o", "a.gif").stderr
    assert "no word" in run("image", "?!").stderr
    assert "not both" in run("image", "x", "--recording", recording(FOUR_SECONDS)).stderr
    assert "--recording" in run("image", "x", "--describer", "openai").stderr
