"""Tables of live sessions: what crosses from the socket's process to the one that hears."""

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from mp4totext.kit.db import Base


class LiveSession(Base):
    """The sound of a live job until it is settled."""

    __tablename__ = "live_sessions"

    job_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True
    )
    transcription_id: Mapped[str] = mapped_column(String(40), index=True)
    # The fence of a session: only the connection that came last may add to it.
    socket_id: Mapped[str] = mapped_column(String(40))
    received_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    ended: Mapped[bool] = mapped_column(default=False)


class LiveChunk(Base):
    """A piece of a session's sound, by its place in the stream of bytes."""

    __tablename__ = "live_chunks"

    job_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("live_sessions.job_id", ondelete="CASCADE"), primary_key=True
    )
    at_byte: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)
