"""Renditions, made once and on request: peaks, a playable file, a poster."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mp4totext.media.decode import AudioReader
from mp4totext.media.samples import SAMPLE_RATE, Samples
from mp4totext.transcriptions.renditions.operations import MAKE_RENDITIONS
from tests.support import hard_recordings, odd_bytes
from tests.support.account_steps import problem
from tests.support.ffmpeg import ffmpeg
from tests.support.in_process_service import FOUR_SECONDS, ApiUser, recording
from tests.support.media_files import chirps, write_cut, write_video, write_wav
from tests.support.media_matrix import differences


def paths(transcription_id: str) -> dict[str, str]:
    names = ("renditions", "peaks", "playback", "poster")
    return {name: f"/transcriptions/{transcription_id}/{name}" for name in names}


def uploaded(user: ApiUser, file: Path) -> str:
    """Accepted, and nothing has worked on it."""
    accepted = user.upload(file, language="en")
    assert accepted.status_code == 202, accepted.text
    return str(accepted.json()["id"])


def made(user: ApiUser, transcription_id: str) -> Any:
    path = paths(transcription_id)["renditions"]
    started = user.send("POST", path, None, status=202)
    assert started["ready"] is False
    assert started["job_id"]
    user.harness.work()
    done = user.get(path)
    assert done["ready"] is True
    return done


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return write_video(tmp_path / "talk.mp4", chirps(2))


def test_a_recording_that_browsers_play_is_played_as_it_is(user: ApiUser) -> None:
    transcription_id = uploaded(user, recording(FOUR_SECONDS))
    done = made(user, transcription_id)
    assert done["original_plays"] is True
    assert done["poster_url"] is None
    whole = user.call("GET", paths(transcription_id)["playback"])
    assert whole.content == recording(FOUR_SECONDS).read_bytes()
    assert user.harness.client.get(done["playback_url"]).content == whole.content
    problem(user.call("GET", paths(transcription_id)["poster"]), 404, "no_picture")


def test_of_a_video_that_none_plays_there_is_the_sound_and_a_picture(
    user: ApiUser, video: Path
) -> None:
    transcription_id = uploaded(user, video)
    before = user.call("GET", paths(transcription_id)["playback"])
    assert before.content == video.read_bytes()  # better than nothing while none was made
    done = made(user, transcription_id)
    assert done["original_plays"] is False
    assert done["playback_type"] == "audio/mp4"
    headers = {"Range": "bytes=4-7"}
    part = user.call("GET", paths(transcription_id)["playback"], headers=headers)
    assert (part.status_code, part.content) == (206, b"ftyp")
    picture = user.call("GET", paths(transcription_id)["poster"])
    assert picture.headers["content-type"] == "image/jpeg"
    assert picture.content.startswith(b"\xff\xd8")
    assert user.harness.client.get(done["poster_url"]).content == picture.content


def copy_of(user: ApiUser, file: Path, folder: Path, **options: str) -> tuple[Any, Samples]:
    """The recording, and what a browser plays of it."""
    accepted = user.upload(file, language="en", **options)
    assert accepted.status_code == 202, accepted.text
    transcription_id = str(accepted.json()["id"])
    assert made(user, transcription_id)["original_plays"] is False
    copy = folder / "copy.m4a"
    copy.write_bytes(user.call("GET", paths(transcription_id)["playback"]).content)
    with AudioReader(copy) as reader:
        heard = reader.read(0, reader.structure.length_ms)
    return user.recording(transcription_id), heard


def test_what_is_played_is_the_track_that_was_transcribed(user: ApiUser, tmp_path: Path) -> None:
    found, heard = copy_of(user, hard_recordings.silent_first_track(tmp_path), tmp_path)
    assert [(s["track"], s["signal"]) for s in found["sources"]][-1] == (2, 1)
    assert np.abs(heard).max() > 0.2
    peaks = user.call("GET", paths(found["id"])["peaks"]).content
    assert max(peaks) > 100


def test_a_track_that_was_asked_for_is_played(user: ApiUser, tmp_path: Path) -> None:
    film = hard_recordings.commentary_first(tmp_path)  # the commentary is 4 s of 10
    _, main = copy_of(user, film, tmp_path)
    accepted = user.upload(film, language="en", tracks="[1]")
    done = made(user, str(accepted.json()["id"]))
    assert done["original_plays"] is True
    assert np.abs(main[-3 * SAMPLE_RATE :]).max() > 0.1


def test_a_track_that_nobody_decodes_is_left_out(user: ApiUser, tmp_path: Path) -> None:
    _, heard = copy_of(user, hard_recordings.unknown_codec_first(tmp_path), tmp_path)
    assert np.abs(heard).max() > 0.2


def big_endian(folder: Path) -> Path:
    write_wav(folder / "voice.wav", chirps(3, SAMPLE_RATE))
    odd_bytes.big_endian(folder, folder / "a.wav")
    return folder / "a.wav"


def flv_of_late_tracks(folder: Path) -> Path:
    sound = write_wav(folder / "s.wav", chirps(3, SAMPLE_RATE))
    ffmpeg("-i", sound, "-ar", 44_100, "-c:a", "libmp3lame", folder / "a.flv")
    path = folder / "late.flv"
    path.write_bytes((folder / "a.flv").read_bytes() + sound.read_bytes())
    return path


@pytest.mark.parametrize(
    "make",
    [
        *(hard_recordings.joined_mp4, hard_recordings.wrapped_wav, hard_recordings.ts_restart),
        *(hard_recordings.chained_ogg, big_endian, flv_of_late_tracks),
        lambda folder: write_cut(folder / "a.m4a"),
    ],
)
def test_what_is_played_is_what_was_transcribed(
    user: ApiUser, tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    path = make(tmp_path)
    found, heard = copy_of(user, path, tmp_path)
    with AudioReader(path) as reader:
        expected = reader.read(0, reader.structure.length_ms)
    assert len(expected) / SAMPLE_RATE == pytest.approx(found["duration_ms"] / 1_000, abs=0.01)
    assert differences(expected[None], heard[None, : len(expected)]) == []


def test_peaks_are_a_byte_each_and_known_ones_are_not_sent_again(user: ApiUser) -> None:
    transcription_id = uploaded(user, recording(FOUR_SECONDS))
    path = paths(transcription_id)["peaks"]
    problem(user.call("GET", path), 404, "not_made")
    made(user, transcription_id)
    duration_ms = user.recording(transcription_id)["duration_ms"]
    whole = user.call("GET", path)
    assert whole.headers["content-type"] == "application/octet-stream"
    assert len(whole.content) == -(-duration_ms // 50)
    assert max(whole.content) > 60
    known = user.call("GET", path, headers={"If-None-Match": whole.headers["etag"]})
    assert known.status_code == 304
    few = user.call("GET", path, params={"buckets": 8}).content
    assert (len(few), max(few)) == (8, max(whole.content))
    part = user.call("GET", path, params={"from_ms": 1_000, "to_ms": 2_000}).content
    assert part == whole.content[20:40]
    assert user.call("GET", path, params={"from_ms": duration_ms * 9}).content == b""


def test_they_are_made_once_and_cost_nothing(user: ApiUser) -> None:
    transcription_id = uploaded(user, recording(FOUR_SECONDS))
    path = paths(transcription_id)["renditions"]
    first = user.send("POST", path, None, status=202)
    assert user.send("POST", path, None, status=202)["job_id"] == first["job_id"]
    user.harness.work()
    job = user.get(f"/jobs/{first['job_id']}")
    assert (job["state"], job["charged"], job["warnings"]) == ("succeeded", 0, [])
    again = user.send("POST", path, None, status=202)
    assert (again["ready"], again["job_id"]) == (True, None)


def test_another_persons_are_not_found(user: ApiUser, other_user: ApiUser) -> None:
    transcription_id = uploaded(user, recording(FOUR_SECONDS))
    for path in paths(transcription_id).values():
        problem(other_user.call("GET", path), 404, "transcription_not_found")
    problem(
        other_user.call("POST", paths(transcription_id)["renditions"]),
        404,
        "transcription_not_found",
    )


def test_a_deleted_recording_leaves_none(user: ApiUser, video: Path) -> None:
    transcription_id = uploaded(user, video)
    made(user, transcription_id)
    user.send("DELETE", f"/transcriptions/{transcription_id}", None, status=204)
    assert not [name for name in user.harness.files() if transcription_id in name]
    assert user.harness.rows(user.account)["transcriptions"] == 0


def test_what_was_lost_from_the_storage_is_said_to_be_gone(user: ApiUser) -> None:
    transcription_id = uploaded(user, recording(FOUR_SECONDS))
    made(user, transcription_id)
    storage = user.harness.runtime.storage
    storage.delete_prefix(f"recordings/{transcription_id}")
    problem(user.call("GET", paths(transcription_id)["peaks"]), 404, "not_made")


def test_a_longer_recording_has_more_time() -> None:
    short, long = (
        MAKE_RENDITIONS.time_limit_s(
            MAKE_RENDITIONS.params.model_validate(
                {"recording": {"duration_ms": duration_ms}, "has_video": False}
            )
        )
        for duration_ms in (1_000, 36_000_000)
    )
    assert long - short > 3_600
