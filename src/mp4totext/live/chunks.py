"""The sound of one session as its worker reads it, and that it is to be no more."""

from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from mp4totext.kit.db import retry_while_db_down
from mp4totext.live.models import LiveChunk, LiveSession
from mp4totext.runtime import Runtime

_CHUNKS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    data: bytes = b""
    chunks: int = 0  # many are a backlog
    is_last: bool  # nothing will follow


class Inbox:
    """Asks some times a second: a wake-up would save a cheap question and might be lost."""

    def __init__(self, runtime: Runtime, job_id: str) -> None:
        self._runtime = runtime
        self._job_id = job_id
        self._at_byte = 0

    @retry_while_db_down
    def read(self) -> Received:
        """What came since the last time."""
        with self._runtime.database.read() as session:
            there = session.execute(
                select(LiveSession.received_bytes, LiveSession.ended).where(
                    LiveSession.job_id == self._job_id
                )
            ).first()
            if there is None:
                return Received(is_last=True)
            if there.received_bytes <= self._at_byte:
                return Received(is_last=there.ended)
            found = session.scalars(
                select(LiveChunk.data)
                .where(LiveChunk.job_id == self._job_id, LiveChunk.at_byte >= self._at_byte)
                .order_by(LiveChunk.at_byte)
                .limit(_CHUNKS)
            ).all()
        data = b"".join(found)
        self._at_byte += len(data)
        return Received(data=data, chunks=len(found), is_last=False)

    @retry_while_db_down
    def close(self) -> None:
        """What comes from now on is not heard any more."""
        with self._runtime.database.write() as session:
            session.execute(
                update(LiveSession).where(LiveSession.job_id == self._job_id).values(ended=True)
            )


def remove(session: Session, *, transcription_id: str) -> None:
    """All sound of a recording's sessions."""
    mine = select(LiveSession.job_id).where(LiveSession.transcription_id == transcription_id)
    session.execute(delete(LiveChunk).where(LiveChunk.job_id.in_(mine)))
    session.execute(delete(LiveSession).where(LiveSession.transcription_id == transcription_id))
