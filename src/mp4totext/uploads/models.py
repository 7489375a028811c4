"""Tables for open uploads. Their bytes are objects in storage, so any API process can continue."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from mp4totext.kit.db import Base

METADATA_CHARS_MAX = 4_096


class Upload(Base):
    """An open upload. ``offset_bytes`` is always the sum of the sizes of its parts."""

    __tablename__ = "uploads"
    __table_args__ = (
        CheckConstraint("offset_bytes >= 0", name="offset_not_negative"),
        CheckConstraint("offset_bytes <= length_bytes", name="offset_within_length"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    offset_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    length_bytes: Mapped[int] = mapped_column(BigInteger)
    # As the client sent it.
    metadata_header: Mapped[str] = mapped_column(String(METADATA_CHARS_MAX))
    # Fencing token: the number of the newest request.
    writer: Mapped[int] = mapped_column(default=0)
    # The object that the client uploads itself; such an upload has no parts and no offset.
    direct_key: Mapped[str | None] = mapped_column(String(120))
    gone: Mapped[bool] = mapped_column(default=False)  # used or ended; the sweeper deletes it
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class UploadPart(Base):
    __tablename__ = "upload_parts"

    upload_id: Mapped[str] = mapped_column(
        ForeignKey("uploads.id", ondelete="CASCADE"), primary_key=True
    )
    start_byte: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    object_key: Mapped[str] = mapped_column(String(120))
