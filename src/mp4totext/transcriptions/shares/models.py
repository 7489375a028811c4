"""The table of shares."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from mp4totext.kit.db import Base


class Share(Base):
    """A link to a recording's current transcript. Revoking it deletes the row."""

    __tablename__ = "shares"
    __table_args__ = (Index("ix_shares_user_id_id", "user_id", "id"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(40), ForeignKey("users.id", ondelete="CASCADE"))
    transcription_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("transcriptions.id", ondelete="CASCADE"), index=True
    )
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(72))
    with_media: Mapped[bool]
    with_speakers: Mapped[bool]
    may_export: Mapped[bool]
    expires_at: Mapped[datetime | None]
    opened: Mapped[int] = mapped_column(Integer, default=0)
    last_opened_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
