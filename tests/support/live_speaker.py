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
from tests.support.in_process_service import Person, World
from tests.support.live_audio import END, LIVE


@dataclass
class Talk:
    """One connection and all it was told."""

    socket: WebSocketTestSession
    told: list[dict[str, Any]] = field(default_factory=list)

    def say(self, message: dict[str, Any]) -> None:
        self.socket.send_json(message)

    def send(self, sound: bytes, *, piece: int = 8_000) -> None:
        for at in range(0, len(sound), piece):
            self.socket.send_bytes(sound[at : at + piece])

    def hear(self, type: str) -> dict[str, Any]:  # noqa: A002  the field's name on the wire
        """The next of this type; what came before it is kept."""
        while True:
            message = self.socket.receive_json()
            self.told.append(message)
            if message["type"] == type:
                return dict(message)

    def hear_all(self) -> int:
        """Everything until the socket is closed; its code."""
        while True:
            try:
                self.told.append(self.socket.receive_json())
            except WebSocketDisconnect as closed:
                return closed.code

    def of(self, type: str) -> list[dict[str, Any]]:  # noqa: A002  the same
        return [message for message in self.told if message["type"] == type]

    @property
    def text(self) -> str:
        return " ".join(message["text"] for message in self.of("live_final"))


@contextmanager
def talking(person: Person, **first: Any) -> Iterator[Talk]:
    """``first``: what is said first; nothing: the caller says it."""
    protocols = ["bearer", person.account.access_token]
    with person.world.client.websocket_connect(LIVE, subprotocols=protocols) as socket:
        talk = Talk(socket)
        if first:
            talk.say(first)
        yield talk


@contextmanager
def listening(world: World) -> Iterator[None]:
    """A worker that takes what comes, until the block ends."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.02):
            runner.work_once(world.worker)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def whole(talk: Talk, sound: bytes, **how: int) -> str:
    """A session from its first to its last word; its id."""
    session = str(talk.hear("session")["session"])
    talk.send(sound, **how)
    talk.say(END)
    assert talk.hear_all() == 1000, talk.told
    return session


def in_the_database(world: World, session_id: str) -> dict[str, int]:
    with world.runtime.database.read() as session:
        mine = select(LiveSession.job_id).where(LiveSession.transcription_id == session_id)
        return {
            "sessions": session.scalar(select(func.count()).select_from(mine.subquery())) or 0,
            "chunks": session.scalar(
                select(func.count()).select_from(LiveChunk).where(LiveChunk.job_id.in_(mine))
            )
            or 0,
        }
