"""Creates objects of a user on demand, by the name of their path parameter, and other users."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import delete, select

from mp4totext.auth.models import User
from mp4totext.events.hub import Hub
from mp4totext.jobs import service as jobs
from mp4totext.jobs.job_view import view
from mp4totext.jobs.models import Job, JobState
from mp4totext.jobs.runner import finish
from mp4totext.kit.clock import now
from mp4totext.kit.ids import new_id
from mp4totext.operations import TRANSCRIBE
from mp4totext.runtime import Runtime
from mp4totext.texts.models import WrittenText
from mp4totext.transcript import Speaker
from mp4totext.transcriptions.models import Transcription, TranscriptVersion
from mp4totext.transcriptions.order import EngineChoice, RecordingRef, TranscriptionOrder
from mp4totext.transcriptions.speaker_profiles.models import SpeakerProfile, SpeakerProfileConsent
from mp4totext.transcriptions.versions import Transcribed, add_version
from tests.conftest import Account, account_for, app_for, settings_for
from tests.exports.samples import spoken, transcript
from tests.support.account_steps import make_key
from tests.support.in_process_service import recording
from tests.support.stills import small_png

API = "/api/v1"
TUS = {"Tus-Resumable": "1.0.0"}
SPEAKER = "elevenlabs"  # a voice that is ready wherever tests run; nothing is sent to it

_numbers = count(1)


@contextmanager
def run_app_in(
    folder: Path,
    empty_database: Path,
    *,
    keepalive_s: float = 15,
    make_hub: Callable[[Runtime], Hub] = Hub,
) -> Iterator["RunningApp"]:
    shutil.copyfile(empty_database, folder / "mp4totext.db")
    settings = settings_for(folder)
    app = settings.app.model_copy(update={"stream_keepalive_s": keepalive_s})
    ingest = settings.ingest.model_copy(update={"upload_part_bytes_min": 1})
    engines = settings.engines.model_copy(update={"elevenlabs_api_key": SecretStr("a-key")})
    changes = {"app": app, "ingest": ingest, "engines": engines}
    runtime = Runtime(settings.model_copy(update=changes))
    # The context starts the hub, which streams need.
    with TestClient(app_for(runtime, hub=make_hub(runtime))) as client:
        yield RunningApp(runtime, client)


@dataclass
class RunningApp:
    """A service with its event hub, in this process."""

    runtime: Runtime
    client: TestClient

    def new_account(self, name: str, *, admin: bool = False) -> Account:
        return account_for(self.runtime, f"{name}{next(_numbers)}@example.com", admin=admin)

    def owner(self) -> "Owner":
        return Owner(self, self.new_account("owner"))


class Owner:
    """A user. ``owner["job_id"]`` creates what a path parameter of that name needs, once."""

    def __init__(self, running: RunningApp, account: Account) -> None:
        self.running = running
        self.account = account
        self._made: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        if name not in self._made:
            self._made[name] = getattr(self, f"_{name}")()
        return self._made[name]

    def put(self, name: str, value: str) -> None:
        self._made[name] = value

    def _user_id(self) -> str:
        return self.account.id

    def _prefix(self) -> str:
        return "recordings"

    def _row_id(self) -> str:
        return self["transcription_id"]

    def _name(self) -> str:
        return "media"

    def _key(self) -> str:
        return "transcription"

    def _kind(self) -> str:
        return "text"

    def _provider(self) -> str:
        return "openai"

    def _model(self) -> str:
        return "gpt-6-luna"

    def _key_id(self) -> str:
        return str(make_key(self.running.client, self.account, "account")["id"])

    def _job_id(self) -> str:
        return self._submitted(subject=None)

    def _session_id(self) -> str:
        """The session of another browser of the owner."""
        page = {"Host": "localhost", "Origin": "http://localhost"}
        login = {"email": self.account.email, "password": self.account.password}
        self.running.client.post(f"{API}/auth/session", json=login, headers=page)
        self.running.client.cookies.clear()
        listed = self.running.client.get(f"{API}/auth/sessions", headers=self.account.headers)
        return str(listed.json()["items"][0]["id"])

    def _share_id(self) -> str:
        return str(self._shared()["id"])

    def _token(self) -> str:
        return str(self._shared()["token"])

    def _comment_id(self) -> str:
        path = f"{API}/shared/{self._shared()['token']}/comments"
        body = {"name": "Ada", "text": "Well said.", "at_ms": 0}
        return str(self.running.client.post(path, json=body).json()["id"])

    def _shared(self) -> dict[str, Any]:
        path = f"{API}/transcriptions/{self['transcription_id']}/shares"
        body = {"may_export": True, "may_comment": True}
        made = self.running.client.post(path, headers=self.account.headers, json=body)
        share: dict[str, Any] = made.json()
        return share

    def _webhook_id(self) -> str:
        made = self.running.client.post(
            f"{API}/webhooks", headers=self.account.headers, json={"url": "https://example.com/"}
        )
        return str(made.json()["id"])

    def _delivery_id(self) -> str:
        """A delivery to the owner's webhook."""
        path = f"{API}/webhooks/{self['webhook_id']}/test"
        sent = self.running.client.post(path, headers=self.account.headers).json()["id"]
        with self.running.runtime.database.write() as session:
            jobs.cancel(session, session.get_one(Job, sent))
        return str(sent)

    def _tag_id(self) -> str:
        made = self.running.client.post(
            f"{API}/tags", headers=self.account.headers, json={"name": "theirs"}
        )
        return str(made.json()["id"])

    def _upload_id(self) -> str:
        """An open upload of ten bytes, none of which has arrived."""
        return self._begun(b"", length=10)

    def complete_upload(self) -> str:
        content = recording("success.wav").read_bytes()
        return self._begun(content, length=len(content))

    def _begun(self, content: bytes, *, length: int) -> str:
        headers = {
            **self.account.headers,
            **TUS,
            "Upload-Length": str(length),
            "Content-Type": "application/offset+octet-stream",
        }
        made = self.running.client.post(f"{API}/uploads", headers=headers, content=content)
        return str(made.headers["location"]).rpartition("/")[2]

    def _submitted(self, subject: str | None, *, state: str = JobState.QUEUED) -> str:
        order = TranscriptionOrder(
            recording=RecordingRef(transcription_id=subject or "", duration_ms=60_000),
            engine=EngineChoice(engine="moonshine"),
        )
        with self.running.runtime.database.write() as session:
            job = jobs.submit(
                session,
                operation=TRANSCRIBE,
                params=order,
                user_id=self.account.id,
                metered=True,
                subject_id=subject,
            )
            if state == JobState.RUNNING:
                job.state, job.attempt = JobState.RUNNING, 1
            elif state == JobState.CANCELLED:
                jobs.cancel(session, job)
        return job.id

    def cancelled_job(self) -> str:
        return self._submitted(None, state=JobState.CANCELLED)

    def _transcription_id(self) -> str:
        """A finished recording with a speaker and a segment ``s1``."""
        runtime, found = self.running.runtime, new_id("trn")
        key = f"recordings/{found}/media"
        runtime.storage.put(key, b"RIFF")
        with runtime.database.write() as session:
            session.add(
                Transcription(
                    id=found,
                    user_id=self.account.id,
                    title="Talk",
                    filename="talk.wav",
                    media_key=key,
                    media_type="wav",
                    size_bytes=4,
                    duration_ms=60_000,
                    options={},
                    created_at=now(),
                    updated_at=now(),
                )
            )
        self.job_id = self._submitted(found, state=JobState.RUNNING)
        with runtime.database.read() as session:
            job = view(session.get_one(Job, self.job_id), max_retries=0)
        result = Transcribed(
            transcript=transcript(spoken("Good morning.")),
            understanding=None,
            delivered=frozenset({"transcription"}),
        )
        finish(runtime, TRANSCRIBE, job, result, warnings=())
        return found

    def _profile_id(self) -> str:
        found = new_id("voc")
        with self.running.runtime.database.write() as session:
            session.add(
                SpeakerProfile(
                    id=found,
                    user_id=self.account.id,
                    transcription_id=self["transcription_id"],
                    name="Ada",
                    speech_ms=9_000,
                    created_at=now(),
                    embedding=bytes(1_024),
                )
            )
        return found

    def edited_revision(self) -> int:
        """The revision of an edit that can be undone."""
        answer = self.running.client.patch(
            f"{API}/transcriptions/{self['transcription_id']}/segments",
            json={"revision": 0, "edits": [{"id": "s1", "text": "Good evening."}]},
            headers=self.account.headers,
        )
        return int(answer.json()["revision"])

    def speaker_to_learn(self) -> dict[str, str]:
        """Of everyone who agreed to it; the owner's speaker has a name and says enough."""
        words = " ".join(["continuously"] * 40)
        said = replace(
            transcript(spoken(words, speaker="S1", character_ms=20)),
            speakers=(Speaker(id="S1", name="Ada"),),
        )
        found = self["transcription_id"]
        with self.running.runtime.database.write() as session:
            mine = TranscriptVersion.transcription_id == found
            session.execute(delete(TranscriptVersion).where(mine))
            add_version(session, found, said, number=1, job_id=self.job_id)
            for user_id in session.scalars(select(User.id)):
                session.merge(SpeakerProfileConsent(user_id=user_id, given_at=now()))
        return {"transcription_id": found, "speaker": "S1"}

    def _text_id(self) -> str:
        made = self.running.client.post(
            f"{API}/transcriptions/{self['transcription_id']}/texts",
            json={"kind": "clean", "provider": "local"},
            headers=self.account.headers,
        )
        return str(made.json()["id"])

    def _speech_id(self) -> str:
        made = self.running.client.post(
            f"{API}/voices/say",
            json={"text": "Good evening.", "provider": SPEAKER},
            headers=self.account.headers,
        )
        return str(made.json()["id"])

    def _video_id(self) -> str:
        made = self.running.client.post(
            f"{API}/transcriptions/{self['transcription_id']}/videos",
            json={"preset": "captioned"},
            headers=self.account.headers,
        )
        return str(made.json()["id"])

    def _brand_id(self) -> str:
        made = self.running.client.post(
            f"{API}/brands", json={"name": "The Press"}, headers=self.account.headers
        )
        return str(made.json()["id"])

    def _scene_id(self) -> str:
        return "s1"

    def _place(self) -> str:
        return "intro"  # of a brand

    def _file(self) -> str:
        return "outro"  # a file of a brand

    def _image_id(self) -> str:
        made = self.running.client.post(
            f"{API}/images", content=small_png(), headers=self.account.headers
        )
        return str(made.json()["id"])

    def written_text(self) -> str:
        """A finished text, whose job no longer exists."""
        found = self._text_id()
        with self.running.runtime.database.write() as session:
            text = session.get_one(WrittenText, found)
            text.job_id, text.body = None, "Good morning."
        return found

    def answer(self) -> str:
        """An answer from several recordings, which no longer exist."""
        found = new_id("txt")
        with self.running.runtime.database.write() as session:
            session.add(
                WrittenText(
                    id=found,
                    user_id=self.account.id,
                    sources=0,
                    kind="questions",
                    provider="openai",
                    model="gpt-test",
                    prompt_version="1.1",
                    options={},
                    warnings=[],
                    citations=[],
                    created_at=now(),
                )
            )
        return found

    def ended_job(self) -> str:
        assert self["transcription_id"]
        return self.job_id
