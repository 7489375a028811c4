"""Dubbed videos through the API: a translation spoken over the recording, and shown below it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mp4totext.kit.ids import new_id
from tests.support.ffmpeg import decoded
from tests.support.filmed import filmed
from tests.support.in_process_service import TEN_SECONDS, ApiUser, recording
from tests.support.kokoro import needs_kokoro
from tests.support.translations import translation_of
from tests.videos.plans.test_plans import text_of
from tests.videos.test_rendering import file_of, rendered, requested, uploaded

pytestmark = needs_kokoro

SENTENCE = "All of it is said again, in other words."


def translated(
    user: ApiUser, recording_id: str, language: str, said: str | list[str] = SENTENCE
) -> str:
    """A translation as a model writes it: a line for each segment."""
    segments = user.recording(recording_id)["segments"]
    texts = [said] * len(segments) if isinstance(said, str) else said
    fields = ("start_ms", "end_ms", "speaker")
    lines = [
        {"segment_id": segment["id"], "text": text, "original": False}
        | {field: segment[field] for field in fields}
        for segment, text in zip(segments, texts, strict=True)
    ]
    text = translation_of(recording_id, user.account.id, language, lines)
    text_id = text.id
    with user.harness.runtime.database.write() as session:
        session.add(text)
    return text_id


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filmed(tmp_path_factory.mktemp("filmed") / "talk.mp4", recording(TEN_SECONDS))


@pytest.mark.slow
def test_a_dubbed_film_speaks_the_translation_and_shows_both_languages(
    user: ApiUser, film: Path, tmp_path: Path
) -> None:
    recording_id = uploaded(user, film)
    text_id = translated(user, recording_id, "en-GB")
    before = user.balance["balance"]
    video = rendered(user, recording_id, preset="dubbed", translation="en")
    first = user.recording(recording_id)["segments"][0]
    spoken_ms = first["end_ms"] - first["start_ms"]  # the others are in the same words
    paid = before - user.balance["balance"]
    assert paid == pytest.approx(8.75 + 1.31 * spoken_ms / 60_000, abs=0.011)
    board = video["storyboard"]
    assert board["translation"] == {"text_id": text_id, "language": "en-GB"}
    assert board["sound"]["voice"]["provider"] == "kokoro"
    assert board["scenes"][0]["picture"]["kind"] == "source"
    path = file_of(user, video, tmp_path)
    _, _, caption = text_of(path)
    assert caption != SENTENCE  # what was said is above
    heard = user.recording(uploaded(user, path))["segments"]
    assert "other words" in " ".join(segment["text"] for segment in heard).lower()
    original, dubbed = decoded(film, channels=1)[0], decoded(path, channels=2)[0]
    count = min(len(original), len(dubbed))
    likeness = np.corrcoef(original[:count], dubbed[:count])[0, 1]
    assert likeness < 0.5  # at -20 dB under the voice


def refused(user: ApiUser, recording_id: str, status: int, **body: Any) -> str:
    answer: dict[str, Any] = requested(user, recording_id, status, **{"preset": "dubbed", **body})
    return f"{answer['code']}: {answer['detail']}"


def test_what_cannot_be_dubbed_is_refused_before_anything_is_held(
    user: ApiUser, film: Path
) -> None:
    recording_id = uploaded(user, film)
    assert "dubbed video needs `translation`" in str(
        requested(user, recording_id, 422, preset="dubbed")
    )
    assert refused(user, recording_id, 404, translation="en").startswith("no_translation: ")
    assert refused(user, recording_id, 422, translation="tlh").startswith("voice_cannot: ")
    options = {"translation": "en", "voice": {"provider": "kokoro", "voice": "nobody"}}
    assert refused(user, recording_id, 422, **options).startswith("unknown_voice: ")
    requested(user, recording_id, 422, preset="captioned", voice={})
    requested(user, recording_id, 422, preset="captioned", captions="two")
    assert user.harness.rows(user.account)["holds"] == 0


def test_a_storyboard_is_dubbed_while_its_translation_and_its_voice_are_there(
    user: ApiUser, film: Path
) -> None:
    recording_id = uploaded(user, film)
    text_id = translated(user, recording_id, "en")
    body = {"transcription_id": recording_id, "preset": "dubbed", "translation": "en"}
    plan = user.send("POST", "/videos/plan", body, status=201)
    assert plan["credits"] > 8.75
    path = f"/videos/{plan['id']}/plan"
    for patch, code in (
        ({"sound": {"voice": {"voice": "nobody"}}}, "unknown_voice"),
        ({"translation": {"text_id": new_id("txt")}}, "no_translation"),
        ({"translation": None}, "bad_storyboard"),
        ({"sound": {"voice": None}}, "bad_storyboard"),
    ):
        answer = user.call("PATCH", path, json={"revision": 1, "storyboard": patch})
        assert answer.json()["code"] == code, answer.text
    preview = user.call("GET", f"{path}/preview", params={"scene": "s1"})
    assert preview.status_code == 200
    user.send("DELETE", f"/transcriptions/{recording_id}/texts/{text_id}", None, status=204)
    assert user.get(path)["credits"] == 8.75
    answer = user.call("POST", f"/videos/{plan['id']}/render", json={"revision": 1})
    assert answer.json()["code"] == "no_translation"


def test_a_recording_without_a_picture_is_dubbed_over_slides(user: ApiUser) -> None:
    recording_id = uploaded(user, recording(TEN_SECONDS))
    translated(user, recording_id, "en")
    body = {"transcription_id": recording_id, "preset": "dubbed", "translation": "en"}
    board = user.send("POST", "/videos/plan", body, status=201)["storyboard"]
    assert board["aspect"] == "16:9"
    assert {scene["picture"]["kind"] for scene in board["scenes"]} == {"card"}
    assert board["captions"] == {"mode": "both", "style": "two"}
