"""Tables of recordings and their transcripts."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column

from mp4totext.kit.db import Base


class Transcription(Base):
    """A recording and its requested options. Its state is that of its latest job."""

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
    # None until the download has arrived.
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
    archived_at: Mapped[datetime | None]
    binned_at: Mapped[datetime | None] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(index=True)
    updated_at: Mapped[datetime]


class Tag(Base):
    __tablename__ = "tags"
    __table_args__ = (Index("ix_tags_user_id_folded", "user_id", "folded", unique=True),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(40), ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(60))
    folded: Mapped[str] = mapped_column(String(200))  # equal for names that differ only in case
    colour: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime]


class TranscriptionTag(Base):
    __tablename__ = "transcription_tags"

    transcription_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("transcriptions.id", ondelete="CASCADE"), primary_key=True
    )
    tag_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class TranscriptVersion(Base):
    """The small columns of a version, which an edit of its segments may change."""

    __tablename__ = "transcript_versions"

    transcription_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("transcriptions.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    job_id: Mapped[str] = mapped_column(String(40))
    engine: Mapped[str] = mapped_column(String(40))
    model: Mapped[str] = mapped_column(String(120))
    language: Mapped[str | None] = mapped_column(String(35))
    duration_ms: Mapped[int] = mapped_column(BigInteger)
    word_count: Mapped[int] = mapped_column(Integer)
    revision: Mapped[int] = mapped_column(Integer, default=0)  # increased by every edit
    # [{"id", "name", "revision"}], with the revision of the last change by a person.
    speakers: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    # As recognised; NULL until a person changes them.
    recognised_speakers: Mapped[list[dict[str, Any]] | None] = mapped_column(
        JSON(none_as_null=True)
    )
    # Numbers of the next new segment and speaker: ids are never reused.
    next_segment: Mapped[int] = mapped_column(Integer)
    next_speaker: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime]


def _version_key(table: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["transcription_id", "version"],
        ["transcript_versions.transcription_id", "transcript_versions.number"],
        name=f"fk_{table}_version",
        ondelete="CASCADE",
    )


class TranscriptDetails(Base):
    """The large columns of a version, which are never edited."""

    __tablename__ = "transcript_details"
    __table_args__ = (_version_key(__tablename__),)

    transcription_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    language_confidence: Mapped[float | None] = mapped_column(Float)
    coverage: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    warnings: Mapped[list[str]] = mapped_column(JSON)
    # None: stored by an earlier release without them.
    sources: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    understanding: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class TranscriptSegment(Base):
    """One segment, as edited and as recognised. A removed segment keeps its row."""

    __tablename__ = "transcript_segments"
    __table_args__ = (
        _version_key(__tablename__),
        Index("ix_transcript_segments_position", "transcription_id", "version", "position"),
        Index("ix_transcript_segments_revision", "transcription_id", "version", "revision"),
    )

    transcription_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[str] = mapped_column(String(20), primary_key=True)
    # Orders the segments; with gaps, for insertions between two of them.
    position: Mapped[int] = mapped_column(BigInteger)
    revision: Mapped[int] = mapped_column(Integer)  # the version's revision at its last change
    added: Mapped[bool] = mapped_column(Boolean)  # by a person, not recognised
    removed: Mapped[bool] = mapped_column(Boolean)  # by a person; readers do not see it
    checked: Mapped[bool] = mapped_column(Boolean)
    start_ms: Mapped[int] = mapped_column(BigInteger)
    end_ms: Mapped[int] = mapped_column(BigInteger)
    speaker: Mapped[str | None] = mapped_column(String(40))
    confidence: Mapped[float | None] = mapped_column(Float)
    language: Mapped[str | None] = mapped_column(String(35))
    origins: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    text: Mapped[str] = mapped_column(Text)
    recognised_text: Mapped[str | None] = mapped_column(Text)
    # [text, start_ms, end_ms, confidence, speaker, speaker_confidence, estimated] each.
    words: Mapped[list[list[Any]]] = mapped_column(JSON)
    # The whole segment as recognised; NULL while unchanged.
    recognised: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class TranscriptChange(Base):
    """One edit with the states it replaced: segments by id; null: it did not exist."""

    __tablename__ = "transcript_changes"
    __table_args__ = (_version_key(__tablename__),)

    transcription_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    revision: Mapped[int] = mapped_column(Integer, primary_key=True)  # the revision that it made
    at: Mapped[datetime]
    user_id: Mapped[str | None] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(20))
    undo_of: Mapped[int | None] = mapped_column(Integer)
    before: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True)
    after: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True)
    # New or moved segments: the id of the one before, null for the first.
    placed: Mapped[dict[str, str | None]] = mapped_column(JSON, deferred=True)
    # NULL if the change did not affect speakers.
    speakers_before: Mapped[list[dict[str, Any]] | None] = mapped_column(
        JSON(none_as_null=True), deferred=True
    )
    speakers_after: Mapped[list[dict[str, Any]] | None] = mapped_column(
        JSON(none_as_null=True), deferred=True
    )
