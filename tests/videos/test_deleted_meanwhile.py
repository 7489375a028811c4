"""A recording that is deleted while a video of it waits or is made: credits back, nothing left."""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from mp4totext.jobs.stored_files import remove_orphans
from mp4totext.operations import OPERATIONS
from tests.conformance.server import Received, Reply
from tests.support.ffmpeg import ffmpeg
from tests.support.in_process_service import TEN_SECONDS, ApiUser, recording
from tests.support.studios import PICTURES, Studio
from tests.support.waiting import until
from tests.videos.test_money import WITHOUT_FRAMES
from tests.videos.test_rendering import requested, uploaded


def deleted(user: ApiUser, recording_id: str) -> None:
    user.send("DELETE", f"/transcriptions/{recording_id}", None, status=204)


def assert_nothing_is_left(user: ApiUser, accepted: dict[str, Any], before: float) -> None:
    assert user.balance["available"] == user.balance["balance"] == before
    assert user.call("GET", f"/videos/{accepted['id']}").status_code == 404
    rows = user.harness.rows(user.account)
    assert (rows["transcriptions"], rows["holds"]) == (0, 0)
    names = user.harness.files()
    ids = (accepted["id"], accepted["task_id"], accepted["transcription_id"])
    assert not [name for name in names if any(each in name for each in ids)]


def test_a_video_that_waits_ends_with_its_recording(user: ApiUser) -> None:
    recording_id = uploaded(user, recording(TEN_SECONDS))
    before = user.balance["available"]
    accepted = requested(user, recording_id, preset="audiogram")
    assert user.balance["available"] < before
    deleted(user, recording_id)
    assert user.harness.work() == 0
    assert_nothing_is_left(user, accepted, before)
    assert requested(user, recording_id, 404, preset="audiogram")


@pytest.mark.slow
def test_a_video_that_is_drawn_ends_with_its_recording(user: ApiUser, tmp_path: Path) -> None:
    tone = tmp_path / "long.flac"
    ffmpeg("-f", "lavfi", "-i", "sine=frequency=300:duration=26", tone)
    recording_id = uploaded(user, tone)
    before = user.balance["available"]
    accepted = requested(user, recording_id, preset="audiogram")
    working = threading.Thread(target=user.harness.work)
    working.start()

    def is_drawn() -> bool:
        progress = user.get(f"/jobs/{accepted['task_id']}")["progress"]
        return bool(progress["unit"] == "frames" and progress["done"] > 60)

    until(is_drawn)
    deleted(user, recording_id)
    working.join(5)
    assert not working.is_alive()
    assert not [p for p in psutil.Process().children(recursive=True) if "ffmpeg" in p.name()]
    assert_nothing_is_left(user, accepted, before)


def test_a_picture_that_a_vendor_draws_meanwhile_is_neither_kept_nor_paid(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording_id = studio.record()
    answer, left = studio.painter.answer, threading.Lock()

    def drawn(request: Received) -> Reply:
        if left.acquire(blocking=False):  # the first of them
            studio.send("DELETE", f"/transcriptions/{recording_id}", status=204)
        return answer(request)

    monkeypatch.setattr(studio.painter, "answer", drawn)
    order: dict[str, Any] = {"transcription_id": recording_id, "preset": "slideshow"}
    order["pictures"] = {"provider": PICTURES.name}
    with studio.service.moves():
        accepted = studio.send("POST", "/videos/generate", order, status=202)
        studio.work(WITHOUT_FRAMES)
    assert left.locked()
    assert studio.send("GET", f"/videos/{accepted['id']}", status=404)
    assert studio.send("GET", "/images")["items"] == []
    # The calls under way end by themselves after the job.
    until(lambda: not any(each.name.startswith("pictures") for each in threading.enumerate()))
    runtime = studio.service.runtime
    assert list(runtime.storage.keys("images"))  # stored after the recording was gone
    remove_orphans(runtime, OPERATIONS, older_than=timedelta())
    assert not list(runtime.storage.keys("images"))
