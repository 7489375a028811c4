"""Local pictures: cards, frames, uploads; their prices and deletion."""

import shutil
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from mp4totext.jobs.models import JobState
from mp4totext.runtime import Runtime
from tests.conftest import app_for, settings_for
from tests.support.account_steps import problem
from tests.support.filmed import filmed
from tests.support.in_process_service import FOUR_SECONDS, ApiUser, Harness, recording
from tests.support.stills import picture, small_png


@pytest.fixture(scope="module")
def harness(
    empty_database: Path, models_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Harness]:
    folder = tmp_path_factory.mktemp("pictures")
    shutil.copyfile(empty_database, folder / "mp4totext.db")
    settings = settings_for(folder)
    engines = settings.engines.model_copy(update={"models_dir": models_dir})
    ingest = settings.ingest.model_copy(update={"storage_bytes_per_user": 4_000_000})
    changed = settings.model_copy(update={"engines": engines, "ingest": ingest})
    runtime = Runtime(changed)
    yield Harness(runtime, TestClient(app_for(runtime)))
    runtime.close()


@pytest.fixture
def user(harness: Harness) -> Iterator[ApiUser]:
    yield harness.new_user()
    assert harness.audit() == []


@pytest.fixture
def film(user: ApiUser, tmp_path: Path) -> Any:
    """A transcribed recording with a picture."""
    path = filmed(
        tmp_path / "sea.mp4", recording(FOUR_SECONDS), picture="testsrc=size=320x180:rate=25"
    )
    accepted = user.upload(path, language="en")
    user.harness.work()
    return user.recording(accepted.json()["id"])


def made(user: ApiUser, **order: Any) -> tuple[list[Any], Any]:
    accepted = user.send("POST", "/images/generate", order, status=202)
    user.harness.work()
    job = user.get(f"/jobs/{accepted['task_id']}")
    assert job["state"] == JobState.SUCCEEDED, job
    return [user.get(f"/images/{image_id}") for image_id in accepted["image_ids"]], accepted


def pixels(user: ApiUser, link: str) -> Any:
    answer = user.harness.client.get(link)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/jpeg"
    return np.asarray(Image.open(BytesIO(answer.content)).convert("RGB")).astype(int)


def test_cards_are_made_paid_and_the_same_again(user: ApiUser) -> None:
    before = user.balance["available"]
    order = {"prompt": "Why the ocean is salty", "n": 2, "style": "technical"}
    cards, accepted = made(user, **order)
    assert accepted["held"] == pytest.approx(0.2)
    assert before - user.balance["available"] == pytest.approx(0.2)
    assert [card["kind"] for card in cards] == ["card", "card"]
    assert cards[1]["seed"] == cards[0]["seed"] + 1
    assert cards[0]["alt_text"] == "Why the ocean is salty"
    one, two = (pixels(user, card["url"]) for card in cards)
    assert one.shape == (1080, 1920, 3)
    assert np.abs(one - two).mean() > 1
    assert pixels(user, cards[0]["thumbnail_url"]).shape == (270, 480, 3)
    again, _ = made(user, **order)
    assert [card["sha256"] for card in again] == [card["sha256"] for card in cards]
    assert len(user.get("/images")["items"]) == 4


def test_an_upright_card_has_its_shape(user: ApiUser) -> None:
    (card,), _ = made(user, prompt="海は青い", aspect="9:16", seed=5, palette="paper")
    assert (card["width"], card["height"], card["seed"]) == (1080, 1920, 5)


def test_a_films_best_frames_come_without_a_prompt(user: ApiUser, film: Any) -> None:
    before = user.balance["available"]
    frames, accepted = made(user, transcription_id=film["id"], n=3)
    assert accepted["model"] == "frame"
    assert before - user.balance["available"] == pytest.approx(0.06)
    assert [frame["kind"] for frame in frames] == ["frame"] * 3
    times = [frame["source_ms"] for frame in frames]
    assert times == sorted(times)
    assert (frames[0]["width"], frames[0]["height"]) == (320, 180)
    (near,), _ = made(user, transcription_id=film["id"], at_ms=2_000)
    assert 500 <= near["source_ms"] <= 3_500


def test_a_recordings_pictures_go_with_it(user: ApiUser, film: Any) -> None:
    pictures, _ = made(user, transcription_id=film["id"])
    uploaded = user.call("POST", f"/images?transcription_id={film['id']}", content=small_png())
    assert uploaded.status_code == 201, uploaded.text
    listed = user.get(f"/images/transcription/{film['id']}")["items"]
    assert {row["id"] for row in listed} == {pictures[0]["id"], uploaded.json()["id"]}
    user.send("DELETE", f"/transcriptions/{film['id']}", None, status=204)
    assert user.get("/images")["items"] == []
    assert not any(row["id"] in file for row in listed for file in user.harness.files())
    assert user.harness.client.get(pictures[0]["url"]).status_code == 404


def test_pages_hear_of_pictures(user: ApiUser, film: Any) -> None:
    frames, _ = made(user, transcription_id=film["id"], n=2)
    address = f"/images?transcription_id={film['id']}"
    uploaded = user.call("POST", address, content=small_png()).json()["id"]
    user.send("DELETE", f"/images/{uploaded}", None, status=204)
    events = [event.body for event in user.events("image")]
    assert [(body["change"], body["image_ids"]) for body in events] == [
        ("ready", [frame["id"] for frame in frames]),
        ("ready", [uploaded]),
        ("deleted", [uploaded]),
    ]
    assert {body["transcription_id"] for body in events} == {film["id"]}


def test_a_failed_order_of_pictures_is_no_event(user: ApiUser, film: Any) -> None:
    accepted = user.send("POST", "/images/generate", {"transcription_id": film["id"]}, status=202)
    user.send("POST", f"/jobs/{accepted['task_id']}/cancel", None)
    user.harness.work()
    assert user.events("image") == []


def test_a_recording_without_pictures_gets_a_card_of_its_title(user: ApiUser) -> None:
    found = user.transcribed(title="Two cities.wav")
    (card,), _ = made(user, transcription_id=found["id"])
    assert (card["kind"], card["prompt"]) == ("card", "Two cities")
    body = {"transcription_id": found["id"], "model": "frame"}
    refused = user.call("POST", "/images/generate", json=body)
    problem(refused, 422, "no_picture_track")


def test_an_upload_is_kept_as_pixels_only(user: ApiUser) -> None:
    image = Image.open(BytesIO(picture(200, 100)))
    exif = image.getexif()
    exif[0x0112], exif[0x010E] = 6, "a secret place"
    file = BytesIO()
    image.save(file, "JPEG", exif=exif)
    uploaded = user.call("POST", "/images", files={"file": ("me.jpg", file.getvalue())})
    assert uploaded.status_code == 201, uploaded.text
    row = uploaded.json()
    assert (row["width"], row["height"], row["kind"]) == (100, 200, "upload")
    assert row["alt_text"] == "me.jpg"
    assert b"secret" not in user.harness.client.get(row["url"]).content
    user.send("DELETE", f"/images/{row['id']}", None, status=204)
    assert not any(row["id"] in name for name in user.harness.files())
    problem(user.call("GET", f"/images/{row['id']}"), 404, "image_not_found")


def test_a_picture_is_sent_as_wide_as_it_is_shown(user: ApiUser) -> None:
    image = user.call("POST", "/images", content=picture(1_200, 600)).json()
    path = f"/images/{image['id']}/file"

    def width(**query: int) -> int:
        answer = user.call("GET", path, params=query)
        assert answer.headers["content-type"] == "image/jpeg"
        return Image.open(BytesIO(answer.content)).width

    assert [width(), width(w=480), width(w=481)] == [1_200, 480, 1_200]
    assert user.call("GET", path, headers={"Range": "bytes=0-1"}).content == b"\xff\xd8"


@pytest.mark.parametrize("content", [b"<svg/>", b"\xff\xd8\xff\xe0half", picture(8, 8)])
def test_an_upload_that_is_no_picture_leaves_nothing(user: ApiUser, content: bytes) -> None:
    before = user.harness.files()
    problem(user.call("POST", "/images", content=content), 422, "not_a_picture")
    assert user.harness.files() == before
    assert user.has_nothing


def noise() -> bytes:
    """A picture of more bytes than an account may store."""
    rng = np.random.default_rng(1)
    file = BytesIO()
    Image.fromarray(rng.integers(0, 255, (1400, 1400, 3), np.uint8)).save(file, "PNG")
    return file.getvalue()


def test_a_brands_file_that_is_refused_leaves_nothing(user: ApiUser) -> None:
    brand = user.send("POST", "/brands", {"name": "The Press"}, status=201)
    path = f"/brands/{brand['id']}/intro"
    assert user.call("PUT", path, content=picture(1920, 1080)).status_code == 200
    before = user.harness.files()
    answer = user.call("PUT", path, content=noise())
    problem(answer, 507, "storage_quota_exceeded")
    assert user.harness.files() == before
    assert user.get(f"/brands/{brand['id']}")["intro"]["kind"] == "picture"


def test_uploads_count_for_the_accounts_storage(user: ApiUser) -> None:
    before = user.harness.files()
    problem(user.call("POST", "/images", content=noise()), 507, "storage_quota_exceeded")
    assert user.harness.files() == before


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no word": ({"prompt": "?!"}, "prompt_empty"),
    "no prompt": ({}, "prompt_empty"),
    "no font": ({"prompt": "Sea ꧁"}, "text_not_drawable"),
    "a novel": ({"prompt": "word " * 100}, "image_cannot"),
    "a negative": ({"prompt": "Sea", "negative": "fish"}, "image_cannot"),
    "a frame of nothing": ({"model": "frame"}, "no_picture_track"),
    "a time of a card": ({"prompt": "Sea", "model": "card", "at_ms": 5}, "image_cannot"),
    "a seed of a frame": ({"model": "frame", "seed": 5}, "image_cannot"),
    "a style": ({"prompt": "Sea", "style": "baroque"}, "unknown_style"),
    "a provider": ({"prompt": "Sea", "provider": "acme"}, "unknown_provider"),
    "a model": ({"prompt": "Sea", "model": "crad"}, "unknown_model"),
    "too many": ({"prompt": "Sea", "n": 5}, "invalid"),
    "an aspect": ({"prompt": "Sea", "aspect": "7:1"}, "invalid"),
}


@pytest.mark.parametrize(("order", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_made_is_refused_before_a_hold(
    user: ApiUser, order: dict[str, Any], code: str
) -> None:
    problem(user.call("POST", "/images/generate", json=order), 422, code)
    assert user.has_nothing


def test_pictures_of_others_are_not_there(user: ApiUser) -> None:
    row = user.call("POST", "/images", content=small_png()).json()
    other = user.harness.new_user()
    problem(other.call("GET", f"/images/{row['id']}"), 404, "image_not_found")
    problem(other.call("DELETE", f"/images/{row['id']}"), 404, "image_not_found")
    assert other.get("/images")["items"] == []


def test_a_repeated_request_is_one_job(user: ApiUser) -> None:
    body, key = {"prompt": "The sea"}, {"Idempotency-Key": "once"}
    first, second = (
        user.send("POST", "/images/generate", body, status=202, **key) for _ in range(2)
    )
    assert first == second
    user.harness.work()
    assert len(user.get("/images")["items"]) == 1


def test_styles_palettes_and_models_are_listed(user: ApiUser) -> None:
    styles = {style["name"] for style in user.get("/images/styles")}
    assert {"professional", "artistic", "technical", "minimalist", "cinematic"} <= styles
    assert {palette["name"] for palette in user.get("/images/palettes")} >= {"dusk", "paper"}
    models = {(row["provider"], row["model"]): row for row in user.get("/images/models")}
    assert models["local", "card"]["ready"] is True
    assert models["local", "card"]["credits"] == 0.1
