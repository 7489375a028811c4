"""The tables of videos."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mp4totext.kit.db import Base
from mp4totext.videos.presets import Preset


class Brand(Base):
    """What the videos of an account have in common."""

    __tablename__ = "brands"
    __table_args__ = (Index("ix_brands_user_id_id", "user_id", "id"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(40), ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(String(120))
    # As in a storyboard's look; None: the palette, or no logo.
    colours: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    logo: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    # Files of the brand, as in ``branding``.
    font: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    intro: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    outro: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)  # of these files
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Video(Base):
    """A video of a recording: a draft until it is rendered. Its state is that of its job."""

    __tablename__ = "videos"
    __table_args__ = (
        Index("ix_videos_transcription_id_id", "transcription_id", "id"),
        Index("ix_videos_user_id_id", "user_id", "id"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(40), ForeignKey("users.id"))
    transcription_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("transcriptions.id", ondelete="CASCADE")
    )
    job_id: Mapped[str | None] = mapped_column(String(40), index=True)  # None: not rendered yet
    version: Mapped[int] = mapped_column(Integer)  # of the transcript
    preset: Mapped[Preset] = mapped_column(String(20))
    storyboard: Mapped[dict[str, Any]] = mapped_column(JSON)
    revision: Mapped[int] = mapped_column(Integer, default=1)  # of the storyboard
    rendered_revision: Mapped[int | None] = mapped_column(Integer)  # which the file shows
    warnings: Mapped[list[str]] = mapped_column(JSON, default=list)
    # Segments and sound are stored until the job has ended.
    has_parts: Mapped[bool] = mapped_column(default=True)
    # None until it is made.
    duration_ms: Mapped[int | None] = mapped_column(BigInteger)
    intro_ms: Mapped[int] = mapped_column(Integer, default=0)  # before the recording begins
    width: Mapped[int | None] = mapped_column(Integer)
    height: Mapped[int | None] = mapped_column(Integer)
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


PieceKind = Literal["line", "segment"]


class VideoPiece(Base):
    """A spoken line or a drawn segment of an account, made once and used by every video it fits.

    It goes with the recording that it was made for, a segment with its video.
    """

    __tablename__ = "video_pieces"
    __table_args__ = (
        UniqueConstraint("user_id", "fingerprint"),
        Index("ix_video_pieces_transcription_id", "transcription_id"),
        Index("ix_video_pieces_video_id", "video_id"),
        Index("ix_video_pieces_kind_used_at", "kind", "used_at"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(40), ForeignKey("users.id"))
    transcription_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("transcriptions.id", ondelete="CASCADE")
    )
    video_id: Mapped[str | None] = mapped_column(String(40))  # None: lines, for all videos
    # SHA-256 of everything that is seen or heard in it.
    fingerprint: Mapped[str] = mapped_column(String(64))
    kind: Mapped[PieceKind] = mapped_column(String(20))
    extension: Mapped[str] = mapped_column(String(10))
    sha256: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    length_ms: Mapped[int | None] = mapped_column(Integer)  # of a line
    doubtful: Mapped[bool] = mapped_column(default=False)  # not all its words were recognised
    paid: Mapped[bool] = mapped_column(default=False)  # by a video that was delivered
    created_at: Mapped[datetime]
    used_at: Mapped[datetime]
