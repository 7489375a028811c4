"""The table of renditions."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from mp4totext.kit.db import Base


class Playback(StrEnum):
    ORIGINAL = "original"  # browsers play the recording as it is
    SOUND = "sound"  # browsers play a copy of its sound


class Rendition(Base):
    """The renditions of a recording. Their files are in the recording's folder."""

    __tablename__ = "renditions"

    transcription_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("transcriptions.id", ondelete="CASCADE"), primary_key=True
    )
    playback: Mapped[str] = mapped_column(String(10))
    playback_bytes: Mapped[int | None] = mapped_column(Integer)  # None: the original is played
    peaks: Mapped[int] = mapped_column(Integer)  # their number; each is a byte
    poster_bytes: Mapped[int | None] = mapped_column(Integer)  # None: there is no picture
    created_at: Mapped[datetime]
