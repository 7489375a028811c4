"""Tables of recordings and their transcripts."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, deferred, mapped_column

from mp4totext.kit.db import Base


class Transcription(Base):
    """A recording and what was asked of it. Its state is its latest job's."""

    __tablename__ = "transcriptions"
    __table_args__ = (
        Index("ix_transcriptions_user_id_id", "user_id", "id"),
        Index("ix_transcriptions_user_id_sha256", "user_id", "sha256"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(40), ForeignKey("users.id"))
    job_id: Mapped[str | None] = mapped_column(String(40), index=True)
    title: Mapped[str] = mapped_column(String(255))
    filename: Mapped[str] = mapped_column(String(255))
    source_url: Mapped[str | None] = mapped_column(String(2000))
    # None until a download has arrived.
    sha256: Mapped[str | None] = mapped_column(String(64))
    media_key: Mapped[str | None] = mapped_column(String(200))
    media_type: Mapped[str | None] = mapped_column(String(80))
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    duration_ms: Mapped[int | None] = mapped_column(BigInteger)
    channels: Mapped[int | None] = mapped_column(Integer)
    has_video: Mapped[bool] = mapped_column(default=False)
    options: Mapped[dict[str, Any]] = mapped_column(JSON)
    language: Mapped[str | None] = mapped_column(String(35))
    version: Mapped[int | None] = mapped_column(Integer)  # the one readers see
    created_at: Mapped[datetime] = mapped_column(index=True)
    updated_at: Mapped[datetime]


class TranscriptVersion(Base):
    """One run's transcript. ``recognised`` never changes; a person's edits are in ``edited``."""

    __tablename__ = "transcript_versions"

    transcription_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("transcriptions.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    job_id: Mapped[str] = mapped_column(String(40))
    engine: Mapped[str] = mapped_column(String(40))
    model: Mapped[str] = mapped_column(String(120))
    language: Mapped[str | None] = mapped_column(String(35))
    word_count: Mapped[int] = mapped_column(Integer)
    revision: Mapped[int] = mapped_column(Integer, default=0)  # raised by every edit
    created_at: Mapped[datetime]
    recognised: Mapped[dict[str, Any]] = deferred(mapped_column(JSON))
    edited: Mapped[dict[str, Any] | None] = deferred(mapped_column(JSON, nullable=True))
    understanding: Mapped[dict[str, Any] | None] = deferred(mapped_column(JSON, nullable=True))
    text: Mapped[str] = deferred(mapped_column(Text))  # what is searched: the text readers see
