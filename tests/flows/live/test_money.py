"""Credits of live sessions: held step by step, charged once, for what was transcribed."""

import pytest

from mp4totext.jobs import service as jobs
from mp4totext.jobs.failure import Failure
from mp4totext.jobs.models import Job
from tests.flows.test_money import leave
from tests.support.in_process_service import ApiUser, Harness
from tests.support.live_audio import BECKETT, END, START, pcm, spoken
from tests.support.live_client import connected, run_session, stored_rows


@pytest.mark.usefixtures("worker")
def test_credits_are_held_step_by_step_until_they_run_out(harness: Harness, user: ApiUser) -> None:
    leave(harness, user, 350_000)  # 10 s cost 0.17, 20 s 0.33, 30 s 0.50
    with connected(user, **START) as client:
        session = client.receive("session")["session"]
        client.send_audio(pcm(spoken(25, name="two_cities.wav")))
        assert client.receive_rest() == 1000  # the client did not end it
    end = client.of_type("live_end")[0]
    assert (end["reason"], end["duration_ms"]) == ("insufficient_credits", 20_000)
    assert "0.17 credits, 0.02 are available" in end["message"]
    assert client.of_type("job_complete")[0]["warnings"] == [end["message"]]
    assert [m["held"] for m in client.of_type("credit_update")] == [0.33, 0.0]
    recording = user.recording(session)
    assert recording["duration_ms"] == 20_000
    assert recording["text"].startswith("It was the best of times")
    assert (user.balance["available"], user.balance["held"]) == (0.02, 0)


@pytest.mark.usefixtures("worker")
def test_without_credits_for_the_first_step_there_is_no_session(
    harness: Harness, user: ApiUser
) -> None:
    leave(harness, user, 100_000)
    with connected(user, **START) as client:
        refused = client.receive("error")
        assert client.receive_rest() == 4402
    assert (refused["required"], refused["available"]) == (0.17, 0.1)
    assert user.has_nothing


@pytest.mark.usefixtures("worker")
def test_a_cancelled_session_is_charged_for_its_final_words(
    harness: Harness, user: ApiUser
) -> None:
    with connected(user, **START) as client:
        session = client.receive("session")
        client.send_audio(pcm(spoken()))
        done_ms = client.receive("live_final")["end_ms"]
        user.send("POST", f"/jobs/{session['job_id']}/cancel", None)
        assert client.receive_rest() == 4500
    done_ms = max([done_ms, *(final["end_ms"] for final in client.of_type("live_final"))])
    job = user.get(f"/jobs/{session['job_id']}")
    assert job["state"] == "cancelled"
    assert job["charged"] == round(done_ms / 60_000, 2)
    refused = user.call("POST", f"/jobs/{session['job_id']}/retry")
    assert (refused.status_code, refused.json()["code"]) == (409, "job_not_retryable")
    user.send("DELETE", f"/transcriptions/{session['session']}", None, status=204)
    assert stored_rows(harness, session["session"]) == {"sessions": 0, "chunks": 0}


@pytest.mark.usefixtures("worker")
def test_silence_and_an_empty_session_cost_nothing(user: ApiUser) -> None:
    with connected(user, **START) as client:
        session = run_session(client, bytes(2 * 16_000 * 3))
    assert user.recording(session)["text"] == ""
    assert [c["kind"] for c in user.recording(session)["coverage"]] == ["no_speech"]
    with connected(user, **START) as client:
        client.receive("session")
        client.send_message(END)
        assert client.receive_rest() == 4500
    assert client.of_type("error")[0]["code"] == "no_audio"
    assert user.balance["available"] == 100


@pytest.mark.usefixtures("worker")
def test_a_failed_session_can_be_retried_and_resumed(harness: Harness, user: ApiUser) -> None:
    audio = pcm(spoken())
    with connected(user, **START) as client:
        session = client.receive("session")
        client.send_audio(audio[:160_000])
        client.receive("live_final")
        with harness.runtime.database.write() as database:
            job = database.get_one(Job, session["job_id"])
            assert jobs.fail(database, job, Failure.saying("worker_lost", "It died three times."))
        assert client.receive_rest() == 4500
    assert user.balance["available"] == 100
    user.send("POST", f"/jobs/{session['job_id']}/retry", None, status=202)
    seen = client.of_type("error")[0]["seq"]
    with connected(user, type="resume", session=session["session"], since=seen) as resumed:
        resumed.send_audio(audio[resumed.receive("session")["received_bytes"] :])
        resumed.send_message(END)
        assert resumed.receive_rest() == 1000
    assert user.recording(session["session"])["text"] == BECKETT
    assert user.balance["available"] == 99.83
