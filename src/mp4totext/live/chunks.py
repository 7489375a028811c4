"""The audio of one session as its worker reads it from the database."""

from dataclasses import dataclass

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from mp4totext.kit.db import retry_while_db_down
from mp4totext.live.models import LiveChunk, LiveSession
from mp4totext.runtime import Runtime

_CHUNKS_PER_READ = 16  # bounds the memory that a backlog takes
_CHUNKS_PER_WRITE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """Audio that arrived since the last read, in the client's format."""

    data: bytes = b""
    chunks: int = 0  # number of rows that were read: many if the worker lags behind
    is_last: bool = False  # the session has ended: no audio will follow
    cleared_bytes: int | None = None  # the client cleared all before; there is no data with it


class ChunkReader:
    """Reads the chunks of a session in order.

    It polls the database, as a read is cheap and notifications can be lost.
    """

    def __init__(self, runtime: Runtime, job_id: str, *, cleared_bytes: int) -> None:
        """``cleared_bytes``: up to where audio was cleared already."""
        self._runtime = runtime
        self._job_id = job_id
        self._cleared_bytes = cleared_bytes
        self._at_byte = 0

    @retry_while_db_down
    def read(self) -> Received:
        """Return the audio that arrived since the last read, possibly none."""
        with self._runtime.database.read() as session:
            row = session.execute(
                select(
                    LiveSession.received_bytes, LiveSession.cleared_bytes, LiveSession.ended
                ).where(LiveSession.job_id == self._job_id)
            ).first()
            if row is None:  # the recording was deleted
                return Received(is_last=True)
            if row.cleared_bytes > self._cleared_bytes:
                return Received(cleared_bytes=row.cleared_bytes)
            if row.received_bytes <= self._at_byte:
                return Received(is_last=row.ended)
            chunks = session.scalars(
                select(LiveChunk.data)
                .where(
                    LiveChunk.job_id == self._job_id,
                    LiveChunk.at_byte >= self._at_byte,
                    LiveChunk.at_byte < row.received_bytes,  # later ones may follow a clear
                )
                .order_by(LiveChunk.at_byte)
                .limit(_CHUNKS_PER_READ)
            ).all()
        data = b"".join(chunks)
        self._at_byte += len(data)
        # Also if the session has ended: only the next read shows whether this was all.
        return Received(data=data, chunks=len(chunks))

    def clear(self, start: int, end: int) -> None:
        """Overwrite the audio between two bytes with silence, for whoever reads it again."""
        at: int | None = start
        while at is not None and at < end:
            at = self._silence(at, end)
        self._cleared_bytes = end

    @retry_while_db_down
    def _silence(self, start: int, end: int) -> int | None:
        """Silence some chunks; return where the next one begins, or None if there is none."""
        mine = LiveChunk.job_id == self._job_id
        with self._runtime.database.write() as session:
            first = select(func.max(LiveChunk.at_byte)).where(mine, LiveChunk.at_byte <= start)
            chunks = session.scalars(
                select(LiveChunk)
                .where(mine, LiveChunk.at_byte >= first.scalar_subquery(), LiveChunk.at_byte < end)
                .order_by(LiveChunk.at_byte)
                .limit(_CHUNKS_PER_WRITE)
            ).all()
            for chunk in chunks:
                low, high = (max(0, at - chunk.at_byte) for at in (start, end))
                silence = bytes(len(chunk.data[low:high]))
                chunk.data = chunk.data[:low] + silence + chunk.data[high:]
        return chunks[-1].at_byte + len(chunks[-1].data) if chunks else None

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
