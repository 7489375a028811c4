"""The audio of one session as its worker reads it from the database."""

from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from mp4totext.kit.db import retry_while_db_down
from mp4totext.live.models import LiveChunk, LiveSession
from mp4totext.runtime import Runtime

_CHUNKS_PER_READ = 16  # bounds the memory that a backlog takes


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """Audio that arrived since the last read, in the client's format."""

    data: bytes = b""
    chunks: int = 0  # number of rows that were read: many if the worker lags behind
    is_last: bool  # the session has ended: no audio will follow


class ChunkReader:
    """Reads the chunks of a session in order.

    It polls the database, as a read is cheap and notifications can be lost.
    """

    def __init__(self, runtime: Runtime, job_id: str) -> None:
        self._runtime = runtime
        self._job_id = job_id
        self._at_byte = 0

    @retry_while_db_down
    def read(self) -> Received:
        """Return the audio that arrived since the last read, possibly none."""
        with self._runtime.database.read() as session:
            row = session.execute(
                select(LiveSession.received_bytes, LiveSession.ended).where(
                    LiveSession.job_id == self._job_id
                )
            ).first()
            if row is None:  # the recording was deleted
                return Received(is_last=True)
            if row.received_bytes <= self._at_byte:
                return Received(is_last=row.ended)
            chunks = session.scalars(
                select(LiveChunk.data)
                .where(LiveChunk.job_id == self._job_id, LiveChunk.at_byte >= self._at_byte)
                .order_by(LiveChunk.at_byte)
                .limit(_CHUNKS_PER_READ)
            ).all()
        data = b"".join(chunks)
        self._at_byte += len(data)
        # Also if the session has ended: only the next read shows whether this was all.
        return Received(data=data, chunks=len(chunks), is_last=False)

    @retry_while_db_down
    def close(self) -> None:
        """End the session. Audio that arrives afterwards is not stored."""
        with self._runtime.database.write() as session:
            session.execute(
                update(LiveSession).where(LiveSession.job_id == self._job_id).values(ended=True)
            )


def delete_audio(session: Session, *, transcription_id: str) -> None:
    """Delete the sessions of a recording with their audio."""
    job_ids = select(LiveSession.job_id).where(LiveSession.transcription_id == transcription_id)
    session.execute(delete(LiveChunk).where(LiveChunk.job_id.in_(job_ids)))
    session.execute(delete(LiveSession).where(LiveSession.transcription_id == transcription_id))
