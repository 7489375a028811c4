"""Pictures of a video are generated in parallel, charged once, and can be cancelled."""

import threading
import time
from decimal import Decimal
from typing import Any

import pytest

from mp4totext.providers.image.table import IMAGE
from tests.conformance.server import Received, Reply
from tests.support.studios import PICTURES, Studio
from tests.support.waiting import until
from tests.texts.test_money import cents
from tests.videos.test_money import WITHOUT_FRAMES

AT_ONCE = IMAGE[PICTURES.name].capabilities.at_once


def ordered(studio: Studio) -> Any:
    body = {"transcription_id": studio.record(), "preset": "slideshow"}
    order = {**body, "pictures": {"provider": PICTURES.name}}
    return studio.send("POST", "/videos/generate", order, status=202)


def test_as_many_as_the_vendor_takes_are_drawn_at_once_and_each_is_its_scenes(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = threading.Barrier(AT_ONCE, timeout=60)
    answer, count, most, lock = studio.painter.answer, 0, 0, threading.Lock()
    held = iter([True] * AT_ONCE)

    def drawn(request: Received) -> Reply:
        nonlocal count, most
        with lock:
            count += 1
            most = max(most, count)
            waits = next(held, False)
        if waits:
            together.wait()  # broken where they come one after the other
        reply = answer(request)
        with lock:
            count -= 1
        return reply

    monkeypatch.setattr(studio.painter, "answer", drawn)
    accepted = ordered(studio)
    scenes = len(accepted["storyboard"]["scenes"])
    assert scenes > AT_ONCE
    paid_uc = cents(Decimal("8.75") + scenes * Decimal("4.20"))
    held_uc = -int(Decimal(str(accepted["held"])) * 1_000_000)
    with studio.service.moves(held_uc=held_uc, spent_uc=paid_uc):
        studio.work(WITHOUT_FRAMES)
    assert most == AT_ONCE
    video = studio.send("GET", f"/videos/{accepted['id']}")
    for shown in video["storyboard"]["scenes"]:
        picture = studio.send("GET", f"/images/{shown['picture']['image_id']}")
        spoken = studio.send("GET", f"/videos/{accepted['id']}/scenes/{shown['id']}/prompt")
        assert picture["prompt"] == spoken["prompt"]


def test_a_cancel_does_not_wait_for_pictures_under_way(studio: Studio) -> None:
    studio.painter_server.fail(*[Reply(status=500, body={}, after_s=8)] * AT_ONCE)
    with studio.service.moves():
        accepted = ordered(studio)
        working = threading.Thread(target=studio.work, args=(WITHOUT_FRAMES,))
        working.start()
        until(lambda: len(studio.painter_server.received) == AT_ONCE)
        began = time.monotonic()
        studio.service.cancel(accepted)
        working.join(timeout=7)
        assert not working.is_alive()
        assert time.monotonic() - began < 5
    assert studio.send("GET", f"/videos/{accepted['id']}")["status"] == "cancelled"
    gallery = studio.send("GET", f"/images/transcription/{accepted['transcription_id']}")
    assert gallery["items"] == []
