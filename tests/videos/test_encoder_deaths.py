"""An encoder that is killed, or that finds the disk full: its job waits and is paid once.

``jobs/test_runner`` shows when such a job is tried no more.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from mp4totext.jobs.models import Job, JobState
from mp4totext.kit.clock import now
from mp4totext.media import ffmpeg
from tests.support.in_process_service import FOUR_SECONDS, ApiUser, recording
from tests.videos.test_rendering import requested, uploaded

ENCODES = {"a segment": "mpegts", "the sound": "sound.flac", "the whole": "concat"}
DIES = {
    "killed": ("kill -9 $$", "out_of_memory"),
    "full": ("echo No space left on device >&2; exit 1", "worker_disk_full"),
}


@pytest.fixture
def encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """FFmpeg that ends so in calls that have these words; it lives again without its file."""
    own = ffmpeg.program()

    def dying(words: str, how: str) -> Path:
        program, ill = tmp_path / "ffmpeg", tmp_path / "ill"
        ill.touch()
        program.write_text(
            f'#!/bin/sh\nif [ -e "{ill}" ]; then case "$*" in *{words}*) {how};; esac; fi\n'
            f'exec "{own}" "$@"\n'
        )
        program.chmod(0o755)
        monkeypatch.setattr(ffmpeg, "program", lambda: str(program))
        return ill

    return dying


def tried(user: ApiUser, job_id: str) -> Job:
    """The job after one more try."""
    with user.harness.runtime.database.write() as session:
        session.get_one(Job, job_id).not_before = now()
    user.harness.work()
    with user.harness.runtime.database.read() as session:
        return session.get_one(Job, job_id)


@pytest.mark.parametrize("how", DIES)
@pytest.mark.parametrize(
    "what", [pytest.param(w, marks=[pytest.mark.slow] * (w != "a segment")) for w in ENCODES]
)
def test_the_video_waits_with_its_hold_and_is_made_and_paid_once_it_can_be(
    user: ApiUser, encoder: Callable[[str, str], Path], what: str, how: str
) -> None:
    recording_id = uploaded(user, recording(FOUR_SECONDS))
    before = user.balance["available"]
    command, code = DIES[how]
    ill = encoder(ENCODES[what], command)
    accepted = requested(user, recording_id, preset="audiogram")
    held = user.balance["held"]
    for _ in range(2):
        job = tried(user, accepted["task_id"])
        assert (job.state, job.error_code) == (JobState.QUEUED, code)
        assert user.balance["held"] == held
    ill.unlink()
    assert tried(user, accepted["task_id"]).state == JobState.SUCCEEDED
    assert (user.balance["held"], user.balance["available"]) == (0, before - held)
