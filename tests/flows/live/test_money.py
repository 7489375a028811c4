"""Held step by step, paid once, for what was heard."""

import pytest

from mp4totext.jobs import service as jobs
from mp4totext.jobs.models import Job
from tests.flows.test_money import leave
from tests.support.in_process_service import Person, World
from tests.support.live_audio import BECKETT, END, START, pcm, spoken
from tests.support.live_speaker import in_the_database, talking, whole


@pytest.mark.usefixtures("worker")
def test_credits_are_held_step_by_step_until_they_do_not_reach(
    world: World, person: Person
) -> None:
    leave(world, person, 350_000)  # 10 s cost 0.17, 20 s 0.33, 30 s 0.50
    with talking(person, **START) as talk:
        session = talk.hear("session")["session"]
        talk.send(pcm(spoken(25, name="two_cities.wav")))
        assert talk.hear_all() == 1000  # nobody said it should end
    end = talk.of("live_end")[0]
    assert (end["reason"], end["duration_ms"]) == ("insufficient_credits", 20_000)
    assert "0.17 credits, 0.02 are available" in end["message"]
    assert talk.of("job_complete")[0]["warnings"] == [end["message"]]
    assert [m["held"] for m in talk.of("credit_update")] == [0.33, 0.0]
    kept = person.recording(session)
    assert kept["duration_ms"] == 20_000
    assert kept["text"].startswith("It was the best of times")
    assert (person.balance["available"], person.balance["held"]) == (0.02, 0)


@pytest.mark.usefixtures("worker")
def test_without_credits_for_the_first_step_there_is_no_session(
    world: World, person: Person
) -> None:
    leave(world, person, 100_000)
    with talking(person, **START) as talk:
        refused = talk.hear("error")
        assert talk.hear_all() == 4402
    assert (refused["required"], refused["available"]) == (0.17, 0.1)
    assert person.has_nothing


@pytest.mark.usefixtures("worker")
def test_who_cancels_pays_for_what_was_heard(world: World, person: Person) -> None:
    with talking(person, **START) as talk:
        session = talk.hear("session")
        talk.send(pcm(spoken()))
        heard = talk.hear("live_final")["end_ms"]
        person.send("POST", f"/jobs/{session['job_id']}/cancel", None)
        assert talk.hear_all() == 4500
    heard = max([heard, *(final["end_ms"] for final in talk.of("live_final"))])
    job = person.get(f"/jobs/{session['job_id']}")
    assert job["state"] == "cancelled"
    assert job["charged"] == round(heard / 60_000, 2)
    refused = person.call("POST", f"/jobs/{session['job_id']}/retry")
    assert (refused.status_code, refused.json()["code"]) == (409, "job_not_retryable")
    person.send("DELETE", f"/transcriptions/{session['session']}", None, status=204)
    assert in_the_database(world, session["session"]) == {"sessions": 0, "chunks": 0}


@pytest.mark.usefixtures("worker")
def test_silence_costs_nothing_and_neither_does_nothing(person: Person) -> None:
    with talking(person, **START) as talk:
        session = whole(talk, bytes(2 * 16_000 * 3))
    assert person.recording(session)["text"] == ""
    assert [c["kind"] for c in person.recording(session)["coverage"]] == ["no_speech"]
    with talking(person, **START) as talk:
        talk.hear("session")
        talk.say(END)
        assert talk.hear_all() == 4500
    assert talk.of("error")[0]["code"] == "no_audio"
    assert person.balance["available"] == 100


@pytest.mark.usefixtures("worker")
def test_a_session_that_failed_can_be_retried_and_gone_on_with(
    world: World, person: Person
) -> None:
    sound = pcm(spoken())
    with talking(person, **START) as talk:
        session = talk.hear("session")
        talk.send(sound[:160_000])
        talk.hear("live_final")
        with world.runtime.database.write() as database:
            job = database.get_one(Job, session["job_id"])
            assert jobs.fail(database, job, code="worker_lost", message="It died three times.")
        assert talk.hear_all() == 4500
    assert person.balance["available"] == 100
    person.send("POST", f"/jobs/{session['job_id']}/retry", None, status=202)
    seen = talk.of("error")[0]["seq"]
    with talking(person, type="resume", session=session["session"], since=seen) as again:
        again.send(sound[again.hear("session")["received_bytes"] :])
        again.say(END)
        assert again.hear_all() == 1000
    assert person.recording(session["session"])["text"] == BECKETT
    assert person.balance["available"] == 99.83
