"""Held step by step, paid once, for what was heard."""

import pytest

from mp4totext.jobs import service as jobs
from mp4totext.jobs.models import Job
from tests.flows.test_money import leave
from tests.support.in_process_service import ApiUser, Harness
from tests.support.live_audio import BECKETT, END, START, pcm, spoken
from tests.support.live_speaker import run_session, speaking, stored_rows


@pytest.mark.usefixtures("worker")
def test_credits_are_held_step_by_step_until_they_do_not_reach(
    harness: Harness, user: ApiUser
) -> None:
    leave(harness, user, 350_000)  # 10 s cost 0.17, 20 s 0.33, 30 s 0.50
    with speaking(user, **START) as speaker:
        session = speaker.wait_for("session")["session"]
        speaker.send_sound(pcm(spoken(25, name="two_cities.wav")))
        assert speaker.read_to_close() == 1000  # nobody said it should end
    end = speaker.messages("live_end")[0]
    assert (end["reason"], end["duration_ms"]) == ("insufficient_credits", 20_000)
    assert "0.17 credits, 0.02 are available" in end["message"]
    assert speaker.messages("job_complete")[0]["warnings"] == [end["message"]]
    assert [m["held"] for m in speaker.messages("credit_update")] == [0.33, 0.0]
    kept = user.recording(session)
    assert kept["duration_ms"] == 20_000
    assert kept["text"].startswith("It was the best of times")
    assert (user.balance["available"], user.balance["held"]) == (0.02, 0)


@pytest.mark.usefixtures("worker")
def test_without_credits_for_the_first_step_there_is_no_session(
    harness: Harness, user: ApiUser
) -> None:
    leave(harness, user, 100_000)
    with speaking(user, **START) as speaker:
        refused = speaker.wait_for("error")
        assert speaker.read_to_close() == 4402
    assert (refused["required"], refused["available"]) == (0.17, 0.1)
    assert user.has_nothing


@pytest.mark.usefixtures("worker")
def test_who_cancels_pays_for_what_was_heard(harness: Harness, user: ApiUser) -> None:
    with speaking(user, **START) as speaker:
        session = speaker.wait_for("session")
        speaker.send_sound(pcm(spoken()))
        heard = speaker.wait_for("live_final")["end_ms"]
        user.send("POST", f"/jobs/{session['job_id']}/cancel", None)
        assert speaker.read_to_close() == 4500
    heard = max([heard, *(final["end_ms"] for final in speaker.messages("live_final"))])
    job = user.get(f"/jobs/{session['job_id']}")
    assert job["state"] == "cancelled"
    assert job["charged"] == round(heard / 60_000, 2)
    refused = user.call("POST", f"/jobs/{session['job_id']}/retry")
    assert (refused.status_code, refused.json()["code"]) == (409, "job_not_retryable")
    user.send("DELETE", f"/transcriptions/{session['session']}", None, status=204)
    assert stored_rows(harness, session["session"]) == {"sessions": 0, "chunks": 0}


@pytest.mark.usefixtures("worker")
def test_silence_costs_nothing_and_neither_does_nothing(user: ApiUser) -> None:
    with speaking(user, **START) as speaker:
        session = run_session(speaker, bytes(2 * 16_000 * 3))
    assert user.recording(session)["text"] == ""
    assert [c["kind"] for c in user.recording(session)["coverage"]] == ["no_speech"]
    with speaking(user, **START) as speaker:
        speaker.wait_for("session")
        speaker.send_json(END)
        assert speaker.read_to_close() == 4500
    assert speaker.messages("error")[0]["code"] == "no_audio"
    assert user.balance["available"] == 100


@pytest.mark.usefixtures("worker")
def test_a_session_that_failed_can_be_retried_and_gone_on_with(
    harness: Harness, user: ApiUser
) -> None:
    sound = pcm(spoken())
    with speaking(user, **START) as speaker:
        session = speaker.wait_for("session")
        speaker.send_sound(sound[:160_000])
        speaker.wait_for("live_final")
        with harness.runtime.database.write() as database:
            job = database.get_one(Job, session["job_id"])
            assert jobs.fail(database, job, code="worker_lost", message="It died three times.")
        assert speaker.read_to_close() == 4500
    assert user.balance["available"] == 100
    user.send("POST", f"/jobs/{session['job_id']}/retry", None, status=202)
    seen = speaker.messages("error")[0]["seq"]
    with speaking(user, type="resume", session=session["session"], since=seen) as again:
        again.send_sound(sound[again.wait_for("session")["received_bytes"] :])
        again.send_json(END)
        assert again.read_to_close() == 1000
    assert user.recording(session["session"])["text"] == BECKETT
    assert user.balance["available"] == 99.83
