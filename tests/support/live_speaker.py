"""Someone who speaks into the live socket, and a worker that listens."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from starlette.testclient import WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from mp4totext.jobs import runner
from mp4totext.live.models import LiveChunk, LiveSession
from tests.support.in_process_service import ApiUser, Harness
from tests.support.live_audio import END, LIVE


@dataclass
class LiveSpeaker:
    """One connection and all it was told."""

    socket: WebSocketTestSession
    received: list[dict[str, Any]] = field(default_factory=list)

    def send_json(self, message: dict[str, Any]) -> None:
        self.socket.send_json(message)

    def send_sound(self, sound: bytes, *, piece: int = 8_000) -> None:
        for at in range(0, len(sound), piece):
            self.socket.send_bytes(sound[at : at + piece])

    def wait_for(self, type: str) -> dict[str, Any]:  # noqa: A002  the field's name on the wire
        """The next of this type; what came before it is kept."""
        while True:
            message = self.socket.receive_json()
            self.received.append(message)
            if message["type"] == type:
                return dict(message)

    def read_to_close(self) -> int:
        """Everything until the socket is closed; its code."""
        while True:
            try:
                self.received.append(self.socket.receive_json())
            except WebSocketDisconnect as closed:
                return closed.code

    def messages(self, type: str) -> list[dict[str, Any]]:  # noqa: A002  the same
        return [message for message in self.received if message["type"] == type]

    @property
    def text(self) -> str:
        return " ".join(message["text"] for message in self.messages("live_final"))


@contextmanager
def speaking(user: ApiUser, **first: Any) -> Iterator[LiveSpeaker]:
    """``first``: what is said first; nothing: the caller says it."""
    protocols = ["bearer", user.account.access_token]
    with user.harness.client.websocket_connect(LIVE, subprotocols=protocols) as socket:
        speaker = LiveSpeaker(socket)
        if first:
            speaker.send_json(first)
        yield speaker


@contextmanager
def live_worker(harness: Harness) -> Iterator[None]:
    """A worker that takes what comes, until the block ends."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.02):
            runner.work_once(harness.worker)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def run_session(speaker: LiveSpeaker, sound: bytes, **how: int) -> str:
    """A session from its first to its last word; its id."""
    session = str(speaker.wait_for("session")["session"])
    speaker.send_sound(sound, **how)
    speaker.send_json(END)
    assert speaker.read_to_close() == 1000, speaker.received
    return session


def stored_rows(harness: Harness, session_id: str) -> dict[str, int]:
    with harness.runtime.database.read() as session:
        mine = select(LiveSession.job_id).where(LiveSession.transcription_id == session_id)
        return {
            "sessions": session.scalar(select(func.count()).select_from(mine.subquery())) or 0,
            "chunks": session.scalar(
                select(func.count()).select_from(LiveChunk).where(LiveChunk.job_id.in_(mine))
            )
            or 0,
        }
