"""The table of shares."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text
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
    may_comment: Mapped[bool] = mapped_column(default=False)
    expires_at: Mapped[datetime | None]
    opened: Mapped[int] = mapped_column(Integer, default=0)
    last_opened_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class ShareComment(Base):
    """A visitor's comment at a time of the recording. It stays when the link is deleted."""

    __tablename__ = "share_comments"
    __table_args__ = (Index("ix_share_comments_transcription_id_id", "transcription_id", "id"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    # The owner of the recording; its author has no account.
    user_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    transcription_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("transcriptions.id", ondelete="CASCADE")
    )
    share_id: Mapped[str | None] = mapped_column(
        String(40), ForeignKey("shares.id", ondelete="SET NULL"), index=True
    )
    name: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(Text)
    at_ms: Mapped[int] = mapped_column(BigInteger)
    answer: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
