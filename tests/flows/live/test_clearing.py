"""A client clears what it has said: it is in no final words, no transcript and no stored audio."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select, update

from mp4totext.jobs import sweeper
from mp4totext.jobs.models import Job
from mp4totext.live.models import LiveChunk, LiveSession
from tests.support.in_process_service import ApiUser, Harness
from tests.support.live_audio import END, START, opus, pcm, spoken
from tests.support.live_client import connected, live_worker, run_session
from tests.support.recordings import RATE
from tests.support.waiting import until

CLEAR = {"type": "clear"}
SAID = pcm(spoken(2.4))  # "Ever tried." and the beginning of "Ever failed."
KEPT = bytes(2 * RATE) + pcm(spoken()[22 * RATE // 5 :])  # "Try again. Fail again. Fail better."


def stored_audio(harness: Harness, session_id: str) -> bytes:
    of_session = select(LiveSession.job_id).where(LiveSession.transcription_id == session_id)
    with harness.runtime.database.read() as session:
        chunks = select(LiveChunk.data).where(LiveChunk.job_id.in_(of_session))
        return b"".join(session.scalars(chunks.order_by(LiveChunk.at_byte)))


@pytest.mark.usefixtures("worker")
def test_the_open_utterance_is_dropped_and_the_times_stay(user: ApiUser) -> None:
    with connected(user, **START) as client:
        session = client.receive("session")["session"]
        client.send_audio(SAID[:48_000])
        assert client.receive("live_partial")["text"].startswith("Ever")
        client.send_message(CLEAR)
        assert client.receive("live_cleared")["bytes"] == 48_000
        client.send_audio(KEPT)
        client.send_message(END)
        assert client.receive_rest() == 1000
    recording = user.recording(session)
    assert "Ever" not in client.text + recording["text"]
    assert "better" in client.text
    assert "better" in recording["text"]
    assert recording["duration_ms"] == (48_000 + len(KEPT)) // 32
    assert recording["segments"][0]["start_ms"] > 1_500


def update_job(harness: Harness, session_id: str, **values: Any) -> bool:
    with harness.runtime.database.write() as database:
        job = update(Job).where(Job.subject_id == session_id).values(**values)
        return bool(database.execute(job.returning(Job.id)).all())


def test_audio_that_no_worker_has_read_is_dropped(harness: Harness, user: ApiUser) -> None:
    with connected(user, **START) as client:
        # As a worker that died after it had loaded its model.
        until(lambda: [row["id"] for row in user.get("/transcriptions")["items"]])
        (row,) = user.get("/transcriptions")["items"]
        assert update_job(harness, row["id"], stage="live")
        client.receive("session")
        for _ in range(2):
            client.send_audio(SAID)
            client.send_message(CLEAR)
        client.send_audio(KEPT)
        cleared = 2 * len(SAID)
        until(lambda: len(stored_audio(harness, row["id"])) == cleared + len(KEPT))
        with live_worker(harness):
            assert client.receive("live_cleared")["bytes"] == cleared
            audio = stored_audio(harness, row["id"])
            client.send_message(END)
            assert client.receive_rest() == 1000
    assert not np.frombuffer(audio[:cleared], np.int16).any()
    assert audio[cleared:] == KEPT
    assert "Ever" not in client.text + user.recording(row["id"])["text"]
    assert "better" in user.recording(row["id"])["text"]


@pytest.mark.usefixtures("worker")
def test_a_worker_that_takes_over_hears_silence_where_it_was_cleared(
    harness: Harness, user: ApiUser
) -> None:
    with connected(user, **START) as client:
        session = client.receive("session")["session"]
        client.send_audio(SAID[:48_000])
        client.receive("live_partial")
        client.send_message(CLEAR)
        client.receive("live_cleared")
        update_job(harness, session, lease_until=datetime(2020, 1, 1, tzinfo=UTC))
        sweeper.sweep(harness.runtime)
        client.send_audio(KEPT)
        client.send_message(END)
        assert client.receive_rest() == 1000
    assert user.get(f"/jobs/{client.messages[0]['job_id']}")["attempt"] > 1
    assert "Ever" not in client.text + user.recording(session)["text"]
    assert [event["bytes"] for event in client.of_type("live_cleared")] == [48_000]


@pytest.mark.usefixtures("worker")
def test_final_words_stay(user: ApiUser) -> None:
    audio = pcm(spoken()) + bytes(4 * RATE)
    with connected(user, **START) as client:
        session = client.receive("session")["session"]
        client.send_audio(audio)
        while "better" not in client.text:
            client.receive("live_final")
        client.send_message(CLEAR)
        client.receive("live_cleared")
        client.send_message(END)
        assert client.receive_rest() == 1000
    text = user.recording(session)["text"]
    assert text.startswith("Ever tried")
    assert "better" in text


@pytest.mark.usefixtures("worker")
def test_audio_in_a_container_cannot_be_cleared(user: ApiUser) -> None:
    with connected(user, type="start", format="ogg_opus") as client:
        session = client.receive("session")["session"]
        client.send_message(CLEAR)
        assert "pcm_s16le" in client.receive("error")["message"]
        assert client.receive_rest() == 4422
    with connected(user, type="resume", session=session) as client:
        run_session(client, opus(spoken(2), "ogg"))
