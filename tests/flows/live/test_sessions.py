"""Spoken into a socket: words come back while it goes on, and a transcript stays."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import update

from mp4totext.auth.identity import authenticate
from mp4totext.jobs import sweeper
from mp4totext.jobs.models import Job
from mp4totext.kit.clock import now
from mp4totext.live import service as live
from mp4totext.live.errors import NoLiveWorker
from mp4totext.live.schemas import Start
from mp4totext.runtime import Runtime
from mp4totext.settings import LiveSettings
from mp4totext.transcript import Transcript, problems
from mp4totext.transcriptions import queries, versions
from mp4totext.transcriptions.models import Transcription
from tests.flows.live.conftest import made_world
from tests.support.in_process_service import ApiUser, Harness, until
from tests.support.live_audio import BECKETT, END, START, opus, pcm, spoken
from tests.support.live_speaker import live_worker, run_session, speaking, stored_rows
from tests.support.recordings import RATE


@pytest.mark.usefixtures("worker")
def test_words_come_while_it_is_spoken_and_a_recording_like_any_other_stays(
    harness: Harness, user: ApiUser
) -> None:
    sound = pcm(spoken())
    with speaking(user, **START, title="Beckett") as speaker:
        session = speaker.wait_for("session")
        assert (session["state"], session["received_bytes"]) == ("running", 0)
        speaker.send_sound(sound[:48_000])
        first = speaker.wait_for("live_partial")
        assert first["text"].startswith("Ever")
        speaker.send_sound(sound[48_000:])
        speaker.send_json(END)
        assert speaker.read_to_close() == 1000
    assert speaker.messages("received")[-1]["bytes"] == len(sound)
    assert speaker.messages("live_end")[0]["reason"] == "ended"
    finals = speaker.messages("live_final")
    assert [f["words"][0]["text"] for f in finals][:1] == ["Ever"]
    assert all(a["end_ms"] <= b["start_ms"] for a, b in pairwise(finals))
    seqs = [message["seq"] for message in speaker.received if "seq" in message]
    assert seqs == sorted(seqs)

    kept = user.recording(session["session"])
    assert (kept["title"], kept["status"], kept["duration_ms"]) == ("Beckett", "succeeded", 9_960)
    assert kept["text"] == BECKETT
    job = user.get(f"/jobs/{session['job_id']}")
    assert (job["operation"], job["queue"], job["charged"]) == ("live", "live", 0.17)
    assert [row["amount"] for row in user.get("/credits/history")["items"]] == [-0.17, 0, 100]
    assert session["session"] in [row["id"] for row in user.get("/transcriptions")["items"]]
    media = user.call("GET", f"/transcriptions/{kept['id']}/media")
    assert (media.status_code, media.headers["content-type"]) == (200, "audio/flac")
    captions = user.call("GET", f"/transcriptions/{kept['id']}/export", params={"format": "srt"})
    assert "-->" in captions.text
    live.remove_ended(harness.runtime)
    assert stored_rows(harness, kept["id"]) == {"sessions": 0, "chunks": 0}


def both_runs(harness: Harness, user: ApiUser, session: str) -> tuple[Transcript, Transcript]:
    """The live transcript, and that of a new run of its recording."""
    user.send("POST", f"/transcriptions/{session}/rerun", {}, status=202)
    until(lambda: user.recording(session)["version"] == 2, within_s=30)
    with harness.runtime.database.read() as database:
        transcription = database.get_one(Transcription, session)
        first, second = (
            versions.transcript_of(queries.version(database, transcription, number))
            for number in (1, 2)
        )
    return first, second


@pytest.mark.usefixtures("worker")
def test_its_transcript_is_what_a_new_run_of_its_recording_gives(
    harness: Harness, user: ApiUser
) -> None:
    with speaking(user, **START) as speaker:
        session = run_session(speaker, pcm(spoken()), piece=7_777)  # pieces end within a sample
    first, second = both_runs(harness, user, session)
    assert problems(first) == []
    assert first == second


@pytest.mark.usefixtures("worker")
def test_so_is_that_of_a_session_of_several_windows(harness: Harness, user: ApiUser) -> None:
    pause = np.zeros(42 * RATE, np.float32)
    sound = np.concatenate([part for _ in range(3) for part in (pause, spoken(3))])
    with speaking(user, **START, format="webm_opus") as speaker:
        session = run_session(speaker, opus(sound, "webm"), piece=100_000)
    first, second = both_runs(harness, user, session)
    assert first.duration_ms > 120_000
    assert first.text.count("Ever tried") == 3
    assert problems(first) == []
    assert first == second


@pytest.mark.parametrize("container", ["ogg", "webm"])
@pytest.mark.usefixtures("worker")
def test_opus_as_a_browser_records_it(user: ApiUser, container: str) -> None:
    with speaking(user, **START, format=f"{container}_opus") as speaker:
        session = run_session(speaker, opus(spoken(), container))
    kept = user.recording(session)
    assert 9_900 <= kept["duration_ms"] <= 10_000
    assert kept["text"] == BECKETT


@pytest.mark.usefixtures("worker")
def test_a_cut_connection_goes_on_where_it_was(harness: Harness, user: ApiUser) -> None:
    sound = pcm(spoken())
    with speaking(user, **START) as speaker:
        session = speaker.wait_for("session")["session"]
        speaker.send_sound(sound[:160_000])
        seen = speaker.wait_for("live_final")["seq"]
    with speaking(user, type="resume", session=session, since=seen, sent_bytes=170_000) as again:
        here = again.wait_for("session")
        assert 0 < here["received_bytes"] <= 160_000
        again.send_sound(sound[here["received_bytes"] :])
        again.send_json(END)
        assert again.read_to_close() == 1000
    assert all(message["seq"] > seen for message in again.received if "at" in message)
    finals = speaker.messages("live_final") + again.messages("live_final")
    starts = [final["start_ms"] for final in finals]
    assert starts == sorted(set(starts))
    assert user.recording(session)["duration_ms"] == 9_960
    assert user.balance["available"] == 99.83
    # Who comes after the end is told all the same, and how it ended.
    with speaking(user, type="resume", session=session, since=seen) as late:
        assert late.wait_for("session")["received_bytes"] is None
        assert late.read_to_close() == 1000
        assert late.text == again.text
    with speaking(user, type="resume", session=session, since=10**6) as later:
        assert later.wait_for("session")["state"] == "succeeded"
        assert later.read_to_close() == 1000


@pytest.mark.usefixtures("worker")
def test_the_connection_that_comes_last_has_the_session(user: ApiUser) -> None:
    sound = pcm(spoken(2))
    with speaking(user, **START) as first:
        session = first.wait_for("session")["session"]
        first.send_sound(sound[:16_000])
        first.wait_for("received")
        with speaking(user, type="resume", session=session) as second:
            at = second.wait_for("session")["received_bytes"]
            first.send_sound(b"\0\0")
            assert first.wait_for("error")["code"] == "replaced"
            assert first.read_to_close() == 4409
            second.send_sound(sound[at:])
            second.send_json(END)
            assert second.read_to_close() == 1000


@pytest.mark.usefixtures("worker")
def test_a_worker_that_dies_is_replaced_and_says_nothing_twice(
    harness: Harness, user: ApiUser
) -> None:
    sound = pcm(spoken())
    with speaking(user, **START) as speaker:
        session = speaker.wait_for("session")
        speaker.send_sound(sound[:160_000])
        speaker.wait_for("live_final")
        with harness.runtime.database.write() as database:
            database.execute(
                update(Job)
                .where(Job.id == session["job_id"])
                .values(lease_until=now().replace(year=2020))
            )
        sweeper.sweep(harness.runtime)  # which believes it dead
        speaker.send_sound(sound[160_000:])
        with live_worker(harness):  # another one: the first may not have noticed yet
            speaker.send_json(END)
            assert speaker.read_to_close() == 1000
    job = user.get(f"/jobs/{session['job_id']}")
    assert job["attempt"] == 3  # handed over: the sweep fences the dead one out, the claim counts
    starts = [final["start_ms"] for final in speaker.messages("live_final")]
    assert starts == sorted(set(starts))
    assert user.recording(session["session"])["duration_ms"] == 9_960
    assert job["charged"] == 0.17


def test_a_session_ends_by_itself_when_it_is_silent_or_long(
    empty_database: Path, models_dir: Path, tmp_path: Path
) -> None:
    limits = {"live_idle_s": 1, "live_max_s": 60}
    with (
        made_world(tmp_path, empty_database, models_dir, **limits) as harness,
        live_worker(harness),
    ):
        user = harness.new_user()
        with speaking(user, **START) as speaker:
            speaker.wait_for("session")
            speaker.send_sound(pcm(spoken(2)))
            assert speaker.read_to_close() == 1000
        assert speaker.messages("live_end")[0]["reason"] == "idle"
        assert "No sound came for 1 seconds" in speaker.messages("job_complete")[0]["warnings"][0]
        with speaking(user, **START) as speaker:
            speaker.wait_for("session")
            speaker.send_sound(pcm(spoken(2)) + bytes(2 * 60 * 16_000), piece=500_000)
            assert speaker.read_to_close() == 1000
        end = speaker.messages("live_end")[0]
        assert (end["reason"], end["duration_ms"]) == ("max_length", 60_000)
        assert user.balance["available"] == 98.97


def test_a_service_may_offer_none(harness: Harness, user: ApiUser) -> None:
    none = LiveSettings(live_sessions=0)
    runtime = Runtime(harness.runtime.settings.model_copy(update={"live": none}))
    user = authenticate(runtime, user.account.access_token)
    with pytest.raises(NoLiveWorker, match="LIVE_SESSIONS is 0"):
        live.start(runtime, user, Start.model_validate(START), request_id=None)
    runtime.close()
