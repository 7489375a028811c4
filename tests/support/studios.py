"""A service with a fake language model and image provider, for videos made by models."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from mp4totext.catalogue import service as catalogue
from mp4totext.credits.money import to_uc
from mp4totext.jobs import runner
from mp4totext.jobs.heartbeat import Worker
from mp4totext.jobs.operation import Operations
from mp4totext.kit.queue_names import QUEUES
from mp4totext.media.sound import encoded
from mp4totext.operations import OPERATIONS
from mp4totext.transcript import Transcript
from mp4totext.transcriptions.models import Transcription
from tests.conformance.picture_apis import PictureApi
from tests.conformance.server import Server
from tests.conformance.text_apis import TextApi
from tests.conftest import settings_for
from tests.support import picture_vendors, text_vendors, voice_vendors
from tests.support.scene_models import planner
from tests.support.translations import translation_of
from tests.support.voice_vendors import tone, tone_wav
from tests.texts.conftest import SPOKEN, Service, service_of

TEXT = text_vendors.BY_NAME["openai"]
PICTURES = picture_vendors.BY_NAME["together"]
VOICE = voice_vendors.BY_NAME["elevenlabs"]
_NUMBERS = count(1)
RATE = 5  # credits for 1,000 characters
PLANNER = f"{TEXT.name}:{TEXT.model}"


@dataclass
class Studio:
    service: Service
    model: TextApi
    model_server: Server
    painter: PictureApi
    painter_server: Server
    speaker_server: Server

    def reset(self) -> None:
        self.model.model = planner()
        self.painter.arrive = self.painter.sent = None
        for requests in (self.model.requests, self.painter.orders):
            requests.clear()
        for server in (self.model_server, self.painter_server, self.speaker_server):
            server.next.clear()
            server.received.clear()

    def record(self, spoken: Transcript = SPOKEN) -> str:
        """Store a recording with these words; its audio is stored as well."""
        recording_id = self.service.record(spoken)
        key = f"recordings/{recording_id}/media"
        sound = tone(seconds=spoken.duration_ms / 1_000, rate=8_000)
        self.service.runtime.storage.put(key, encoded(sound, "wav"))
        with self.service.runtime.database.write() as session:
            session.get_one(Transcription, recording_id).media_key = key
        return recording_id

    def translate(self, recording_id: str, spoken: Transcript, language: str) -> None:
        """Store a translation with a line for each segment, of which none was spoken yet."""
        lines = [
            {
                "segment_id": segment.id,
                "start_ms": segment.start_ms,
                "end_ms": segment.end_ms,
                "speaker": None,
                "text": f"{next(_NUMBERS)} Mal dasselbe, mit anderen Worten.",  # no line twice
                "original": False,
            }
            for segment in spoken.segments
        ]
        text = translation_of(recording_id, self.service.user.id, language, lines)
        with self.service.runtime.database.write() as session:
            session.add(text)

    def send(self, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        answer = self.service.client.request(
            method, f"/api/v1{path}", json=body, headers=self.service.user.headers
        )
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def order(self, body: dict[str, Any]) -> tuple[Any, int]:
        """A video that waits, and what is held for it: as much as was quoted, and as it says."""
        quote = self.send("POST", "/credits/quote", {**body, "operation": "render_video"})["total"]
        accepted = self.send("POST", "/videos/generate", body, status=202)
        held, _ = self.service.held_and_spent()
        assert held == to_uc(str(quote)) == to_uc(str(accepted["held"]))
        return accepted, held

    def work(self, operations: Operations = OPERATIONS) -> None:
        """Run jobs until none is left that can run now."""
        worker = Worker(
            runtime=self.service.runtime, operations=operations, name="test", queues=QUEUES
        )
        while runner.work_once(worker):
            pass


@contextmanager
def studio_in(folder: Path, empty_database: Path) -> Iterator[Studio]:
    with (
        text_vendors.vendor_server(TEXT, planner()) as (model_server, model),
        picture_vendors.vendor_server(PICTURES) as (painter_server, painter),
        voice_vendors.vendor_server(VOICE, tone_wav()) as (speaker_server, _),
    ):
        settings = TEXT.settings(settings_for(folder), model_server)
        settings = PICTURES.settings(settings, painter_server)
        settings = VOICE.settings(settings, speaker_server, vendor_timeout_s=5.0)
        service = service_of(settings, empty_database)
        with service.runtime.database.write() as session:
            catalogue.edit(session, ("text", TEXT.name, TEXT.model), {"rate": str(RATE)})
        yield Studio(service, model, model_server, painter, painter_server, speaker_server)
        service.runtime.close()
