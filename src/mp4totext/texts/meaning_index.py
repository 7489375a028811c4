"""Searches by meaning: stored embeddings of chunks, compared one by one.

Comparing each of them is exact, and needs no database extension. Vectors of one language are close
to each other, whatever the content: so the mean of its language is subtracted from each, or a
question would find its own language first (of 20 questions in another language than their answer's,
16 find the right passage first, and 13 without it: tests/support/meanings.py).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from mp4totext.providers.embedding.base import Vectors
from mp4totext.providers.embedding.table import (
    embedding_missing,
    embedding_model,
    text_embedding,
)
from mp4totext.runtime import Runtime
from mp4totext.texts.models import MeaningDocument
from mp4totext.transcriptions.models import Transcription, TranscriptVersion
from mp4totext.writing.chunks import Chunk
from mp4totext.writing.extractive.terms import primary_subtag

READ_AT_ONCE = 50  # recordings: of an hour each, 10 MB
SHRINKAGE = 2
"""A mean of few chunks is shrunk towards that of all, as if it had this many more: a language
with one chunk would have nothing left. With 1 to 8 the result changes for one of the 20
questions."""

UNFINISHED = -1  # revision of a document without some of its chunks, which no transcript has
NEAR = 0.6  # share of the best cosine; chunks below it are unrelated


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest:
    """A chunk of the current version of a recording."""

    transcription_id: str
    segment_ids: tuple[str, ...]
    score: float  # the cosine without the means; good ones are 0.2 and more


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """The chunks of a transcript and their vectors, as stored."""

    version: int
    revision: int
    model: str
    chunks: tuple[tuple[str, tuple[str, ...]], ...]  # digest of the text, ids of segments
    vectors: Vectors


def embedded(
    chunks: Sequence[Chunk],
    vectors: Mapping[str, Vectors],
    *,
    version: int,
    revision: int,
    model: str,
) -> Embedded:
    """``vectors`` by the digests of the chunks."""
    rows = [vectors[chunk.digest] for chunk in chunks]
    return Embedded(
        version=version,
        revision=revision,
        model=model,
        chunks=tuple((chunk.digest, chunk.segment_ids) for chunk in chunks),
        vectors=np.stack(rows) if rows else np.zeros((0, 1), np.float32),
    )


def known_vectors(session: Session, transcription_id: str, *, model: str) -> dict[str, Vectors]:
    """Stored vectors by the digest of their text, so that they serve other versions, too."""
    document = session.get(MeaningDocument, transcription_id)
    if document is None or document.model != model:
        return {}
    rows = _matrix(document)
    return {digest: row for (digest, _), row in zip(document.chunks, rows, strict=True)}


def store(session: Session, transcription_id: str, result: Embedded) -> None:
    session.merge(
        MeaningDocument(
            transcription_id=transcription_id,
            version=result.version,
            revision=result.revision,
            model=result.model,
            chunk_count=len(result.chunks),
            total=result.vectors.sum(axis=0).astype("<f4").tobytes(),
            chunks=[[digest, list(ids)] for digest, ids in result.chunks],
            vectors=result.vectors.astype("<f2").tobytes(),
        )
    )


def answers(
    runtime: Runtime,
    session: Session,
    question: str,
    *,
    among: Select[Transcription],
    limit: int,
) -> list[Nearest]:
    """``nearest`` for a question in any language; empty if no embeddings are installed."""
    settings = runtime.settings
    if embedding_missing(settings) is not None:
        return []
    vector = text_embedding(settings).question(question)
    return nearest(session, vector, among=among, model=embedding_model(settings), limit=limit)


def nearest(
    session: Session,
    question: Vectors,
    *,
    among: Select[Transcription],
    model: str,
    limit: int,
) -> list[Nearest]:
    """The best ``limit`` chunks of the recordings that ``among`` selects, best first."""
    means = _Means(session, among, model)
    vector = _unit(question - means.of_all)
    found: list[Nearest] = []
    for document, language in _documents(session, among, model):
        scores = _unit(_matrix(document) - means.of(language)) @ vector
        found += [
            Nearest(
                transcription_id=document.transcription_id,
                segment_ids=tuple(document.chunks[index][1]),
                score=float(scores[index]),
            )
            for index in np.argsort(-scores)[:limit]
        ]
        found.sort(key=lambda chunk: chunk.score, reverse=True)
        del found[limit:]
    return [chunk for chunk in found if chunk.score >= NEAR * found[0].score]


def not_embedded(session: Session, user_id: str, *, model: str) -> int:
    """How many recordings of the user are missing or outdated in a search by meaning."""
    outdated = stale(model).where(Transcription.user_id == user_id)
    return session.scalar(select(func.count()).select_from(outdated.subquery())) or 0


def stale(model: str, *, quiet_since: datetime | None = None) -> Select[Transcription]:
    """Recordings whose embeddings are of an older transcript, or of another model.

    ``quiet_since``: without those that were edited after it.
    """
    current = and_(
        TranscriptVersion.transcription_id == Transcription.id,
        TranscriptVersion.number == Transcription.version,
    )
    statement = (
        select(Transcription)
        .join(TranscriptVersion, current)
        .outerjoin(MeaningDocument, MeaningDocument.transcription_id == Transcription.id)
        .where(
            Transcription.binned_at.is_(None),
            or_(
                MeaningDocument.transcription_id.is_(None),
                MeaningDocument.version != TranscriptVersion.number,
                MeaningDocument.revision != TranscriptVersion.revision,
                MeaningDocument.model != model,
            ),
        )
    )
    if quiet_since is not None:
        statement = statement.where(
            or_(TranscriptVersion.revision == 0, Transcription.updated_at < quiet_since)
        )
    return statement


class _Means:
    """The mean vector of all chunks that are searched, and of those in each language."""

    def __init__(self, session: Session, among: Select[Transcription], model: str) -> None:
        columns = select(Transcription.language, MeaningDocument.chunk_count, MeaningDocument.total)
        totals: dict[str, Any] = defaultdict(float)  # 0, or a vector
        counts: dict[str, int] = defaultdict(int)
        for language, count, total in session.execute(
            columns.join(Transcription, Transcription.id == MeaningDocument.transcription_id).where(
                *_chosen(among, model)
            )
        ):
            subtag = primary_subtag(language)
            totals[subtag] += np.frombuffer(total, "<f4")
            counts[subtag] += count
        self.of_all = np.asarray(
            sum(totals.values()) / (sum(counts.values()) + SHRINKAGE), np.float32
        )
        self._of = {
            subtag: np.asarray(
                (total + SHRINKAGE * self.of_all) / (counts[subtag] + SHRINKAGE), np.float32
            )
            for subtag, total in totals.items()
        }

    def of(self, language: str | None) -> Vectors:
        return self._of[primary_subtag(language)]


def _documents(
    session: Session, among: Select[Transcription], model: str
) -> Iterator[tuple[MeaningDocument, str | None]]:
    statement = (
        select(MeaningDocument, Transcription.language)
        .join(Transcription, Transcription.id == MeaningDocument.transcription_id)
        .where(*_chosen(among, model))
    )
    for row in session.execute(statement.execution_options(yield_per=READ_AT_ONCE)):
        yield row.MeaningDocument, row.language


def _chosen(among: Select[Transcription], model: str) -> tuple[ColumnElement[bool], ...]:
    return (
        Transcription.id.in_(among.with_only_columns(Transcription.id)),
        Transcription.binned_at.is_(None),
        MeaningDocument.version == Transcription.version,
        MeaningDocument.model == model,
        MeaningDocument.chunk_count > 0,
    )


def _matrix(document: MeaningDocument) -> Vectors:
    flat = np.frombuffer(document.vectors, "<f2").astype(np.float32)
    return flat.reshape(document.chunk_count, -1) if flat.size else np.zeros((0, 1), np.float32)


def _unit(vectors: Vectors) -> Vectors:
    """The vectors scaled to length 1; zero vectors stay zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), np.float32)
