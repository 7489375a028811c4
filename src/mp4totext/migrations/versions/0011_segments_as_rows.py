"""Transcripts as rows: a segment is one, so an edit of a long recording writes little"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from mp4totext.kit.db import Instant
from mp4totext.kit.errors import WrongState

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

GAP = 2**32
MOSTLY = 0.5  # of the shorter of two segments must overlap for one to come from the other
VERSION_KEY = ["transcription_id", "version"]
KEY_OF_VERSIONS = ["transcript_versions.transcription_id", "transcript_versions.number"]

GIVE_UP = "DELETE FROM transcript_changes; UPDATE transcript_segments SET checked = false;"

Json = dict[str, Any]

OLD = sa.table(
    "transcript_versions",
    sa.column("transcription_id", sa.String),
    sa.column("number", sa.Integer),
    sa.column("engine", sa.String),
    sa.column("model", sa.String),
    sa.column("language", sa.String),
    sa.column("revision", sa.Integer),
    sa.column("recognised", sa.JSON),
    sa.column("edited", sa.JSON),
    sa.column("understanding", sa.JSON),
    sa.column("text", sa.Text),
)
NEW = sa.table(
    "transcript_versions",
    sa.column("transcription_id", sa.String),
    sa.column("number", sa.Integer),
    sa.column("engine", sa.String),
    sa.column("model", sa.String),
    sa.column("language", sa.String),
    sa.column("revision", sa.Integer),
    sa.column("duration_ms", sa.BigInteger),
    sa.column("speakers", sa.JSON),
    sa.column("recognised_speakers", sa.JSON(none_as_null=True)),
    sa.column("next_segment", sa.Integer),
    sa.column("next_speaker", sa.Integer),
)
DETAILS = sa.table(
    "transcript_details",
    sa.column("transcription_id", sa.String),
    sa.column("version", sa.Integer),
    sa.column("language_confidence", sa.Float),
    sa.column("coverage", sa.JSON),
    sa.column("warnings", sa.JSON),
    sa.column("understanding", sa.JSON(none_as_null=True)),
)
SEGMENTS = sa.table(
    "transcript_segments",
    sa.column("transcription_id", sa.String),
    sa.column("version", sa.Integer),
    sa.column("id", sa.String),
    sa.column("position", sa.BigInteger),
    sa.column("revision", sa.Integer),
    sa.column("added", sa.Boolean),
    sa.column("removed", sa.Boolean),
    sa.column("checked", sa.Boolean),
    sa.column("start_ms", sa.BigInteger),
    sa.column("end_ms", sa.BigInteger),
    sa.column("speaker", sa.String),
    sa.column("confidence", sa.Float),
    sa.column("language", sa.String),
    sa.column("origins", sa.JSON(none_as_null=True)),
    sa.column("text", sa.Text),
    sa.column("recognised_text", sa.Text),
    sa.column("words", sa.JSON),
    sa.column("recognised", sa.JSON(none_as_null=True)),
)
CHANGES = sa.table("transcript_changes", sa.column("transcription_id", sa.String))


def upgrade() -> None:
    _create_tables()
    for column in (
        sa.Column("duration_ms", sa.BigInteger(), nullable=True),
        sa.Column("speakers", sa.JSON(), nullable=True),
        sa.Column("recognised_speakers", sa.JSON(), nullable=True),
        sa.Column("next_segment", sa.Integer(), nullable=True),
        sa.Column("next_speaker", sa.Integer(), nullable=True),
    ):
        op.add_column("transcript_versions", column)
    for key in _keys():
        _to_rows(*key)
    with op.batch_alter_table("transcript_versions") as versions:
        for name, kind in (
            ("duration_ms", sa.BigInteger()),
            ("speakers", sa.JSON()),
            ("next_segment", sa.Integer()),
            ("next_speaker", sa.Integer()),
        ):
            versions.alter_column(name, existing_type=kind, nullable=False)
        for name in ("recognised", "edited", "understanding", "text"):
            versions.drop_column(name)


def downgrade() -> None:
    """Raises WrongState where the old tables have no place for what people did."""
    _refuse_loss()
    for column in (
        sa.Column("recognised", sa.JSON(), nullable=True),
        sa.Column("edited", sa.JSON(), nullable=True),
        sa.Column("understanding", sa.JSON(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
    ):
        op.add_column("transcript_versions", column)
    for key in _keys():
        _to_documents(*key)
    with op.batch_alter_table("transcript_versions") as versions:
        for name in (
            "duration_ms",
            "speakers",
            "recognised_speakers",
            "next_segment",
            "next_speaker",
        ):
            versions.drop_column(name)
    for table in ("transcript_changes", "transcript_segments", "transcript_details"):
        op.drop_table(table)


def _create_tables() -> None:
    op.create_table(
        "transcript_details",
        sa.Column("transcription_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("language_confidence", sa.Float(), nullable=True),
        sa.Column("coverage", sa.JSON(), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("understanding", sa.JSON(), nullable=True),
        _foreign_key("transcript_details"),
        sa.PrimaryKeyConstraint(*VERSION_KEY, name=op.f("pk_transcript_details")),
    )
    op.create_table(
        "transcript_segments",
        sa.Column("transcription_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("added", sa.Boolean(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("checked", sa.Boolean(), nullable=False),
        sa.Column("start_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_ms", sa.BigInteger(), nullable=False),
        sa.Column("speaker", sa.String(length=40), nullable=True),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("language", sa.String(length=35), nullable=True),
        sa.Column("origins", sa.JSON(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("recognised_text", sa.Text(), nullable=True),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("recognised", sa.JSON(), nullable=True),
        _foreign_key("transcript_segments"),
        sa.PrimaryKeyConstraint(*VERSION_KEY, "id", name=op.f("pk_transcript_segments")),
    )
    for column in ("position", "revision"):
        name = f"ix_transcript_segments_{column}"
        op.create_index(name, "transcript_segments", [*VERSION_KEY, column])
    op.create_table(
        "transcript_changes",
        sa.Column("transcription_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("undo_of", sa.Integer(), nullable=True),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("placed", sa.JSON(), nullable=False),
        sa.Column("speakers_before", sa.JSON(), nullable=True),
        sa.Column("speakers_after", sa.JSON(), nullable=True),
        _foreign_key("transcript_changes"),
        sa.PrimaryKeyConstraint(*VERSION_KEY, "revision", name=op.f("pk_transcript_changes")),
    )


def _foreign_key(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        VERSION_KEY, KEY_OF_VERSIONS, name=f"fk_{table}_version", ondelete="CASCADE"
    )


def _keys() -> list[tuple[str, int]]:
    """Of all versions: each is read, changed and forgotten by itself, as some are large."""
    statement = sa.select(OLD.c.transcription_id, OLD.c.number)
    return [(row.transcription_id, row.number) for row in op.get_bind().execute(statement)]


def _at(table: sa.TableClause, transcription_id: str, number: int) -> sa.ColumnElement[bool]:
    column = table.c.number if "number" in table.c else table.c.version
    return sa.and_(table.c.transcription_id == transcription_id, column == number)


# --- up ------------------------------------------------------------------------------------------


def _to_rows(transcription_id: str, number: int) -> None:
    bind = op.get_bind()
    where = _at(OLD, transcription_id, number)
    old = bind.execute(
        sa.select(OLD.c.revision, OLD.c.recognised, OLD.c.edited, OLD.c.understanding).where(where)
    ).one()
    recognised: Json = old.recognised or {}
    shown: Json = old.edited or recognised
    rows = list(_rows(recognised.get("segments", []), shown.get("segments", []), old.revision))
    key = {"transcription_id": transcription_id, "version": number}
    if rows:
        bind.execute(SEGMENTS.insert(), [key | row for row in rows])
    bind.execute(
        DETAILS.insert(),
        key
        | {
            "language_confidence": recognised.get("language_confidence"),
            "coverage": recognised.get("coverage", []),
            "warnings": recognised.get("warnings", []),
            "understanding": old.understanding,
        },
    )
    before, now = (
        [{"id": each["id"], "name": each["name"], "revision": revision} for each in speakers]
        for speakers, revision in (
            (recognised.get("speakers", []), 0),
            (shown.get("speakers", []), old.revision),
        )
    )
    bind.execute(
        NEW.update()
        .where(_at(NEW, transcription_id, number))
        .values(
            duration_ms=recognised.get("duration_ms", 0),
            speakers=now,
            recognised_speakers=before if old.edited else None,
            next_segment=1 + max((_number(row["id"]) for row in rows), default=0),
            next_speaker=1 + max((_number(each["id"]) for each in (*before, *now)), default=0),
        )
    )


def _number(name: str) -> int:
    return int(name[1:]) if name[1:].isdecimal() else 0


def _rows(recognised: list[Json], shown: list[Json], revision: int) -> Iterator[Json]:
    """Shown segments keep their ids; recognised ones that are not shown any more get new ones.

    Which recognised segment a shown one is was not stored, so it is found by their times.
    """
    same, origins = _aligned(recognised, shown)
    ids = {r: shown[e]["id"] for e, r in same.items()}
    free = max((_number(segment["id"]) for segment in shown), default=0)
    gone = [r for r in range(len(recognised)) if r not in ids]
    ids |= {r: f"s{free + n}" for n, r in enumerate(gone, 1)}
    rows = []
    for e, segment in enumerate(shown):
        own = [ids[r] for r in sorted(origins[e])]
        was = recognised[same[e]] if e in same else None
        untouched = was is not None and was | {"id": None} == segment | {"id": None}
        rows.append(
            _columns(segment)
            | {
                "id": segment["id"],
                "revision": 0 if untouched else revision,
                "added": was is None,
                "removed": False,
                "origins": None if own == [segment["id"]] else own,
                "recognised": None if untouched or was is None else _compact(was),
            }
        )
    for r in gone:
        rows.append(
            _columns(recognised[r])
            | {
                "id": ids[r],
                "revision": revision,
                "added": False,
                "removed": True,
                "origins": None,
                "recognised": None,
            }
        )
    rows.sort(key=lambda row: row["start_ms"])
    yield from (row | {"position": n * GAP} for n, row in enumerate(rows, 1))


def _aligned(
    recognised: list[Json], shown: list[Json]
) -> tuple[dict[int, int], dict[int, list[int]]]:
    """Place among the shown -> among the recognised; and all places that it came from."""
    same: dict[int, int] = {}
    origins: dict[int, list[int]] = {e: [] for e in range(len(shown))}
    taken: set[int] = set()
    for _unlike, e, r in sorted(_overlaps(recognised, shown)):
        origins[e].append(r)
        if e not in same and r not in taken:
            same[e] = r
            taken.add(r)
    return same, origins


def _overlaps(
    recognised: list[Json], shown: list[Json]
) -> Iterator[tuple[tuple[float, int], int, int]]:
    longest = max((_end(segment) - segment["start_ms"] for segment in recognised), default=0)
    first = 0
    for e, segment in enumerate(shown):
        start, end = segment["start_ms"], _end(segment)
        while first < len(recognised) and recognised[first]["start_ms"] + longest <= start:
            first += 1
        for r in range(first, len(recognised)):
            other = recognised[r]
            if other["start_ms"] >= end:
                break
            overlap = min(end, _end(other)) - max(start, other["start_ms"])
            share = overlap / min(end - start, _end(other) - other["start_ms"])
            if share >= MOSTLY:
                yield (-share, -overlap), e, r


def _end(segment: Json) -> int:
    end: int = max(segment["end_ms"], segment["start_ms"] + 1)
    return end


WORD = ("text", "start_ms", "end_ms", "confidence", "speaker", "speaker_confidence", "estimated")
COLUMNS = ("start_ms", "end_ms", "text", "speaker", "confidence", "language", "recognised_text")


def _columns(segment: Json) -> Json:
    words = [[word.get(name) for name in WORD] for word in segment.get("words", [])]
    return {name: segment.get(name) for name in COLUMNS} | {"words": words, "checked": False}


def _compact(segment: Json) -> Json:
    """A whole segment in one column, without what is usual."""
    columns = _columns(segment)
    return {
        name: value
        for name, value in columns.items()
        if value is not None and value is not False and value != []
    }


# --- down ----------------------------------------------------------------------------------------


def _refuse_loss() -> None:
    bind = op.get_bind()
    changes = bind.scalar(sa.select(sa.func.count()).select_from(CHANGES)) or 0
    checked = sa.select(sa.func.count()).where(SEGMENTS.c.checked.is_(True))
    marks = bind.scalar(checked.select_from(SEGMENTS)) or 0
    if changes or marks:
        raise WrongState(
            f"The previous release cannot store {changes} changes that can be undone and {marks} "
            "segments that were confirmed, so nothing was changed. To give them up, run: "
            f"{GIVE_UP} Then downgrade again; the texts stay as they are.",
            code="downgrade_loses_data",
        )


def _to_documents(transcription_id: str, number: int) -> None:
    bind = op.get_bind()
    version = bind.execute(sa.select(NEW).where(_at(NEW, transcription_id, number))).one()
    details = bind.execute(sa.select(DETAILS).where(_at(DETAILS, transcription_id, number))).one()
    rows = bind.execute(
        sa.select(SEGMENTS)
        .where(_at(SEGMENTS, transcription_id, number))
        .order_by(SEGMENTS.c.position)
    ).mappings()
    shown, recognised = [], []
    for row in rows:
        if not row["removed"]:
            shown.append(_document(row["id"], row))
        if not row["added"]:
            was = row if row["recognised"] is None else dict.fromkeys(COLUMNS) | row["recognised"]
            recognised.append(_document("", was))
    recognised.sort(key=lambda segment: segment["start_ms"])
    numbered = [segment | {"id": f"s{n}"} for n, segment in enumerate(recognised, 1)]
    speakers = version.speakers if version.recognised_speakers is None else None
    whole: Json = {
        "duration_ms": version.duration_ms,
        "language": version.language,
        "language_confidence": details.language_confidence,
        "segments": numbered,
        "speakers": _named(speakers or version.recognised_speakers or []),
        "coverage": details.coverage,
        "engine": version.engine,
        "model": version.model,
        "warnings": details.warnings,
    }
    edited = None
    if version.revision:
        edited = whole | {"segments": shown, "speakers": _named(version.speakers)}
    bind.execute(
        OLD.update()
        .where(_at(OLD, transcription_id, number))
        .values(
            recognised=whole,
            edited=sa.null() if edited is None else edited,
            understanding=sa.null() if details.understanding is None else details.understanding,
            text=" ".join(segment["text"] for segment in shown),
        )
    )


def _document(segment_id: str, columns: Any) -> Json:
    """``columns``: a row, or what was kept of one."""
    words = columns.get("words", [])
    return {
        "id": segment_id,
        **{name: columns[name] for name in COLUMNS},
        "words": [dict(zip(WORD, word, strict=True)) for word in words],
    }


def _named(speakers: list[Json]) -> list[Json]:
    return [{"id": each["id"], "name": each["name"]} for each in speakers]
