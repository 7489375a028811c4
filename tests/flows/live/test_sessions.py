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
from tests.support.in_process_service import Person, World, until
from tests.support.live_audio import BECKETT, END, START, opus, pcm, spoken
from tests.support.live_speaker import in_the_database, listening, talking, whole
from tests.support.recordings import RATE


@pytest.mark.usefixtures("worker")
def test_words_come_while_it_is_spoken_and_a_recording_like_any_other_stays(
    world: World, person: Person
) -> None:
    sound = pcm(spoken())
    with talking(person, **START, title="Beckett") as talk:
        session = talk.hear("session")
        assert (session["state"], session["received_bytes"]) == ("running", 0)
        talk.send(sound[:48_000])
        first = talk.hear("live_partial")
        assert first["text"].startswith("Ever")
        talk.send(sound[48_000:])
        talk.say(END)
        assert talk.hear_all() == 1000
    assert talk.of("received")[-1]["bytes"] == len(sound)
    assert talk.of("live_end")[0]["reason"] == "ended"
    finals = talk.of("live_final")
    assert [f["words"][0]["text"] for f in finals][:1] == ["Ever"]
    assert all(a["end_ms"] <= b["start_ms"] for a, b in pairwise(finals))
    seqs = [message["seq"] for message in talk.told if "seq" in message]
    assert seqs == sorted(seqs)

    kept = person.recording(session["session"])
    assert (kept["title"], kept["status"], kept["duration_ms"]) == ("Beckett", "succeeded", 9_960)
    assert kept["text"] == BECKETT
    job = person.get(f"/jobs/{session['job_id']}")
    assert (job["operation"], job["queue"], job["charged"]) == ("live", "live", 0.17)
    assert [row["amount"] for row in person.get("/credits/history")["items"]] == [-0.17, 0, 100]
    assert session["session"] in [row["id"] for row in person.get("/transcriptions")["items"]]
    media = person.call("GET", f"/transcriptions/{kept['id']}/media")
    assert (media.status_code, media.headers["content-type"]) == (200, "audio/flac")
    captions = person.call("GET", f"/transcriptions/{kept['id']}/export", params={"format": "srt"})
    assert "-->" in captions.text
    live.remove_ended(world.runtime)
    assert in_the_database(world, kept["id"]) == {"sessions": 0, "chunks": 0}


def both_runs(world: World, person: Person, session: str) -> tuple[Transcript, Transcript]:
    """The live transcript, and that of a new run of its recording."""
    person.send("POST", f"/transcriptions/{session}/rerun", {}, status=202)
    until(lambda: person.recording(session)["version"] == 2, within_s=30)
    with world.runtime.database.read() as database:
        transcription = database.get_one(Transcription, session)
        first, second = (
            versions.transcript_of(database, queries.version(database, transcription, number))
            for number in (1, 2)
        )
    return first, second


@pytest.mark.usefixtures("worker")
def test_its_transcript_is_what_a_new_run_of_its_recording_gives(
    world: World, person: Person
) -> None:
    with talking(person, **START) as talk:
        session = whole(talk, pcm(spoken()), piece=7_777)  # pieces end within a sample
    first, second = both_runs(world, person, session)
    assert problems(first) == []
    assert first == second


@pytest.mark.usefixtures("worker")
def test_so_is_that_of_a_session_of_several_windows(world: World, person: Person) -> None:
    pause = np.zeros(42 * RATE, np.float32)
    sound = np.concatenate([part for _ in range(3) for part in (pause, spoken(3))])
    with talking(person, **START, format="webm_opus") as talk:
        session = whole(talk, opus(sound, "webm"), piece=100_000)
    first, second = both_runs(world, person, session)
    assert first.duration_ms > 120_000
    assert first.text.count("Ever tried") == 3
    assert problems(first) == []
    assert first == second


@pytest.mark.parametrize("container", ["ogg", "webm"])
@pytest.mark.usefixtures("worker")
def test_opus_as_a_browser_records_it(person: Person, container: str) -> None:
    with talking(person, **START, format=f"{container}_opus") as talk:
        session = whole(talk, opus(spoken(), container))
    kept = person.recording(session)
    assert 9_900 <= kept["duration_ms"] <= 10_000
    assert kept["text"] == BECKETT


@pytest.mark.usefixtures("worker")
def test_a_cut_connection_goes_on_where_it_was(world: World, person: Person) -> None:
    sound = pcm(spoken())
    with talking(person, **START) as talk:
        session = talk.hear("session")["session"]
        talk.send(sound[:160_000])
        seen = talk.hear("live_final")["seq"]
    with talking(person, type="resume", session=session, since=seen, sent_bytes=170_000) as again:
        here = again.hear("session")
        assert 0 < here["received_bytes"] <= 160_000
        again.send(sound[here["received_bytes"] :])
        again.say(END)
        assert again.hear_all() == 1000
    assert all(message["seq"] > seen for message in again.told if "at" in message)
    finals = talk.of("live_final") + again.of("live_final")
    starts = [final["start_ms"] for final in finals]
    assert starts == sorted(set(starts))
    assert person.recording(session)["duration_ms"] == 9_960
    assert person.balance["available"] == 99.83
    # Who comes after the end is told all the same, and how it ended.
    with talking(person, type="resume", session=session, since=seen) as late:
        assert late.hear("session")["received_bytes"] is None
        assert late.hear_all() == 1000
        assert late.text == again.text
    with talking(person, type="resume", session=session, since=10**6) as later:
        assert later.hear("session")["state"] == "succeeded"
        assert later.hear_all() == 1000


@pytest.mark.usefixtures("worker")
def test_the_connection_that_comes_last_has_the_session(person: Person) -> None:
    sound = pcm(spoken(2))
    with talking(person, **START) as first:
        session = first.hear("session")["session"]
        first.send(sound[:16_000])
        first.hear("received")
        with talking(person, type="resume", session=session) as second:
            at = second.hear("session")["received_bytes"]
            first.send(b"\0\0")
            assert first.hear("error")["code"] == "replaced"
            assert first.hear_all() == 4409
            second.send(sound[at:])
            second.say(END)
            assert second.hear_all() == 1000


@pytest.mark.usefixtures("worker")
def test_a_worker_that_dies_is_replaced_and_says_nothing_twice(
    world: World, person: Person
) -> None:
    sound = pcm(spoken())
    with talking(person, **START) as talk:
        session = talk.hear("session")
        talk.send(sound[:160_000])
        talk.hear("live_final")
        with world.runtime.database.write() as database:
            database.execute(
                update(Job)
                .where(Job.id == session["job_id"])
                .values(lease_until=now().replace(year=2020))
            )
        sweeper.sweep(world.runtime)  # which believes it dead
        talk.send(sound[160_000:])
        with listening(world):  # another one: the first may not have noticed yet
            talk.say(END)
            assert talk.hear_all() == 1000
    job = person.get(f"/jobs/{session['job_id']}")
    assert job["attempt"] == 3  # handed over: the sweep fences the dead one out, the claim counts
    starts = [final["start_ms"] for final in talk.of("live_final")]
    assert starts == sorted(set(starts))
    assert person.recording(session["session"])["duration_ms"] == 9_960
    assert job["charged"] == 0.17


def test_a_session_ends_by_itself_when_it_is_silent_or_long(
    empty_database: Path, models_dir: Path, tmp_path: Path
) -> None:
    limits = {"live_idle_s": 1, "live_max_s": 60}
    with made_world(tmp_path, empty_database, models_dir, **limits) as world, listening(world):
        person = world.person()
        with talking(person, **START) as talk:
            talk.hear("session")
            talk.send(pcm(spoken(2)))
            assert talk.hear_all() == 1000
        assert talk.of("live_end")[0]["reason"] == "idle"
        assert "No sound came for 1 seconds" in talk.of("job_complete")[0]["warnings"][0]
        with talking(person, **START) as talk:
            talk.hear("session")
            talk.send(pcm(spoken(2)) + bytes(2 * 60 * 16_000), piece=500_000)
            assert talk.hear_all() == 1000
        end = talk.of("live_end")[0]
        assert (end["reason"], end["duration_ms"]) == ("max_length", 60_000)
        assert person.balance["available"] == 98.97


def test_a_service_may_offer_none(world: World, person: Person) -> None:
    none = LiveSettings(live_sessions=0)
    runtime = Runtime(world.runtime.settings.model_copy(update={"live": none}))
    user = authenticate(runtime, person.account.access_token)
    with pytest.raises(NoLiveWorker, match="LIVE_SESSIONS is 0"):
        live.start(runtime, user, Start.model_validate(START), request_id=None)
    runtime.close()
