"""Music in videos: its length, its volume during speech, its owner."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import update

from mp4totext.media.backgrounds import Floats
from mp4totext.media.decode import AudioReader
from mp4totext.media.stereo import LISTENING_RATE
from mp4totext.transcriptions.models import Transcription
from mp4totext.videos.encoding import silence_of
from mp4totext.videos.files import kept_music_key
from mp4totext.videos.sound import music
from mp4totext.videos.storyboard import Music
from tests.support.ffmpeg import decoded, ffmpeg
from tests.support.filmed import filmed, loudness_of, warnings_of
from tests.support.in_process_service import FOUR_SECONDS, TEN_SECONDS, ApiUser, recording
from tests.videos.test_rendering import file_of, rendered, requested, uploaded

HZ = 880
MEDIA_ID = "trn_" + 26 * "0"
SPEECH = 0.1


def tone(path: Path, *, seconds: float, volume: float = 1.0) -> Path:
    source = f"sine=frequency={HZ}:duration={seconds}:sample_rate=48000,volume={volume}"
    ffmpeg("-f", "lavfi", "-i", source, "-ac", 2, path)
    return path


def decibels(samples: Floats, rate: int, from_s: float, to_s: float) -> float:
    """The level of the tone alone."""
    part = samples[int(from_s * rate) : int(to_s * rate)]
    turned = part * np.exp(-2j * np.pi * HZ * np.arange(len(part)) / rate)
    return float(20 * np.log10(2 * abs(turned.mean()) / np.sqrt(2) + 1e-9))


def played(path: Path, *, length_ms: int, spans: list[tuple[int, int]], **levels: float) -> Floats:
    with AudioReader(path) as player:
        blocks = music.mixed(
            silence_of(from_ms=0, to_ms=length_ms),
            player,
            Music(media_id=MEDIA_ID, **levels),
            spans=spans,
            speech=SPEECH,
            length_ms=length_ms,
        )
        return np.concatenate(list(blocks), axis=1)


@pytest.mark.parametrize("volume", [1.0, 0.05])
def test_music_is_set_below_the_speech_however_loud_it_is(tmp_path: Path, volume: float) -> None:
    path = tone(tmp_path / "music.wav", seconds=30, volume=volume)
    left = played(path, length_ms=24_000, spans=[(8_000, 10_000), (10_500, 12_000)])[0]
    assert left.shape == (24 * LISTENING_RATE,)

    def level(from_s: float, to_s: float) -> float:
        return decibels(left, LISTENING_RATE, from_s, to_s)

    assert level(2, 7.7) == pytest.approx(-30, abs=0.3)  # 10 dB below a speech of -20
    assert level(8, 12) == pytest.approx(-40, abs=0.3)  # the pause is too short to rise
    assert -40 < level(7.8, 7.95) < -30
    assert -40 < level(12.1, 12.3) < -30
    assert level(12.5, 21.9) == pytest.approx(-30, abs=0.3)
    assert level(23.8, 24) < -45
    chosen = played(path, length_ms=6_000, spans=[], under_speech_db=-30, alone_db=0)[0]
    assert decibels(chosen, LISTENING_RATE, 1, 4) == pytest.approx(-20, abs=0.3)


def test_short_music_is_repeated_and_fades_before_it_begins_again(tmp_path: Path) -> None:
    path = tone(tmp_path / "music.wav", seconds=5)
    left = played(path, length_ms=23_000, spans=[])[0]
    for begins in (0, 5, 10, 15):
        middle = decibels(left, LISTENING_RATE, begins + 1, begins + 3)
        assert middle == pytest.approx(-30, abs=1.5)
        assert decibels(left, LISTENING_RATE, begins + 4.9, begins + 5) < middle - 15
    assert np.abs(np.diff(left)).max() < 0.02  # no click


def test_silent_music_stays_silent(tmp_path: Path) -> None:
    path = tone(tmp_path / "music.wav", seconds=5, volume=0)
    assert not played(path, length_ms=9_000, spans=[]).any()


@pytest.fixture(scope="module")
def talk_and_pause(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filmed")
    ffmpeg("-i", recording(TEN_SECONDS), "-af", "apad=pad_dur=6", folder / "talk.wav")
    return filmed(folder / "talk.mp4", folder / "talk.wav")


@pytest.mark.slow
def test_a_video_plays_music_below_its_words_and_is_the_same_every_time(
    user: ApiUser, talk_and_pause: Path, tmp_path: Path
) -> None:
    recording_id = uploaded(user, talk_and_pause)
    media_id = uploaded(user, tone(tmp_path / "music.wav", seconds=9))
    body: dict[str, Any] = {"preset": "captioned", "music": {"media_id": media_id}}
    video = rendered(user, recording_id, **body)
    assert video["sha256"] == rendered(user, recording_id, **body)["sha256"]
    path = file_of(user, video, tmp_path)
    assert warnings_of(path) == ""
    assert abs(loudness_of(path) + 16) <= 0.5
    words = [
        word
        for segment in user.recording(recording_id, words=True)["segments"]
        for word in segment["words"]
    ]
    ends_s = words[-1]["end_ms"] / 1_000
    heard = decoded(path, channels=2)[0]
    # 0.5 to 6.5 of the music without its fade.
    under = decibels(heard, 16_000, 1, 5)
    alone = decibels(heard, 16_000, ends_s + 1, ends_s + 3)
    assert 8.5 < alone - under < 11.5
    plain = file_of(user, rendered(user, recording_id, preset="captioned"), tmp_path)
    assert decibels(decoded(plain, channels=2)[0], 16_000, ends_s + 1, ends_s + 3) < alone - 20


@pytest.mark.slow
def test_music_that_is_deleted_while_a_video_waits_is_kept_for_it(
    user: ApiUser, talk_and_pause: Path, tmp_path: Path
) -> None:
    recording_id = uploaded(user, talk_and_pause)
    media_id = uploaded(user, tone(tmp_path / "music.wav", seconds=9))
    body: dict[str, Any] = {
        "preset": "captioned",
        "sound": "silent",
        "music": {"media_id": media_id},
    }
    accepted = requested(user, recording_id, **body)
    user.send("DELETE", f"/transcriptions/{media_id}", None, status=204)
    assert f"media/{kept_music_key(accepted['id'])}" in user.harness.files()
    user.harness.work()
    video = user.get(f"/videos/{accepted['id']}")
    assert video["status"] == "succeeded", video["error"]
    path = file_of(user, video, tmp_path)
    assert abs(loudness_of(path) + 16) <= 0.5
    answer = user.call("POST", f"/transcriptions/{recording_id}/videos", json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "transcription_not_found")


def test_only_stored_recordings_of_the_account_are_music(
    user: ApiUser, talk_and_pause: Path
) -> None:
    recording_id = uploaded(user, talk_and_pause)
    stranger = user.harness.new_user()
    others = uploaded(stranger, recording(TEN_SECONDS))
    body = {"transcription_id": recording_id, "preset": "captioned"}
    plan = user.send("POST", "/videos/plan", body, status=201)
    for media_id, status in (("song.mp3", 422), (MEDIA_ID, 404), (others, 404)):
        chosen = {"media_id": media_id}
        user.send("POST", "/videos/plan", {**body, "music": chosen}, status=status)
        requested(user, recording_id, status, preset="captioned", music=chosen)
        change = {"revision": 1, "storyboard": {"sound": {"music": chosen}}}
        user.send("PATCH", f"/videos/{plan['id']}/plan", change, status=status)
    waiting = uploaded(user, recording(FOUR_SECONDS))
    with user.harness.runtime.database.write() as session:  # as before a download has arrived
        row = update(Transcription).where(Transcription.id == waiting)
        session.execute(row.values(media_key=None))
    refused = requested(user, recording_id, 409, preset="captioned", music={"media_id": waiting})
    assert refused["code"] == "no_recording"
    assert user.harness.rows(user.account)["holds"] == 0
