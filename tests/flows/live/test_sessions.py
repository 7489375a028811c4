"""Live sessions from start to end: words while audio arrives, then a recording."""

from dataclasses import replace
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
from mp4totext.operations import OPERATIONS
from mp4totext.runtime import Runtime
from mp4totext.settings import LiveSettings
from mp4totext.transcript import Transcript, Word, problems
from mp4totext.transcriptions import queries, versions
from mp4totext.transcriptions.models import Transcription
from tests.flows.live.conftest import live_service
from tests.support.in_process_service import ApiUser, Harness
from tests.support.live_audio import BECKETT, END, START, opus, pcm, spoken
from tests.support.live_client import connected, live_worker, run_session, stored_rows
from tests.support.recordings import RATE
from tests.support.waiting import until


@pytest.mark.usefixtures("worker")
def test_a_session_gives_live_words_and_then_a_normal_recording(
    harness: Harness, user: ApiUser
) -> None:
    audio = pcm(spoken())
    with connected(user, **START, title="Beckett") as client:
        session = client.receive("session")
        assert (session["state"], session["received_bytes"]) == ("running", 0)
        client.send_audio(audio[:48_000])
        first = client.receive("live_partial")
        assert first["text"].startswith("Ever")
        client.send_audio(audio[48_000:])
        client.send_message(END)
        assert client.receive_rest() == 1000
    assert client.of_type("received")[-1]["bytes"] == len(audio)
    assert client.of_type("live_end")[0]["reason"] == "ended"
    finals = client.of_type("live_final")
    assert [f["words"][0]["text"] for f in finals][:1] == ["Ever"]
    assert all(a["end_ms"] <= b["start_ms"] for a, b in pairwise(finals))
    seqs = [message["seq"] for message in client.messages if "seq" in message]
    assert seqs == sorted(seqs)

    recording = user.recording(session["session"])
    assert (recording["title"], recording["status"], recording["duration_ms"]) == (
        "Beckett",
        "succeeded",
        9_960,
    )
    assert recording["text"] == BECKETT
    job = user.get(f"/jobs/{session['job_id']}")
    assert (job["operation"], job["queue"], job["charged"]) == ("live", "live", 0.17)
    assert [row["amount"] for row in user.get("/credits/history")["items"]] == [-0.17, 0, 100]
    assert session["session"] in [row["id"] for row in user.get("/transcriptions")["items"]]
    media = user.call("GET", f"/transcriptions/{recording['id']}/media")
    assert (media.status_code, media.headers["content-type"]) == (200, "audio/flac")
    captions = user.call(
        "GET", f"/transcriptions/{recording['id']}/export", params={"format": "srt"}
    )
    assert "-->" in captions.text
    live.remove_ended(harness.runtime)
    assert stored_rows(harness, recording["id"]) == {"sessions": 0, "chunks": 0}


def both_runs(harness: Harness, user: ApiUser, session: str) -> tuple[Transcript, Transcript]:
    """The live transcript, and that of a new run of its recording."""
    user.send("POST", f"/transcriptions/{session}/rerun", {}, status=202)
    until(lambda: user.recording(session)["version"] == 2)
    with harness.runtime.database.read() as database:
        transcription = database.get_one(Transcription, session)
        first, second = (
            versions.transcript_of(database, queries.version(database, transcription, number))
            for number in (1, 2)
        )
    return first, second


@pytest.mark.usefixtures("worker")
def test_the_transcript_equals_that_of_a_new_run_of_its_recording(
    harness: Harness, user: ApiUser
) -> None:
    with connected(user, **START) as client:
        session = run_session(client, pcm(spoken()), piece=7_777)  # pieces end within a sample
    first, second = both_runs(harness, user, session)
    assert problems(first) == []
    # A live session has no file to choose tracks in.
    assert replace(first, sources=second.sources) == second


def words_of(transcript: Transcript) -> list[Word]:
    return [word for segment in transcript.segments for word in segment.words]


@pytest.mark.slow
@pytest.mark.usefixtures("worker")
def test_the_transcript_of_several_windows_equals_that_of_a_new_run(
    harness: Harness, user: ApiUser
) -> None:
    pause = np.zeros(42 * RATE, np.float32)
    audio = np.concatenate([part for _ in range(3) for part in (pause, spoken(3))])
    with connected(user, **START, format="webm_opus") as client:
        session = run_session(client, opus(audio, "webm"), piece=100_000)
    first, second = both_runs(harness, user, session)
    assert first.duration_ms > 120_000
    assert first.text.count("Ever tried") == 3
    assert problems(first) == []
    assert first.coverage == second.coverage
    # Quiet sound is brought up by what the whole file is like, or what a session has heard so far:
    # that may move a border, or take a comma.
    assert [each.text.strip(",.") for each in words_of(first)] == [
        each.text.strip(",.") for each in words_of(second)
    ]


@pytest.mark.parametrize("container", ["ogg", "webm"])
@pytest.mark.usefixtures("worker")
def test_opus_in_browser_containers_is_transcribed(user: ApiUser, container: str) -> None:
    with connected(user, **START, format=f"{container}_opus") as client:
        session = run_session(client, opus(spoken(), container))
    recording = user.recording(session)
    assert 9_900 <= recording["duration_ms"] <= 10_000
    assert recording["text"] == BECKETT


@pytest.mark.usefixtures("worker")
def test_a_cut_connection_is_resumed_where_it_was(harness: Harness, user: ApiUser) -> None:
    audio = pcm(spoken())
    with connected(user, **START) as client:
        session = client.receive("session")["session"]
        client.send_audio(audio[:160_000])
        seen = client.receive("live_final")["seq"]
    with connected(user, type="resume", session=session, since=seen, sent_bytes=170_000) as resumed:
        session_state = resumed.receive("session")
        assert 0 < session_state["received_bytes"] <= 160_000
        resumed.send_audio(audio[session_state["received_bytes"] :])
        resumed.send_message(END)
        assert resumed.receive_rest() == 1000
    assert all(message["seq"] > seen for message in resumed.messages if "at" in message)
    finals = client.of_type("live_final") + resumed.of_type("live_final")
    starts = [final["start_ms"] for final in finals]
    assert starts == sorted(set(starts))
    assert user.recording(session)["duration_ms"] == 9_960
    assert user.balance["available"] == 99.83
    # A client that resumes after the end gets what it missed, and how the session ended.
    with connected(user, type="resume", session=session, since=seen) as late:
        assert late.receive("session")["received_bytes"] is None
        assert late.receive_rest() == 1000
        assert late.text == resumed.text
    with connected(user, type="resume", session=session, since=10**6) as later:
        assert later.receive("session")["state"] == "succeeded"
        assert later.receive_rest() == 1000


@pytest.mark.usefixtures("worker")
def test_the_newest_connection_replaces_the_older(user: ApiUser) -> None:
    audio = pcm(spoken(2))
    with connected(user, **START) as first:
        session = first.receive("session")["session"]
        first.send_audio(audio[:16_000])
        first.receive("received")
        with connected(user, type="resume", session=session) as second:
            at = second.receive("session")["received_bytes"]
            first.send_audio(b"\0\0")
            assert first.receive("error")["code"] == "replaced"
            assert first.receive_rest() == 4409
            second.send_audio(audio[at:])
            second.send_message(END)
            assert second.receive_rest() == 1000


@pytest.mark.usefixtures("worker")
def test_a_dead_worker_is_replaced_and_no_word_repeated(harness: Harness, user: ApiUser) -> None:
    audio = pcm(spoken())
    with connected(user, **START) as client:
        session = client.receive("session")
        client.send_audio(audio[:160_000])
        client.receive("live_final")
        with harness.runtime.database.write() as database:
            database.execute(
                update(Job)
                .where(Job.id == session["job_id"])
                .values(lease_until=now().replace(year=2020))
            )
        sweeper.sweep(harness.runtime)  # takes the worker for dead
        client.send_audio(audio[160_000:])
        with live_worker(harness):  # another worker: the first may not have noticed yet
            client.send_message(END)
            assert client.receive_rest() == 1000
    job = user.get(f"/jobs/{session['job_id']}")
    assert job["attempt"] == 3  # the requeue and the second claim each count
    starts = [final["start_ms"] for final in client.of_type("live_final")]
    assert starts == sorted(set(starts))
    assert user.recording(session["session"])["duration_ms"] == 9_960
    assert job["charged"] == 0.17


def test_a_session_ends_when_it_is_idle_or_too_long(
    empty_database: Path, models_dir: Path, tmp_path: Path
) -> None:
    limits = {"live_idle_s": 1, "live_max_s": 60}
    with (
        live_service(tmp_path, empty_database, models_dir, **limits) as harness,
        live_worker(harness),
    ):
        user = harness.new_user()
        with connected(user, **START) as client:
            client.receive("session")
            client.send_audio(pcm(spoken(2)))
            assert client.receive_rest() == 1000
        assert client.of_type("live_end")[0]["reason"] == "idle"
        assert "no audio arrived for 1 seconds" in client.of_type("job_complete")[0]["warnings"][0]
        with connected(user, **START) as client:
            client.receive("session")
            client.send_audio(pcm(spoken(2)) + bytes(2 * 60 * 16_000), piece=500_000)
            assert client.receive_rest() == 1000
        end = client.of_type("live_end")[0]
        assert (end["reason"], end["duration_ms"]) == ("max_length", 60_000)
        assert user.balance["available"] == 98.97


def test_a_service_can_offer_no_live_sessions(harness: Harness, user: ApiUser) -> None:
    none = LiveSettings(live_sessions=0)
    runtime = Runtime(harness.runtime.settings.model_copy(update={"live": none}))
    identity = authenticate(runtime, user.account.access_token)
    with pytest.raises(NoLiveWorker, match="LIVE_SESSIONS is 0"):
        live.start(runtime, OPERATIONS, identity, Start.model_validate(START), request_id=None)
    runtime.close()
