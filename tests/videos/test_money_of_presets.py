"""Charges for all presets with each sound: original, or spoken by a vendor or by this machine.

What models plan, and pictures that come in part, are in `test_money`.
"""

import os
from collections.abc import Iterator
from decimal import Decimal
from itertools import count, product
from typing import Any, get_args

import pytest

from mp4totext.credits.money import to_uc
from mp4totext.providers.voice.system_programs import PROGRAMS
from mp4totext.transcript import Transcript
from mp4totext.videos.presets import Preset
from tests.support.studios import PICTURES, VOICE, Studio
from tests.support.transcript_builders import transcript
from tests.support.voice_vendors import tone_wav
from tests.texts.test_money import cents
from tests.videos.test_money import CREDITS, WITHOUT_FRAMES

BASE = dict.fromkeys(get_args(Preset), "8.75") | {"clip": "2.00"}  # these recordings are short
SLIDES = ("slideshow", "lesson")
OUTCOMES = ("ok", "failed", "cancelled", "again")
CASES = [
    pytest.param(*case, marks=[] if case[3] == "ok" and case[1] == "vendor" else pytest.mark.slow)
    for case in product(
        get_args(Preset), ("original", "vendor", "local"), (None, "local", PICTURES.name), OUTCOMES
    )
    if (case[0] != "dubbed" or case[1] != "original")  # it is what a translation is spoken in
    and (case[2] is None or case[0] in SLIDES)
    and (case[3] != "failed" or case[1] == "vendor" or case[2] == PICTURES.name)
]
_NUMBERS = count(100)


@pytest.fixture(autouse=True, scope="module")
def own_program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A program that speaks, before those of the machine."""
    folder = tmp_path_factory.mktemp("programs")
    sound, program = folder / "said.wav", folder / PROGRAMS[0]
    sound.write_bytes(tone_wav())
    program.write_text(f'#!/bin/sh\nfor last; do :; done\ncp "{sound}" "$last"\n')
    program.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(folder), prepend=os.pathsep)
        yield


def spoken() -> Transcript:
    """Lines that nobody has paid for yet."""
    loaves = next(_NUMBERS)
    return transcript(
        f"We bake {loaves} loaves of bread at home before the sun is up.",
        f"Then all {loaves} of them have to cool on a rack beside the window.",
    )


def body_of(studio: Studio, preset: str, sound: str, pictures: str | None) -> dict[str, Any]:
    said = spoken()
    body: dict[str, Any] = {"transcription_id": studio.record(said), "preset": preset}
    if preset == "clip":  # which finds none in so few words
        body |= {"from_ms": 0, "to_ms": said.duration_ms}
    if preset == "dubbed":
        studio.translate(body["transcription_id"], said, "de")
        body["translation"] = "de"
    if sound != "original":
        language = "de" if preset == "dubbed" else "en"
        name, voice = (VOICE.name, VOICE.voice) if sound == "vendor" else ("system", language)
        body["voice"] = {"provider": name, "voice": voice}
        if preset != "dubbed":
            body["sound"] = "voice"
    if pictures is not None:
        body["pictures"] = {"provider": pictures}
    return body


def price(studio: Studio, video: dict[str, Any], sound: str, base: str, *, minutes: bool) -> int:
    """By the scenes that there are: cards and frames, and what a vendor drew."""
    pictures = [scene["picture"] for scene in video["storyboard"]["scenes"]]
    each = [CREDITS["drawn"] if p["image_id"] else CREDITS.get(p["kind"], "0") for p in pictures]
    total = Decimal(base) + sum(map(Decimal, each))
    if sound != "original" and minutes:
        recording = studio.send("GET", f"/transcriptions/{video['transcription_id']}")
        spoken_ms = sum(line["end_ms"] - line["start_ms"] for line in recording["segments"])
        total += Decimal("1.31") * spoken_ms / 60_000
    return cents(total)


@pytest.mark.parametrize(("preset", "sound", "pictures", "outcome"), CASES)
def test_a_video_costs_its_preset_its_pictures_and_its_minutes(
    studio: Studio, preset: str, sound: str, pictures: str | None, outcome: str
) -> None:
    body = body_of(studio, preset, sound, pictures)
    if outcome == "failed":
        vendor = studio.speaker_server if sound == "vendor" else studio.painter_server
        api: Any = vendor.vendor
        vendor.fail(*[api.refusal(400, "No.", "moderation_blocked") for _ in range(40)])
    _, before = studio.service.held_and_spent()
    accepted = studio.send("POST", "/videos/generate", body, status=202)
    assert studio.service.held_and_spent()[0] == to_uc(str(accepted["held"]))
    if outcome == "cancelled":
        studio.service.cancel(accepted)
    studio.work(WITHOUT_FRAMES)
    video = studio.send("GET", f"/videos/{accepted['id']}")
    held, after = studio.service.held_and_spent()
    if outcome in ("failed", "cancelled"):
        assert (held, after - before, video["status"]) == (0, 0, outcome)
        return
    assert video["status"] == "succeeded", video
    paid = price(studio, video, sound, BASE[preset], minutes=True)
    assert (held, after - before) == (0, paid)
    assert paid <= to_uc(str(accepted["held"]))
    if outcome == "again":
        assert_again(studio, video)


def assert_again(studio: Studio, video: dict[str, Any]) -> None:
    """Lines that were spoken and pictures that were drawn are not paid again; nobody is asked."""
    path = f"/videos/{video['id']}"
    change = {"revision": video["revision"], "storyboard": {"captions": {"mode": "soft"}}}
    studio.send("PATCH", f"{path}/plan", change)
    asked = len(studio.painter.orders), len(studio.speaker_server.received)
    pictures = [scene["picture"] for scene in video["storyboard"]["scenes"]]
    cards = [CREDITS.get(p["kind"], "0") for p in pictures if not p["image_id"]]
    again = Decimal("1.31") + sum(map(Decimal, cards))
    with studio.service.moves(spent_uc=cents(again)):
        studio.send("POST", f"{path}/render", {"revision": video["revision"] + 1}, status=202)
        studio.work(WITHOUT_FRAMES)
    assert (len(studio.painter.orders), len(studio.speaker_server.received)) == asked
