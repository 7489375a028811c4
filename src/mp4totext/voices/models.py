"""The table of speeches."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Float, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, deferred, mapped_column

from mp4totext.kit.db import Base


class Speech(Base):
    """A text with its speech. Its state is that of its job."""

    __tablename__ = "speeches"
    __table_args__ = (
        Index("ix_speeches_user_id_id", "user_id", "id"),
        Index("ix_speeches_transcription_id", "transcription_id"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(40), ForeignKey("users.id"))
    # None: a text of the user's own.
    transcription_id: Mapped[str | None] = mapped_column(
        String(40), ForeignKey("transcriptions.id", ondelete="CASCADE")
    )
    job_id: Mapped[str] = mapped_column(String(40), index=True)
    provider: Mapped[str] = mapped_column(String(40))
    model: Mapped[str] = mapped_column(String(120))
    voice: Mapped[str] = mapped_column(String(80))
    language: Mapped[str] = mapped_column(String(35))
    speed: Mapped[float] = mapped_column(Float)
    characters: Mapped[int] = mapped_column(Integer)
    # None until it is spoken.
    duration_ms: Mapped[int | None] = mapped_column(Integer)
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    heard_back: Mapped[bool | None] = mapped_column(Boolean)
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    text: Mapped[str] = deferred(mapped_column(Text, nullable=False))
    words: Mapped[list[dict[str, Any]] | None] = deferred(mapped_column(JSON, nullable=True))
