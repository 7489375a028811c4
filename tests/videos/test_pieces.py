"""Lines and segments are cached, so that none is spoken, drawn or charged twice."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from mp4totext.kit.clock import now
from mp4totext.runtime import Runtime
from mp4totext.videos import pieces, rendering, segments
from mp4totext.videos.draw import canvas
from mp4totext.videos.models import VideoPiece
from tests.conformance.server import Server
from tests.conftest import app_for, settings_for
from tests.support.in_process_service import FOUR_SECONDS, TEN_SECONDS, ApiUser, Harness, recording
from tests.support.two_reader_recordings import RATE, cities, wav
from tests.support.voice_recordings import other_voice, silence
from tests.support.voice_vendors import BY_NAME, tone_wav, vendor_server
from tests.videos.plans.test_plans import patched, planned
from tests.videos.test_dubbed_videos import translated
from tests.videos.test_rendering import requested, uploaded

VENDOR = BY_NAME["openai"]
SMALL = (320, 180)


@dataclass(frozen=True)
class Dubber:
    user: ApiUser
    vendor: Server

    def dubbed(self, recording_id: str, **options: Any) -> float:
        """What a new dubbed video cost."""
        before = self.user.balance["balance"]
        options = {"preset": "dubbed", "translation": "de", "captions": "none", **options}
        accepted = requested(self.user, recording_id, **options)
        self.user.harness.work()
        video = self.user.get(f"/videos/{accepted['id']}")
        assert video["status"] == "succeeded", video["error"]
        return float(before - self.user.balance["balance"])


@pytest.fixture
def dubber(
    harness: Harness, empty_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Dubber]:
    monkeypatch.setitem(canvas._SIZES, "16:9", SMALL)
    shutil.copyfile(empty_database, tmp_path / "mp4totext.db")
    base = settings_for(tmp_path).model_copy(update={"engines": harness.runtime.settings.engines})
    with vendor_server(VENDOR, tone_wav()) as (server, _):
        runtime = Runtime(VENDOR.settings(base, server))
        service = Harness(runtime, TestClient(app_for(runtime)))
        yield Dubber(service.new_user(), server)
        assert service.audit() == []
        runtime.close()


def objects(user: ApiUser) -> list[str]:
    return [name for name in user.harness.files() if "/pieces/" in f"/{name}"]


@pytest.mark.slow
def test_a_line_is_spoken_and_paid_once_for_all_videos_of_an_account(
    dubber: Dubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    user, vendor = dubber.user, dubber.vendor
    recording_id = uploaded(user, recording(TEN_SECONDS))
    spoken = user.recording(recording_id)["segments"]
    lengths = [segment["end_ms"] - segment["start_ms"] for segment in spoken]
    lines = [f"Ein Satz, Nummer {number}." for number in range(len(spoken))]
    translated(user, recording_id, "de", lines)

    def broken(*_: Any) -> None:
        raise rendering.BrokenVideo("on purpose")

    with monkeypatch.context() as patch:  # what fails costs nothing, although it was spoken
        patch.setattr(rendering.Rendering, "joined", broken)
        requested(user, recording_id, preset="dubbed", translation="de", captions="none")
        before = user.balance
        user.harness.work()
        assert user.balance["balance"] == before["balance"]
    assert len(vendor.received) == len(lines)

    first = dubber.dubbed(recording_id, title="One")
    again = dubber.dubbed(recording_id, title="Two", palette="moss")
    assert len(vendor.received) == len(lines)
    assert first - again == pytest.approx(1.31 * sum(lengths) / 60_000, abs=0.011)
    plan = {"transcription_id": recording_id, "preset": "dubbed", "translation": "de"}
    plan |= {"captions": "none", "title": "Two"}
    draft = user.send("POST", "/videos/plan", plan, status=201)
    assert draft["credits"] == pytest.approx(again, abs=0.005)

    translated(user, recording_id, "de", [*lines[:-1], "Ein anderer Satz steht hier."])
    more = dubber.dubbed(recording_id, title="Three")
    assert len(vendor.received) == len(lines) + 1
    assert more - again == pytest.approx(1.31 * lengths[-1] / 60_000, abs=0.011)

    assert objects(user)
    user.send("DELETE", f"/transcriptions/{recording_id}", None, status=204)
    assert not objects(user)


@pytest.mark.slow
def test_another_voice_says_a_line_anew(dubber: Dubber) -> None:
    user, vendor = dubber.user, dubber.vendor
    recording_id = uploaded(user, recording(FOUR_SECONDS))
    translated(user, recording_id, "de", "Ein kurzer Satz hier.")
    for voice in ("nova", "alloy", "nova"):
        dubber.dubbed(recording_id, voice={"provider": "openai", "voice": voice})
    assert [request.json["voice"] for request in vendor.received] == ["nova", "alloy"]


@pytest.mark.slow
def test_only_segments_that_look_otherwise_are_drawn_again(
    user: ApiUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(canvas._SIZES, "16:9", SMALL)
    monkeypatch.setattr(segments, "SEGMENT_S", 2)
    recording_id = uploaded(user, recording(TEN_SECONDS))
    plan = planned(user, recording_id, captions="none")
    scene = plan["storyboard"]["scenes"][0]
    end_ms, card = scene["end_ms"], {"kind": "card", "card": {"large": "The beginning"}}
    others = {each["id"]: None for each in plan["storyboard"]["scenes"][1:]}
    halves = {
        "s1": {"end_ms": 5_000, "picture": card},
        "s90": {"start_ms": 5_000, "end_ms": plan["storyboard"]["to_ms"], "picture": card},
    }
    plan = patched(user, plan, chapters=None, scenes={**others, **halves})
    assert end_ms > 5_000

    def drawn(revision: int) -> set[str]:
        body = {"revision": revision}
        user.send("POST", f"/videos/{plan['id']}/render", body, status=202)
        user.harness.work()
        assert user.get(f"/videos/{plan['id']}")["rendered_revision"] == revision
        return set(objects(user)) - others_pieces - known

    others_pieces = set(objects(user))
    known: set[str] = set()
    known |= (first := drawn(plan["revision"]))
    assert len(first) == 5
    changed = {"s90": {"picture": {"kind": "card", "card": {"large": "The end"}}}}
    plan = patched(user, plan, scenes=changed)
    known |= (second := drawn(plan["revision"]))
    assert len(second) == 3  # the change comes in the middle of the third

    plan = patched(user, plan, sound={"lufs": -20})  # not seen
    assert drawn(plan["revision"]) == set()
    pieces.remove_unused(user.harness.runtime)
    assert set(objects(user)) >= known
    long_ago = now() - pieces.SEGMENTS_KEPT_FOR - timedelta(hours=1)
    with user.harness.runtime.database.write() as session:
        session.execute(
            update(VideoPiece).where(VideoPiece.user_id == user.account.id).values(used_at=long_ago)
        )
    pieces.remove_unused(user.harness.runtime)
    assert not set(objects(user)) & known


@pytest.mark.slow
def test_each_speaker_has_a_voice_of_their_own(dubber: Dubber, tmp_path: Path) -> None:
    user, vendor = dubber.user, dubber.vendor
    call = tmp_path / "call.wav"
    reader, other = cities(0, 6), other_voice()[: 4 * RATE]
    left = np.concatenate([reader, silence(4.5)])
    right = np.concatenate([silence(6.5), other])
    call.write_bytes(wav(left, right))
    recording_id = uploaded(user, call, diarize="true")
    spoken = user.recording(recording_id)["segments"]
    assert {segment["speaker"] for segment in spoken} == {"S1", "S2"}
    lines = [f"Ein Satz, Nummer {number}." for number in range(len(spoken))]
    translated(user, recording_id, "de", lines)
    body = {"transcription_id": recording_id, "preset": "dubbed", "translation": "de"}
    board = user.send("POST", "/videos/plan", body, status=201)["storyboard"]
    voices = {who: voice["voice"] for who, voice in board["sound"]["voices"].items()}
    assert len(set(voices.values())) == 2
    assert voices["S1"] == board["sound"]["voice"]["voice"]  # who speaks most has the first

    stranger = {**body, "voices": {"Nobody": "nova"}}
    assert user.send("POST", "/videos/plan", stranger, status=422)["code"] == "unknown_speaker"
    dubber.dubbed(recording_id, voices={"Speaker 2": "onyx"})
    said = {request.json["input"]: request.json["voice"] for request in vendor.received}
    for segment, line in zip(spoken, lines, strict=True):
        assert said[line] == ("onyx" if segment["speaker"] == "S2" else voices["S1"])
