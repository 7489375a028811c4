"""Spoken lines and drawn segments, kept so that none is made twice for an account.

A piece is found by its fingerprint, a digest of everything that is seen or heard in it.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mp4totext.jobs.context import Context
from mp4totext.jobs.stored_files import remove_folder
from mp4totext.kit.clock import now
from mp4totext.kit.db import after_commit, retry_while_db_down
from mp4totext.kit.ids import new_id
from mp4totext.kit.log import get_logger
from mp4totext.kit.version import VERSION
from mp4totext.runtime import Runtime
from mp4totext.videos import files
from mp4totext.videos.models import PieceKind, VideoPiece
from mp4totext.voices.planning import PlannedVoice

SEGMENTS_KEPT_FOR = timedelta(days=7)  # as long as rendering a video again is cheaper
SWEPT_AT_ONCE = 500
IDS_PER_QUERY = 1_000
_USE_STORED_EVERY = timedelta(hours=12)  # spares a write for each use of a piece

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An object, and what it must contain."""

    key: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    id: str
    stored: Stored
    length_ms: int | None = None  # of a line
    doubtful: bool = False  # an engine did not recognise all of its words


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPiece:
    """A file that was just made, which is moved into storage."""

    path: Path
    length_ms: int | None = None
    doubtful: bool = False


def digest_of(facts: dict[str, Any]) -> str:
    """A digest of JSON values and the version of the code that makes the piece."""
    text = json.dumps({"made_by": VERSION, **facts}, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def line_fingerprint(text: str, voice: PlannedVoice) -> str:
    """Without the code's version, so that nobody pays for a line again after an update."""
    facts = [
        *(voice.provider, voice.model, voice.voice, voice.language),
        *(voice.speed, voice.direction, text),
    ]
    return hashlib.sha256(json.dumps(["line/1", *facts]).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """The pieces that a job finds and makes. Segments belong to ``video_id``, lines to no video."""

    ctx: Context
    transcription_id: str
    video_id: str

    @retry_while_db_down
    def find(self, fingerprint: str) -> Piece | None:
        """The piece with a fingerprint, or None. Its object may still be missing or damaged."""
        moment = now()
        with self.ctx.runtime.database.read() as session:
            row = session.scalar(self._select(fingerprint))
            if row is None:
                return None
            piece, is_stale = _piece(row), moment - row.used_at > _USE_STORED_EVERY
        if is_stale:
            with self.ctx.runtime.database.write() as session:
                used = update(VideoPiece).where(VideoPiece.id == piece.id)
                session.execute(used.values(used_at=moment))
        return piece

    def keep(
        self, kind: PieceKind, fingerprint: str, made: NewPiece, *, anew: bool = False
    ) -> Piece:
        """Move the file into storage. A piece that another process stored first stays.

        ``anew``: this one replaces a piece that is damaged or missing.
        """
        former = self.find(fingerprint)
        if former is not None and not anew:
            return former
        extension = made.path.suffix[1:]
        piece_id = former.id if former is not None else new_id("pce")
        key = files.piece_key(piece_id, extension)
        with made.path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        stored = Stored(key=key, sha256=sha256, size_bytes=made.path.stat().st_size)
        self.ctx.runtime.storage.adopt(made.path, key)
        piece = Piece(id=piece_id, stored=stored, length_ms=made.length_ms, doubtful=made.doubtful)
        try:
            self._write(kind, fingerprint, piece)
        except IntegrityError:
            winner = self.find(fingerprint)
            if winner is None:  # the recording was deleted meanwhile
                raise
            remove_objects(self.ctx.runtime, [piece_id])
            return winner
        return piece

    @retry_while_db_down
    def _write(self, kind: PieceKind, fingerprint: str, piece: Piece) -> None:
        values = {
            "sha256": piece.stored.sha256,
            "size_bytes": piece.stored.size_bytes,
            "length_ms": piece.length_ms,
            "doubtful": piece.doubtful,
            "used_at": now(),
        }
        with self.ctx.runtime.database.write() as session:
            row = session.get(VideoPiece, piece.id)
            if row is not None:
                session.execute(
                    update(VideoPiece).where(VideoPiece.id == piece.id).values(**values)
                )
                return
            session.add(
                VideoPiece(
                    id=piece.id,
                    user_id=self.ctx.job.user_id,
                    transcription_id=self.transcription_id,
                    video_id=self.video_id if kind == "segment" else None,
                    fingerprint=fingerprint,
                    kind=kind,
                    extension=piece.stored.key.rpartition(".")[2],
                    paid=False,
                    created_at=now(),
                    **values,
                )
            )
            session.flush()

    def _select(self, fingerprint: str) -> Select[VideoPiece]:
        return select(VideoPiece).where(
            VideoPiece.user_id == self.ctx.job.user_id, VideoPiece.fingerprint == fingerprint
        )


def _piece(row: VideoPiece) -> Piece:
    key = files.piece_key(row.id, row.extension)
    return Piece(
        id=row.id,
        stored=Stored(key=key, sha256=row.sha256, size_bytes=row.size_bytes),
        length_ms=row.length_ms,
        doubtful=row.doubtful,
    )


def paid_lines(session: Session, user_id: str, fingerprints: Collection[str]) -> set[str]:
    """The fingerprints whose line was paid for."""
    paid: set[str] = set()
    for batch in batched(fingerprints):
        paid.update(
            session.scalars(
                select(VideoPiece.fingerprint).where(
                    VideoPiece.user_id == user_id,
                    VideoPiece.fingerprint.in_(batch),
                    VideoPiece.paid,
                )
            )
        )
    return paid


def mark_paid(session: Session, user_id: str, fingerprints: Collection[str]) -> None:
    for batch in batched(fingerprints):
        session.execute(
            update(VideoPiece)
            .where(VideoPiece.user_id == user_id, VideoPiece.fingerprint.in_(batch))
            .values(paid=True)
        )


def batched(fingerprints: Collection[str]) -> Iterator[list[str]]:
    """Batches, as databases limit the number of parameters in a statement."""
    ordered = sorted(fingerprints)
    for start in range(0, len(ordered), IDS_PER_QUERY):
        yield ordered[start : start + IDS_PER_QUERY]


def remove_where(session: Session, runtime: Runtime, *conditions: ColumnElement[bool]) -> None:
    """Delete the rows now, and their objects after the commit."""
    ids = list(session.scalars(delete(VideoPiece).where(*conditions).returning(VideoPiece.id)))
    after_commit(session, lambda: remove_objects(runtime, ids))


def remove_unused(runtime: Runtime) -> None:
    """A chore of the sweeper, for segments: spoken lines stay as long as their recording."""
    before = now() - SEGMENTS_KEPT_FOR
    unused = select(VideoPiece.id).where(VideoPiece.kind == "segment", VideoPiece.used_at < before)
    with runtime.database.write() as session:
        ids = list(session.scalars(unused.limit(SWEPT_AT_ONCE)))
        if ids:
            remove_where(session, runtime, VideoPiece.id.in_(ids))


def remove_objects(runtime: Runtime, piece_ids: Iterable[str]) -> None:
    for piece_id in piece_ids:
        remove_folder(runtime, files.piece_folder(piece_id))
