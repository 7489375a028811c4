"""The table of pictures."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from mp4totext.kit.db import Base


class StoredPicture(Base):
    """A stored picture, delivered or uploaded."""

    __tablename__ = "pictures"
    __table_args__ = (
        Index("ix_pictures_user_id_id", "user_id", "id"),
        Index("ix_pictures_transcription_id", "transcription_id"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(40), ForeignKey("users.id"))
    # None: of no recording.
    transcription_id: Mapped[str | None] = mapped_column(
        String(40), ForeignKey("transcriptions.id", ondelete="CASCADE")
    )
    job_id: Mapped[str | None] = mapped_column(String(40), index=True)  # None: uploaded
    kind: Mapped[str] = mapped_column(String(16))  # card, frame, generated, upload
    provider: Mapped[str] = mapped_column(String(40))
    model: Mapped[str] = mapped_column(String(120))
    style: Mapped[str] = mapped_column(String(40))
    prompt: Mapped[str] = mapped_column(Text)
    negative: Mapped[str] = mapped_column(Text)
    aspect: Mapped[str] = mapped_column(String(16))
    seed: Mapped[int | None] = mapped_column(BigInteger)
    source_ms: Mapped[int | None] = mapped_column(BigInteger)  # of a frame: its time
    alt_text: Mapped[str] = mapped_column(Text)
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    size_bytes: Mapped[int] = mapped_column(BigInteger)  # with its thumbnail
    sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
