"""A client of the live socket, and a worker for its sessions."""

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
class LiveClient:
    """A connection and the messages that it has received."""

    socket: WebSocketTestSession
    messages: list[dict[str, Any]] = field(default_factory=list)

    def send_message(self, message: dict[str, Any]) -> None:
        self.socket.send_json(message)

    def send_audio(self, audio: bytes, *, piece: int = 8_000) -> None:
        for at in range(0, len(audio), piece):
            self.socket.send_bytes(audio[at : at + piece])

    def receive(self, type: str) -> dict[str, Any]:  # noqa: A002  the field's name on the wire
        """Receive until a message of this type, and return it."""
        while True:
            message = self.socket.receive_json()
            self.messages.append(message)
            if message["type"] == type:
                return dict(message)

    def receive_rest(self) -> int:
        """Receive until the socket is closed; return the close code."""
        while True:
            try:
                self.messages.append(self.socket.receive_json())
            except WebSocketDisconnect as closed:
                return closed.code

    def of_type(self, type: str) -> list[dict[str, Any]]:  # noqa: A002  the same
        return [message for message in self.messages if message["type"] == type]

    @property
    def text(self) -> str:
        return " ".join(message["text"] for message in self.of_type("live_final"))


@contextmanager
def connected(user: ApiUser, **first: Any) -> Iterator[LiveClient]:
    """``first`` is the first message; without it, the caller sends one."""
    protocols = ["bearer", user.account.access_token]
    with user.harness.client.websocket_connect(LIVE, subprotocols=protocols) as socket:
        client = LiveClient(socket)
        if first:
            client.send_message(first)
        yield client


@contextmanager
def live_worker(harness: Harness) -> Iterator[None]:
    """Run a worker until the block ends."""
    stopped = threading.Event()

    def work() -> None:
        while not stopped.wait(0.02):
            runner.work_once(harness.worker)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def run_session(client: LiveClient, audio: bytes, **how: int) -> str:
    """Send all audio and end the session; returns its id."""
    session = str(client.receive("session")["session"])
    client.send_audio(audio, **how)
    client.send_message(END)
    assert client.receive_rest() == 1000, client.messages
    return session


def stored_rows(harness: Harness, session_id: str) -> dict[str, int]:
    with harness.runtime.database.read() as session:
        job_ids = select(LiveSession.job_id).where(LiveSession.transcription_id == session_id)
        return {
            "sessions": session.scalar(select(func.count()).select_from(job_ids.subquery())) or 0,
            "chunks": session.scalar(
                select(func.count()).select_from(LiveChunk).where(LiveChunk.job_id.in_(job_ids))
            )
            or 0,
        }
