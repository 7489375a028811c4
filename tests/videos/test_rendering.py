"""Videos through the API: order, play, charge; refuse, cancel and delete."""

import threading
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from mp4totext.credits import ledger
from mp4totext.media.produced import facts_of
from mp4totext.videos import operations, segments
from tests.support.ffmpeg import decoded, ffmpeg
from tests.support.filmed import (
    filmed,
    flashes_and_beeps,
    loudness_of,
    pictures_of,
    warnings_of,
)
from tests.support.in_process_service import TEN_SECONDS, ApiUser, recording
from tests.support.waiting import until

FRAME_MS = 1_000 / 30


def uploaded(user: ApiUser, file: Path, **options: str) -> str:
    accepted = user.upload(file, language="en", **options)
    assert accepted.status_code == 202, accepted.text
    user.harness.work()
    return str(accepted.json()["id"])


def requested(user: ApiUser, recording_id: str, status: int = 202, **body: Any) -> Any:
    return user.send("POST", f"/transcriptions/{recording_id}/videos", body, status=status)


def rendered(user: ApiUser, recording_id: str, **body: Any) -> dict[str, Any]:
    accepted = requested(user, recording_id, **body)
    user.harness.work()
    video: dict[str, Any] = user.get(f"/transcriptions/{recording_id}/videos/{accepted['id']}")
    assert video["status"] == "succeeded", video
    return video


def file_of(user: ApiUser, video: dict[str, Any], folder: Path) -> Path:
    """Fetched by its link, which needs no token."""
    answer = user.harness.client.get(video["video_url"])
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "video/mp4"
    path = folder / "made.mp4"
    path.write_bytes(answer.content)
    return path


@pytest.fixture(scope="module")
def speech_on_black(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filmed(tmp_path_factory.mktemp("filmed") / "talk.mp4", recording(TEN_SECONDS))


def test_every_word_lights_up_within_a_frame_of_its_time(
    user: ApiUser, speech_on_black: Path, tmp_path: Path
) -> None:
    recording_id = uploaded(user, speech_on_black)
    path = file_of(user, rendered(user, recording_id, preset="captioned"), tmp_path)
    spoken = user.recording(recording_id, words=True)["segments"]
    starts = [word["start_ms"] for segment in spoken for word in segment["words"]]
    assert len(starts) > 10
    seen = pictures_of(path, width=320, height=180, scaled=True).astype(int)
    yellow = (seen[..., 0] > 150) & (seen[..., 2] < 140) & (seen[..., 1] > 120)
    lit = [frozenset(np.flatnonzero(frame.any(axis=0)).tolist()) for frame in yellow]
    changes = [n for n in range(1, len(lit)) if lit[n] and lit[n] != lit[n - 1]]
    for start in starts:
        nearest = min(changes, key=lambda n: abs(n * FRAME_MS - start))
        assert abs(nearest * FRAME_MS - start) <= FRAME_MS, (start, nearest)


def test_the_file_is_exactly_as_long_as_the_recording_and_plays_without_a_warning(
    user: ApiUser, speech_on_black: Path, tmp_path: Path
) -> None:
    recording_id = uploaded(user, speech_on_black)
    video = rendered(user, recording_id, preset="captioned")
    path = file_of(user, video, tmp_path)
    facts = facts_of(path)
    duration_ms = user.recording(recording_id)["duration_ms"]
    assert facts.frames == round(duration_ms * 30 / 1_000)
    assert facts.steady
    assert abs(facts.video_ms - facts.audio_ms) < FRAME_MS
    assert warnings_of(path) == ""
    assert abs(loudness_of(path) + 16) <= 0.6
    assert (video["width"], video["height"], video["size_bytes"]) == (
        1280,
        720,
        path.stat().st_size,
    )
    assert user.harness.client.get(video["thumbnail_url"]).content.startswith(b"\xff\xd8")


@pytest.mark.slow
@pytest.mark.parametrize("late_s", [0, 30.5])
def test_picture_and_sound_stay_together(user: ApiUser, tmp_path: Path, late_s: float) -> None:
    """Also across the borders of segments, and on a recorder's clock that does not begin at 0."""
    at = (1, 11, 12, 13, 24)
    source = flashes_and_beeps(tmp_path / "sync.mkv", seconds=26, at=at, late_s=late_s)
    video = rendered(user, uploaded(user, source), preset="captioned")
    path = file_of(user, video, tmp_path)
    light = pictures_of(path, width=320, height=180, scaled=True).mean(axis=(1, 2, 3))
    sound = np.abs(decoded(path, channels=2)[0])
    for second in at:
        near = light[(second * 30 - 10) : (second * 30 + 15)] > 100
        flash_ms = (second * 30 - 10 + int(np.argmax(near))) * FRAME_MS
        heard = sound[(second * 16_000 - 4_000) : (second * 16_000 + 6_000)] > 0.05
        beep_ms = second * 1_000 - 250 + int(np.argmax(heard)) / 16
        assert near.any()
        assert heard.any()
        assert abs(flash_ms - beep_ms) <= FRAME_MS, (second, flash_ms, beep_ms)


@pytest.mark.slow
def test_an_audiogram_lights_the_wave_up_to_what_is_heard(user: ApiUser, tmp_path: Path) -> None:
    recording_id = uploaded(user, recording(TEN_SECONDS))
    video = rendered(user, recording_id, preset="audiogram", captions="none", title="", seed=7)
    assert (video["width"], video["height"]) == (1080, 1080)
    path = file_of(user, video, tmp_path)
    ffmpeg("-i", path, "-vf", "select='eq(n,30)+eq(n,150)+eq(n,270)'", tmp_path / "three.mkv")
    seen = pictures_of(tmp_path / "three.mkv", width=1080, height=1080).astype(int)
    yellow = (seen[..., 0] > 200) & (seen[..., 1] > 160) & (seen[..., 2] < 140)
    ends = [int(np.flatnonzero(frame.any(axis=0)).max()) for frame in yellow]
    length_ms = video["duration_ms"]
    for end, frame in zip(ends, (30, 150, 270), strict=True):
        expected = 108 + 864 * frame * FRAME_MS / length_ms
        assert abs(end - expected) < 30


@pytest.mark.slow
def test_a_clip_is_the_stretch_in_an_upright_frame(
    user: ApiUser, speech_on_black: Path, tmp_path: Path
) -> None:
    recording_id = uploaded(user, speech_on_black)
    video = rendered(user, recording_id, preset="clip", from_ms=2_000, to_ms=8_000)
    facts = facts_of(file_of(user, video, tmp_path))
    assert (facts.width, facts.height, facts.frames) == (1080, 1920, 180)


def test_a_video_is_paid_when_it_is_made_and_only_once(
    user: ApiUser, speech_on_black: Path
) -> None:
    recording_id = uploaded(user, speech_on_black)
    before = user.balance["available"]
    body = {"preset": "clip", "from_ms": 2_000, "to_ms": 8_000}
    path = f"/transcriptions/{recording_id}/videos"
    key = {"Idempotency-Key": "one"}
    accepted = user.send("POST", path, body, status=202, **key)
    assert accepted["held"] == 2.0
    assert user.send("POST", path, body, status=202, **key) == accepted
    assert user.balance["available"] == before - 2.0
    user.harness.work()
    after = user.balance
    assert after["available"] == after["balance"] == before - 2.0
    listed = user.get(path)["items"]
    assert [video["id"] for video in listed] == [accepted["id"]]
    job = user.get(f"/jobs/{accepted['task_id']}")
    assert job["progress"]["unit"] == "frames"
    user.send("DELETE", f"{path}/{accepted['id']}", None, status=204)
    events = [event.body for event in user.events("video")]
    assert events == [
        {"video_id": accepted["id"], "transcription_id": recording_id, "change": change}
        for change in ("ready", "deleted")
    ]


def test_a_video_that_fails_costs_nothing(user: ApiUser, speech_on_black: Path) -> None:
    recording_id = uploaded(user, speech_on_black)
    before = user.balance["available"]
    accepted = requested(user, recording_id, preset="captioned")
    user.harness.runtime.storage.delete_prefix(f"recordings/{recording_id}")
    user.harness.work()
    video = user.get(f"/transcriptions/{recording_id}/videos/{accepted['id']}")
    assert video["status"] == "failed"
    assert video["error"]
    assert video["video_url"] is None
    assert user.balance["available"] == user.balance["balance"] == before


def test_what_cannot_be_made_is_refused_before_anything_is_held(user: ApiUser) -> None:
    recording_id = uploaded(user, recording(TEN_SECONDS))
    before = user.balance
    refused = requested(user, recording_id, 422, preset="clip", from_ms=0, to_ms=2_000)
    assert refused["code"] == "bad_stretch"
    assert requested(user, "trn_" + "0" * 26, 404, preset="captioned")
    assert requested(user, recording_id, 422, preset="musical")["code"] == "invalid"
    assert user.balance == before


def test_a_video_that_cannot_be_paid_leaves_nothing(user: ApiUser) -> None:
    recording_id = uploaded(user, recording(TEN_SECONDS))
    with user.harness.runtime.database.write() as session:
        here = ledger.balance(session, user.account.id)
        one_credit = 1_000_000 - here.balance_uc
        ledger.grant(
            session, user_id=user.account.id, amount_uc=one_credit, key="one", reason="test"
        )
    before = user.balance, user.harness.files()
    assert requested(user, recording_id, 402, preset="captioned")["code"] == "insufficient_credits"
    body = {"transcription_id": recording_id, "preset": "slideshow"}
    assert user.send("POST", "/videos/generate", body, status=402)
    assert (user.balance, user.harness.files()) == before
    assert user.get(f"/transcriptions/{recording_id}/videos")["items"] == []


@pytest.mark.slow
def test_a_cancelled_video_ends_within_seconds_and_can_be_made_after_all(
    user: ApiUser, tmp_path: Path
) -> None:
    """Its first segment is known to be done, but was swept away: it is made again."""
    tone = tmp_path / "long.flac"
    ffmpeg("-f", "lavfi", "-i", "sine=frequency=300:duration=26", tone)
    recording_id = uploaded(user, tone)
    before = user.balance["available"]
    accepted = requested(user, recording_id, preset="audiogram")
    job = f"/jobs/{accepted['task_id']}"
    working = threading.Thread(target=user.harness.work)
    working.start()

    def is_in_the_second_segment() -> bool:
        progress = user.get(job)["progress"]
        return bool(progress["unit"] == "frames" and progress["done"] > 400)

    until(is_in_the_second_segment)
    user.send("POST", f"{job}/cancel", {})
    working.join(5)
    assert not working.is_alive()
    assert not [p for p in psutil.Process().children(recursive=True) if "ffmpeg" in p.name()]
    assert user.balance["available"] == user.balance["balance"] == before
    operations.remove_parts(user.harness.runtime)
    assert not [name for name in user.harness.files() if accepted["id"] in name]
    user.send("POST", f"{job}/retry", {}, status=202)
    user.harness.work()
    video = user.get(f"/transcriptions/{recording_id}/videos/{accepted['id']}")
    assert (video["status"], video["duration_ms"]) == ("succeeded", 26_000)
    assert user.balance["available"] == pytest.approx(before - 8.75)


@pytest.mark.slow
def test_a_video_counts_as_storage_and_is_deleted_with_its_files_and_with_its_recording(
    user: ApiUser, speech_on_black: Path
) -> None:
    recording_id = uploaded(user, speech_on_black)
    before = user.get("/storage")["files"]
    first, second = (
        rendered(user, recording_id, preset="clip", from_ms=start, to_ms=start + 5_000)
        for start in (1_000, 3_000)
    )
    size = first["size_bytes"] + second["size_bytes"]
    assert user.get("/storage")["files"] == before + size
    path = f"/transcriptions/{recording_id}/videos/{first['id']}"
    user.send("DELETE", path, None, status=204)
    assert user.get("/storage")["files"] == before + second["size_bytes"]
    assert user.call("GET", path).status_code == 404
    assert user.harness.client.get(first["video_url"]).status_code == 404
    user.send("DELETE", f"/transcriptions/{recording_id}", None, status=204)
    assert user.harness.client.get(second["video_url"]).status_code == 404
    assert not [
        name
        for name in user.harness.files()
        if "videos/" in name and (first["id"] in name or second["id"] in name)
    ]


@pytest.mark.slow
def test_a_slideshow_of_a_film_shows_its_frames_and_costs_each(
    user: ApiUser, tmp_path: Path
) -> None:
    film = filmed(
        tmp_path / "film.mp4", recording(TEN_SECONDS), picture="testsrc=size=320x180:rate=25"
    )
    recording_id = uploaded(user, film)
    before = user.balance["available"]
    video = rendered(user, recording_id, preset="slideshow")
    frames = [scene["picture"]["kind"] for scene in video["storyboard"]["scenes"]]
    assert set(frames) == {"frame"}
    assert before - user.balance["available"] == pytest.approx(8.75 + 0.02 * len(frames))
    path = file_of(user, video, tmp_path)
    assert warnings_of(path) == ""
    assert (video["width"], video["height"]) == (1280, 720)
    seen = pictures_of(path, width=320, height=180, scaled=True)
    assert all(frame.std() > 40 for frame in seen)


@pytest.mark.slow
def test_a_slideshow_of_sound_is_cards_in_segments_that_join(
    user: ApiUser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "SEGMENT_S", 4)
    recording_id = uploaded(user, recording(TEN_SECONDS), title="Beckett")
    before = user.balance["available"]
    video = rendered(user, recording_id, preset="slideshow", to_ms=9_000, aspect="1:1")
    scenes = video["storyboard"]["scenes"]
    assert before - user.balance["available"] == pytest.approx(8.75 + 0.1 * len(scenes))
    path = file_of(user, video, tmp_path)
    facts = facts_of(path)
    assert (facts.frames, facts.steady, facts.width) == (270, True, 1080)
    seen = pictures_of(path, width=270, height=270, scaled=True)
    white = [(frame > 200).all(axis=2)[25:175].sum() for frame in (seen[45], seen[-45])]
    assert min(white) > 190  # the texts of cards
    steps = [np.abs(a.astype(int) - b).mean() for a, b in pairwise(seen[60:181])]
    assert max(steps) < 6  # across the border of two segments, no jump
