"""Tables of live sessions, through which the API process passes audio to the worker."""

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from mp4totext.kit.db import Base


class LiveSession(Base):
    """The audio stream of a live job, kept until the job can no longer be retried."""

    __tablename__ = "live_sessions"

    job_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True
    )
    transcription_id: Mapped[str] = mapped_column(String(40), index=True)
    # The fencing token: only the newest connection may add audio.
    socket_id: Mapped[str] = mapped_column(String(40))
    received_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    # The client cleared what it had sent up to here and was not in final words yet.
    cleared_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    ended: Mapped[bool] = mapped_column(default=False)


class LiveChunk(Base):
    """A piece of a session's audio that starts at ``at_byte`` of its stream."""

    __tablename__ = "live_chunks"

    job_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("live_sessions.job_id", ondelete="CASCADE"), primary_key=True
    )
    at_byte: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)
