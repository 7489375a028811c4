"""Tables for texts and for the search index of recordings."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, deferred, mapped_column

from mp4totext.kit.db import Base


class WrittenText(Base):
    """A requested text. Its state is that of its job; those of one kind are its history."""

    __tablename__ = "texts"
    __table_args__ = (
        Index("ix_texts_transcription_id_id", "transcription_id", "id"),
        Index("ix_texts_user_id_id", "user_id", "id"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(40), ForeignKey("users.id"))
    # None: an answer from several recordings.
    transcription_id: Mapped[str | None] = mapped_column(
        String(40), ForeignKey("transcriptions.id", ondelete="CASCADE")
    )
    job_id: Mapped[str | None] = mapped_column(String(40), index=True)
    # The number of recordings it was made from. If text_sources has fewer rows, one was deleted.
    sources: Mapped[int] = mapped_column(Integer, default=1)
    kind: Mapped[str] = mapped_column(String(40))
    provider: Mapped[str] = mapped_column(String(40))
    model: Mapped[str | None] = mapped_column(String(120))
    prompt_version: Mapped[str] = mapped_column(String(20))
    version: Mapped[int | None] = mapped_column(Integer)  # of the transcript
    language: Mapped[str | None] = mapped_column(String(35))  # of the text
    options: Mapped[dict[str, Any]] = mapped_column(JSON)
    warnings: Mapped[list[str]] = mapped_column(JSON, default=list)
    # The stretches it leaves out, with reasons; None: written before gaps were stored.
    gaps: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON, nullable=True)
    input_tokens: Mapped[int | None] = mapped_column(BigInteger)
    output_tokens: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    # None until it is written.
    body: Mapped[str | None] = deferred(mapped_column(Text))
    data: Mapped[dict[str, Any] | None] = deferred(mapped_column(JSON, nullable=True))
    citations: Mapped[list[dict[str, Any]]] = deferred(mapped_column(JSON, default=list))


class TextSource(Base):
    """A recording that an answer was made from; deleted with the recording."""

    __tablename__ = "text_sources"

    text_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("texts.id", ondelete="CASCADE"), primary_key=True
    )
    transcription_id: Mapped[str] = mapped_column(
        String(40),
        ForeignKey("transcriptions.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    )


class SearchDocument(Base):
    """The search terms of one recording's current transcript.

    A cache of ``transcript_versions`` that each question updates; it can be emptied at any time.
    """

    __tablename__ = "search_documents"
    __table_args__ = (Index("ix_search_documents_vector", "vector", postgresql_using="gin"),)

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    transcription_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("transcriptions.id", ondelete="CASCADE"), unique=True
    )
    user_id: Mapped[str] = mapped_column(String(40), index=True)
    version: Mapped[int] = mapped_column(Integer)
    revision: Mapped[int] = mapped_column(Integer)
    terms: Mapped[str] = mapped_column(Text)
    # PostgreSQL only; SQLite has an FTS5 table beside this one, see search_index.py.
    vector: Mapped[Any] = deferred(
        mapped_column(Text().with_variant(TSVECTOR(), "postgresql"), nullable=True)
    )


class MeaningDocument(Base):
    """The embeddings of one recording's transcript, a matrix with a row for each chunk.

    A cache like SearchDocument, renewed in the background when the transcript changes.
    """

    __tablename__ = "meaning_documents"

    transcription_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("transcriptions.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int] = mapped_column(Integer)
    revision: Mapped[int] = mapped_column(Integer)
    model: Mapped[str] = mapped_column(String(80))
    chunk_count: Mapped[int] = mapped_column(Integer)
    total: Mapped[bytes] = mapped_column(LargeBinary)  # sum of the vectors, 32-bit floats
    # [digest of the text, [ids of segments]] of each chunk, in order.
    chunks: Mapped[list[Any]] = mapped_column(JSON)
    vectors: Mapped[bytes] = mapped_column(LargeBinary)  # (chunks, dimensions) of 16-bit floats
