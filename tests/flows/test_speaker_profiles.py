"""Speaker profiles: learned on request, suggested, never applied, deleted completely."""

from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import delete, select

from mp4totext.auth.models import User
from mp4totext.jobs.models import Job, JobStep
from mp4totext.kit.clock import now
from mp4totext.kit.ids import new_id
from mp4totext.providers.diarization import voice_prints
from mp4totext.transcriptions.models import TranscriptVersion
from mp4totext.transcriptions.speaker_profiles import queries
from mp4totext.transcriptions.speaker_profiles.models import (
    ProfileSuggestion,
    SpeakerProfile,
    SpeakerProfileConsent,
)
from mp4totext.transcriptions.speaker_profiles.suggestions import (
    keep_suggestions,
    suggestions_of,
)
from mp4totext.transcriptions.steps.match_profiles import Suggested
from tests.support import two_reader_recordings
from tests.support.account_steps import problem
from tests.support.in_process_service import FOUR_SECONDS, ApiUser, Harness
from tests.support.slow_tests import one_in
from tests.support.voice_recordings import silence

_starts = count()


def heard(harness: Harness, user: ApiUser, sound: bytes) -> Any:
    accepted = user.upload(sound, language="en", diarize="true", min_speakers="2")
    assert accepted.status_code == 202, accepted.text
    harness.work()
    return user.recording(accepted.json()["id"])


def named(user: ApiUser, found: Any, **names: str) -> None:
    actions = [
        {"action": "rename", "speaker": speaker, "name": name} for speaker, name in names.items()
    ]
    path = f"/transcriptions/{found['id']}/speakers"
    user.send("PATCH", path, {"revision": found["revision"], "actions": actions})


def learn(user: ApiUser, found: Any, speaker: str, **more: str) -> Any:
    body = {"transcription_id": found["id"], "speaker": speaker}
    return user.send("POST", "/speaker-profiles", body, status=202, **more)


def traces(harness: Harness, vector: bytes) -> list[str]:
    """Files in which a tenth of an embedding, or of its numbers as text, is to be found."""
    numbers = np.frombuffer(vector, "<f4")
    some = [vector[at : at + 100] for at in range(0, len(vector) - 99, 100)]
    some += [f"{number:.6f}".encode() for number in sorted(numbers)[-5:]]
    data = harness.runtime.settings.data_dir
    return [
        path.relative_to(data).as_posix()
        for path in data.rglob("*")
        if path.is_file() and _holds(path, some)
    ]


def _holds(path: Path, pieces: list[bytes]) -> bool:
    content = path.read_bytes()
    return any(piece in content for piece in pieces)


def embedding(harness: Harness, profile_id: str) -> bytes:
    with harness.runtime.database.read() as session:
        found = session.scalar(
            select(SpeakerProfile.embedding).where(SpeakerProfile.id == profile_id)
        )
    assert found is not None
    return found


@pytest.fixture
def agreed(user: ApiUser) -> ApiUser:
    given = user.send("PUT", "/speaker-profiles/consent", {"given": True})
    assert given["given"]
    assert given["profiles"] == 0
    return user


@pytest.fixture
def first(harness: Harness, agreed: ApiUser) -> Any:
    """No two tests have the same: what one finds of its voice is not another's."""
    found = heard(harness, agreed, two_reader_recordings.dialogue(next(_starts) / 10))
    named(agreed, found, S1="Charles", S2="Estragon")
    return found


def test_a_learned_voice_is_suggested_in_a_later_recording_and_never_applied(
    harness: Harness, agreed: ApiUser, first: Any
) -> None:
    accepted = learn(agreed, first, "S1", **{"Idempotency-Key": "learn"})
    assert learn(agreed, first, "S1", **{"Idempotency-Key": "learn"}) == accepted
    assert accepted["held"] == 0
    assert harness.work() == 1
    (profile,) = agreed.get("/speaker-profiles")["items"]
    assert (profile["id"], profile["name"]) == (accepted["id"], "Charles")
    assert profile["speech_ms"] >= voice_prints.ENROL_MS
    assert set(profile) == {"id", "name", "transcription_id", "speech_ms", "created_at"}

    later = heard(harness, agreed, two_reader_recordings.other_talk())
    assert [speaker["name"] for speaker in later["speakers"]] == [None, None]
    path = f"/transcriptions/{later['id']}/speakers"
    found = agreed.get(f"{path}/suggestions")
    (suggestion,) = found["suggestions"]
    assert (suggestion["speaker"], suggestion["name"]) == ("S2", "Charles")
    assert (suggestion["source"], suggestion["profile_id"]) == ("voice", profile["id"])
    assert 0.5 <= suggestion["score"] <= 1

    agreed.send("PATCH", path, {"revision": found["revision"], "actions": [suggestion["edit"]]})
    after = agreed.recording(later["id"])
    assert [speaker["label"] for speaker in after["speakers"]] == ["Speaker 1", "Charles"]
    assert agreed.get(f"{path}/suggestions")["suggestions"] == []  # it has a name now


@pytest.mark.slow
def test_suggestions_follow_a_persons_edits(harness: Harness, agreed: ApiUser, first: Any) -> None:
    learn(agreed, first, "S1")
    learn(agreed, first, "S1")  # a second profile of the same name is one suggestion
    harness.work()
    later = heard(harness, agreed, two_reader_recordings.other_talk())
    path = f"/transcriptions/{later['id']}"
    merge = {"action": "merge", "into": "S1", "speakers": ["S2"]}
    agreed.send("PATCH", f"{path}/speakers", {"revision": 0, "actions": [merge]})
    (suggestion,) = agreed.get(f"{path}/speakers/suggestions")["suggestions"]
    assert (suggestion["speaker"], suggestion["edit"]["speaker"]) == ("S1", "S1")
    # Speakers found again are compared again.
    agreed.send("POST", f"{path}/diarize", {"version": 1}, status=202)
    harness.work()
    assert agreed.recording(later["id"])["version"] == 2
    (again,) = agreed.get(f"{path}/speakers/suggestions")["suggestions"]
    assert again["name"] == "Charles"


def test_nothing_is_learned_without_consent(harness: Harness, user: ApiUser) -> None:
    assert user.get("/speaker-profiles/consent") == {
        "given": False,
        "given_at": None,
        "profiles": 0,
    }
    found = user.transcribed(FOUR_SECONDS, diarize="true")
    body = {"transcription_id": found["id"], "speaker": "S1"}
    refused = problem(user.call("POST", "/speaker-profiles", json=body), 409, "no_consent")
    assert "consent" in refused["detail"]
    user.send("PUT", "/speaker-profiles/consent", {"given": True})
    again = user.send("PUT", "/speaker-profiles/consent", {"given": True})
    assert again["given_at"]
    problem(user.call("POST", "/speaker-profiles", json=body), 409, "speaker_not_named")
    problem(
        user.call("POST", "/speaker-profiles", json=body | {"speaker": "S9"}),
        422,
        "unknown_speaker",
    )
    named(user, found, S1="Nagg")
    short = problem(user.call("POST", "/speaker-profiles", json=body), 422, "too_little_speech")
    assert "8 s" in short["detail"]
    assert harness.work() == 0


def test_consent_withdrawn_while_it_learns_means_nothing_is_kept(
    harness: Harness, agreed: ApiUser, first: Any
) -> None:
    accepted = learn(agreed, first, "S1")
    agreed.send("PUT", "/speaker-profiles/consent", {"given": False})
    assert harness.work() == 1
    job = agreed.get(f"/jobs/{accepted['task_id']}")
    assert (job["state"], job["error"]["code"]) == ("failed", "no_consent")
    assert agreed.get("/speaker-profiles")["items"] == []


def test_a_silent_speaker_cannot_be_learned(harness: Harness, agreed: ApiUser, first: Any) -> None:
    accepted = learn(agreed, first, "S1")
    key = f"recordings/{first['id']}/media"
    harness.runtime.storage.put(key, two_reader_recordings.wav(silence(29)))
    harness.work()
    job = agreed.get(f"/jobs/{accepted['task_id']}")
    assert (job["state"], job["error"]["code"]) == ("failed", "too_little_speech")


@pytest.mark.slow
def test_a_profile_deleted_meanwhile_is_not_suggested(
    harness: Harness, agreed: ApiUser, first: Any
) -> None:
    """Between comparing and storing: the suggestion names nobody who is gone."""
    accepted = learn(agreed, first, "S1")
    harness.work()
    agreed.send("DELETE", f"/speaker-profiles/{accepted['id']}", None, status=204)
    suggested = Suggested(speaker="S2", profile_id=accepted["id"], score=0.9)
    with harness.runtime.database.write() as session:
        version = session.get_one(TranscriptVersion, (first["id"], 1))
        keep_suggestions(session, version, [suggested])
    with harness.runtime.database.read() as session:
        assert suggestions_of(session, version) == []


@pytest.mark.parametrize("how", one_in(4, ["profile", "consent", "recording", "account"]))
def test_nothing_of_an_embedding_stays_behind(
    harness: Harness, agreed: ApiUser, first: Any, how: str
) -> None:
    accepted = learn(agreed, first, "S1")
    harness.work()
    if how == "profile":
        first = heard(harness, agreed, two_reader_recordings.other_talk())
    path = f"/transcriptions/{first['id']}"
    vector = embedding(harness, accepted["id"])
    assert len(vector) == 1_024
    assert traces(harness, vector)  # the search finds what is there
    assert "embedding" not in agreed.call("GET", f"{path}/export", params={"format": "json"}).text

    if how == "profile":
        agreed.send("DELETE", f"/speaker-profiles/{accepted['id']}", None, status=204)
    elif how == "consent":
        agreed.send("PUT", "/speaker-profiles/consent", {"given": False})
    elif how == "recording":
        agreed.send("DELETE", f"/transcriptions/{first['id']}", None, status=204)
    else:
        _close_account(harness, agreed)
    assert traces(harness, vector) == []
    with harness.runtime.database.read() as session:
        assert session.get(SpeakerProfile, accepted["id"]) is None
        assert not session.scalars(
            select(ProfileSuggestion).where(ProfileSuggestion.profile_id == accepted["id"])
        ).all()
        own = select(Job.id).where(Job.user_id == agreed.account.id)
        assert not session.scalars(select(JobStep).where(JobStep.job_id.in_(own))).all()


def _close_account(harness: Harness, user: ApiUser) -> None:
    """An account's row with nothing else to hold it takes its profiles with it."""
    with harness.runtime.database.write() as session:
        nobody = User(
            id=new_id("usr"),
            email=f"{new_id('x')}@example.com",
            password_hash=None,
            created_at=now(),
        )
        session.add(nobody)
        session.flush()
        for profile in session.scalars(
            select(SpeakerProfile).where(SpeakerProfile.user_id == user.account.id)
        ):
            profile.user_id = nobody.id
        session.add(SpeakerProfileConsent(user_id=nobody.id, given_at=now()))
    with harness.runtime.database.write() as session:
        session.execute(delete(User).where(User.id == nobody.id))
    harness.runtime.database.overwrite_deleted("speaker_profiles")


def test_profiles_have_a_limit_and_an_owner(
    harness: Harness, agreed: ApiUser, first: Any, other_user: ApiUser
) -> None:
    profile_id = learn(agreed, first, "S1")["id"]
    harness.work()
    with harness.runtime.database.write() as session:
        session.add_all(
            SpeakerProfile(
                id=new_id("spk"),
                user_id=agreed.account.id,
                transcription_id=first["id"],
                name=f"Somebody {number}",
                speech_ms=9_000,
                created_at=now(),
                embedding=bytes(1_024),
            )
            for number in range(queries.MAX_PROFILES - 1)
        )
    body = {"transcription_id": first["id"], "speaker": "S2"}
    problem(agreed.call("POST", "/speaker-profiles", json=body), 409, "too_many_speaker_profiles")
    problem(
        other_user.call("DELETE", f"/speaker-profiles/{profile_id}"),
        404,
        "speaker_profile_not_found",
    )
    other_user.send("PUT", "/speaker-profiles/consent", {"given": True})
    refused = other_user.call("POST", "/speaker-profiles", json=body)
    problem(refused, 404, "transcription_not_found")


def test_an_embedding_is_not_shown_by_accident() -> None:
    heard = voice_prints.VoicePrint(vector=np.full(256, 0.0625, np.float32), speech_ms=9_000)
    assert "0.0625" not in repr(heard)
    assert voice_prints.from_bytes(heard.to_bytes()).vector[0] == pytest.approx(0.0625)
