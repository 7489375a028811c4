"""Kills the live worker or the API during sessions, which must continue and be charged once."""

import json
import random
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from sqlalchemy import select
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from mp4totext.credits import ledger
from mp4totext.credits.models import CreditEntry
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.versions import transcript_of
from tests.support.job_kills import Outcome
from tests.support.live_audio import BECKETT, END, LIVE, START, pcm, spoken
from tests.support.service_processes import Account, Api, Process, Service

PIECE = 6_400  # 0.2 s, sent at half of that
PATIENCE_S = 60


def kill_while_speaking(
    service: Service, how: str, *, runs: int, chance: random.Random
) -> Iterator[Outcome]:
    """Kill and restart a process while sessions send audio. ``how``: "worker" or "api"."""
    for _ in range(runs):
        with ExitStack() as stack:
            worker = stack.enter_context(service.live_worker())
            api = stack.enter_context(service.api())
            client = ReconnectingClient(api, service.account(api))
            at = client.speak(until_byte=round(len(client.sound) * chance.uniform(0.2, 0.9)))
            began = time.monotonic()
            _kill(service, stack, worker if how == "worker" else api.process)
            if how == "api":
                client.api = stack.enter_context(service.api())
            client.finish()
            yield Outcome(
                stage="live",
                how=how,
                hit=f"{'no' if at else 'some'} words had been sent",
                recovered_s=time.monotonic() - began,
                problems=_problems(service, client),
            )


def _kill(service: Service, stack: ExitStack, process: Process) -> None:
    process.kill()
    if "celery" in str(process.popen.args):
        stack.enter_context(service.live_worker())


class ReconnectingClient:
    """A client that reconnects until its session has ended."""

    def __init__(self, api: Api, account: Account) -> None:
        self.api = api
        self.account = account
        self.sound = pcm(spoken())
        self.events: list[dict[str, Any]] = []
        self._first: dict[str, Any] = dict(START)
        self._socket: ClientConnection | None = None
        self._line = ExitStack()  # closes the socket
        self._at = 0

    def _open(self) -> ClientConnection:
        token = self.account.headers["Authorization"].removeprefix("Bearer ")
        protocols = [Subprotocol("bearer"), Subprotocol(token)]
        address = self.api.url.replace("http", "ws", 1) + LIVE
        dialled = connect(address, subprotocols=protocols, open_timeout=PATIENCE_S)
        socket = self._line.enter_context(dialled)
        socket.send(json.dumps(self._first))
        begun = json.loads(socket.recv(PATIENCE_S))
        assert begun["type"] == "session", begun
        self._at = begun["received_bytes"] or 0
        self._first = {"type": "resume", "session": begun["session"]}
        return socket

    def speak(self, *, until_byte: int) -> bool:
        """Send audio up to that byte; return whether no words have arrived yet."""
        self._socket = self._socket or self._open()
        while self._at < until_byte:
            self._socket.send(self.sound[self._at : self._at + PIECE])
            self._at = min(self._at + PIECE, len(self.sound))
            time.sleep(0.1)
            self._listen(self._socket, within_s=0)
        return not self.finals

    def _listen(self, socket: ClientConnection, *, within_s: float) -> None:
        """Read events until none arrives within ``within_s`` or the session ends."""
        while True:
            try:
                event = json.loads(socket.recv(within_s))
            except TimeoutError:
                return
            if "seq" in event:
                self.events.append(event)
                self._first["since"] = event["seq"]
            if event["type"] in ("job_complete", "error"):
                return

    def move(self, api: Api) -> None:
        """Continue the session at another API process."""
        self._hang_up()
        self.api = api

    def _hang_up(self) -> None:
        self._line.close()
        self._socket = None

    @property
    def finals(self) -> list[int]:
        """The start of each final utterance, in milliseconds."""
        return [event["start_ms"] for event in self.events if event["type"] == "live_final"]

    def finish(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                self.speak(until_byte=len(self.sound))
                assert self._socket is not None
                self._socket.send(json.dumps(END))
                self._listen(self._socket, within_s=PATIENCE_S)
            except ConnectionClosedError:
                self._hang_up()
                continue
            self._hang_up()
            return


def _problems(service: Service, client: ReconnectingClient) -> list[str]:
    finals = client.finals
    ends = [event["type"] for event in client.events if event["type"] in ("job_complete", "error")]
    with service.runtime.database.read() as session:
        mine = select(CreditEntry.kind).where(CreditEntry.user_id == client.account.id)
        kinds = list(session.scalars(mine.order_by(CreditEntry.id)))
        audit = ledger.audit(session)
        transcription = session.get_one(Transcription, client.events[-1]["subject_id"])
        version = queries.version(session, transcription)
        text = transcript_of(session, version).text
    facts = {
        f"ended {ends}": ends == ["job_complete"],
        f"told {finals}": finals == sorted(set(finals)) and len(finals) >= 5,
        f"entries {kinds}": kinds == ["grant", "hold", "settle"],
        f"text {text!r}": text == BECKETT,
        f"audit {audit}": not audit,
    }
    return [problem for problem, holds_true in facts.items() if not holds_true]
