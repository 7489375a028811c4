"""All SELECTs of recordings; those for users go through ``owned``."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    ScalarResult,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session, load_only

from mp4totext.jobs.models import ENDED, Job
from mp4totext.kit import unicode
from mp4totext.kit.db import sums_by_day
from mp4totext.kit.pagination import NEWEST_FIRST, SortOrder
from mp4totext.transcriptions.errors import (
    NotReady,
    StillRunning,
    TranscriptionNotFound,
    VersionNotFound,
)
from mp4totext.transcriptions.models import (
    Tag,
    TranscriptChange,
    Transcription,
    TranscriptionTag,
    TranscriptSegment,
    TranscriptVersion,
)
from mp4totext.transcriptions.schemas import ListFilter, Place, Sort

_RECENT = 50  # recordings that determine an account's usual languages
_USUAL_IN = 3  # of the recent ones, at least, in a usual language
_USUAL_MAX = 3
IDS_PER_STATEMENT = 1000  # databases limit the parameters of a statement

# Built once, as building a statement takes longer than executing it.
_ONE = select(Transcription).where(
    Transcription.user_id == bindparam("user"), Transcription.id == bindparam("id")
)
_VERSION = select(TranscriptVersion).where(
    TranscriptVersion.transcription_id == bindparam("transcription"),
    TranscriptVersion.number == bindparam("number"),
)
# Columns instead of ORM objects: a long transcript has thousands of segments.
SEGMENT = cast("Table", TranscriptSegment.__table__).c
_OF_VERSION = and_(
    SEGMENT.transcription_id == bindparam("transcription"),
    SEGMENT.version == bindparam("number"),
)
_WITHOUT_WORDS = select(
    SEGMENT.id,
    SEGMENT.revision,
    SEGMENT.checked,
    SEGMENT.start_ms,
    SEGMENT.end_ms,
    SEGMENT.speaker,
    SEGMENT.confidence,
    SEGMENT.language,
    SEGMENT.origins,
    SEGMENT.text,
    SEGMENT.recognised_text,
).where(_OF_VERSION)
_WITH_WORDS = _WITHOUT_WORDS.add_columns(SEGMENT.words)
_WITH_STORED_WORDS = _WITHOUT_WORDS.add_columns(SEGMENT.words.cast(Text).label("words"))


def _shown(columns: Select[Any]) -> Select[Any]:
    return columns.where(SEGMENT.removed.is_(False)).order_by(SEGMENT.position)


_SHOWN = {False: _shown(_WITHOUT_WORDS), True: _shown(_WITH_WORDS)}
_SHOWN_STORED = _shown(_WITH_STORED_WORDS)
# All columns, for edits.
_STORED = _WITH_WORDS.add_columns(
    SEGMENT.position, SEGMENT.added, SEGMENT.removed, SEGMENT.recognised
)
_RECOGNISED = _STORED.where(SEGMENT.added.is_(False)).order_by(SEGMENT.position)
_BY_ID = _STORED.where(SEGMENT.id.in_(bindparam("ids", expanding=True)))
_PRESENT = _STORED.where(SEGMENT.removed.is_(False))
_BEFORE = (
    _PRESENT.where(SEGMENT.position < bindparam("position"))
    .order_by(SEGMENT.position.desc())
    .limit(bindparam("most"))
)
_AFTER = (
    _PRESENT.where(SEGMENT.position > bindparam("position"))
    .order_by(SEGMENT.position)
    .limit(bindparam("most"))
)
# A removed segment has no predecessor; the window covers what readers see.
_PREVIOUS = (
    select(
        SEGMENT.id,
        func.lag(SEGMENT.id).over(order_by=SEGMENT.position).label("previous"),
    )
    .where(_OF_VERSION, SEGMENT.removed.is_(False))
    .subquery()
)
_SINCE = (
    _STORED.add_columns(_PREVIOUS.c.previous)
    .outerjoin(_PREVIOUS, _PREVIOUS.c.id == SEGMENT.id)
    .where(SEGMENT.revision > bindparam("since"))
    .order_by(SEGMENT.position)
)
_TEXTS = (
    select(SEGMENT.text).where(_OF_VERSION, SEGMENT.removed.is_(False)).order_by(SEGMENT.position)
)
_NEXT = cast("Table", TranscriptSegment.__table__).alias("following").c
# A phrase may continue in the next segment.
_FOLLOWING_TEXT = func.coalesce(
    select(_NEXT.text)
    .where(
        _NEXT.transcription_id == SEGMENT.transcription_id,
        _NEXT.version == SEGMENT.version,
        _NEXT.position > SEGMENT.position,
        _NEXT.removed.is_(False),
    )
    .order_by(_NEXT.position)
    .limit(1)
    .scalar_subquery(),
    "",
)
_JOBS = (
    select(Job)
    .where(Job.id.in_(bindparam("ids", expanding=True)))
    .options(
        load_only(
            Job.state,
            Job.error_code,
            Job.error_message,
            Job.error_sentence,
            Job.warnings,
            Job.stage,
            Job.done,
            Job.total,
            Job.unit,
            Job.eta_ms,
        )
    )
)


_PLACES: dict[Place, tuple[ColumnElement[bool], ...]] = {
    "library": (Transcription.binned_at.is_(None), Transcription.archived_at.is_(None)),
    "archive": (Transcription.binned_at.is_(None), Transcription.archived_at.is_not(None)),
    "bin": (Transcription.binned_at.is_not(None),),
    "all": (),
}
SORTS: dict[Sort, SortOrder] = {
    "newest": NEWEST_FIRST,
    "oldest": SortOrder(ascending=True),
    "title": SortOrder(func.lower(Transcription.title), ascending=True),
    "longest": SortOrder(func.coalesce(Transcription.duration_ms, 0)),
}


def owned(user_id: str) -> Select[Transcription]:
    return select(Transcription).where(Transcription.user_id == user_id)


def get(
    session: Session, *, user_id: str, transcription_id: str, lock: bool = False
) -> Transcription:
    statement = _ONE.with_for_update() if lock else _ONE
    found = session.scalar(statement, {"user": user_id, "id": transcription_id})
    if found is None:
        raise TranscriptionNotFound(transcription_id)
    return found


def listed(user_id: str, filters: ListFilter) -> Select[Transcription]:
    statement = owned(user_id).where(*_PLACES[filters.place])
    if filters.tag:
        tagged = select(TranscriptionTag.transcription_id).where(
            TranscriptionTag.tag_id == filters.tag
        )
        statement = statement.where(Transcription.id.in_(tagged))
    if filters.search:
        pattern = f"%{_escaped(filters.search.lower())}%"
        text = SEGMENT.text + " " + _FOLLOWING_TEXT if " " in filters.search else SEGMENT.text
        matches_text = (
            select(SEGMENT.id)
            .where(
                SEGMENT.transcription_id == Transcription.id,
                SEGMENT.version == Transcription.version,
                SEGMENT.removed.is_(False),
                func.lower(text).like(pattern, escape="\\"),
            )
            .exists()
        )
        titled = func.lower(Transcription.title).like(pattern, escape="\\")
        statement = statement.where(or_(titled, matches_text))
    if filters.status:
        statement = statement.join(Job, Job.id == Transcription.job_id).where(
            Job.state == filters.status
        )
    if filters.language:
        # "zh" also matches zh-Hant and zh-TW; a tag with more subtags matches exactly.
        more = func.lower(Transcription.language).like(f"{filters.language.lower()}-%")
        statement = statement.where(or_(Transcription.language == filters.language, more))
    if filters.created_from:
        statement = statement.where(Transcription.created_at >= filters.created_from)
    if filters.created_to:
        statement = statement.where(Transcription.created_at < filters.created_to)
    return statement


def count(session: Session, statement: Select[Transcription]) -> int:
    return session.scalar(select(func.count()).select_from(statement.subquery())) or 0


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def totals(session: Session) -> tuple[int, int]:
    """The number of recordings, and their total length in milliseconds."""
    row = session.execute(select(func.count(), func.sum(Transcription.duration_ms))).one()
    return int(row[0]), int(row[1] or 0)


def audio_ms_by_day(session: Session, since: datetime) -> dict[date, int]:
    """The total length of the recordings of each day, without deleted ones."""
    return sums_by_day(
        session,
        Transcription.created_at,
        func.coalesce(Transcription.duration_ms, 0),
        Transcription.created_at >= since,
    )


def usual_languages(session: Session, *, user_id: str) -> tuple[str, ...]:
    """Languages of several of the latest recordings, BCP 47, the most frequent first."""
    latest = (
        select(Transcription.language)
        .where(Transcription.user_id == user_id, Transcription.language.is_not(None))
        .order_by(Transcription.created_at.desc())
        .limit(_RECENT)
    )
    counts = Counter(language for language in session.scalars(latest) if language is not None)
    return tuple(name for name, count in counts.most_common(_USUAL_MAX) if count >= _USUAL_IN)


def languages(session: Session, user_id: str) -> list[str]:
    """Of all the user's recordings, each once."""
    statement = select(Transcription.language).where(
        Transcription.user_id == user_id, Transcription.language.is_not(None)
    )
    return list(filter(None, session.scalars(statement.distinct())))


def same_file(session: Session, *, user_id: str, sha256: str, excluding: str) -> list[str]:
    """The user's transcriptions of exactly this file, newest first."""
    statement = (
        select(Transcription.id)
        .where(
            Transcription.user_id == user_id,
            Transcription.sha256 == sha256,
            Transcription.id != excluding,
        )
        .order_by(Transcription.id.desc())
        .limit(5)
    )
    return list(session.scalars(statement))


def refuse_while_running(session: Session, transcription: Transcription) -> None:
    """Raises StillRunning, except for texts that are being written: they keep their version."""
    running = select(Job.id).where(
        Job.subject_id == transcription.id, Job.makes_version, Job.state.not_in(ENDED)
    )
    if session.scalar(running.limit(1)) is not None:
        raise StillRunning(
            "A job of this recording is running that makes a version. Wait for it, or cancel it."
        )


def version(
    session: Session, transcription: Transcription, number: int | None = None
) -> TranscriptVersion:
    """The current version, or another one. Raises NotReady if there is none."""
    chosen = number or transcription.version
    if chosen is None:
        raise NotReady("The recording has no transcript yet. Wait for its job.")
    found = session.scalar(_VERSION, {"transcription": transcription.id, "number": chosen})
    if found is None:
        raise VersionNotFound(chosen)
    return found


def key(version: TranscriptVersion) -> dict[str, Any]:
    """The parameters for statements about a version's segments."""
    return {"transcription": version.transcription_id, "number": version.number}


def segments(
    session: Session, version: TranscriptVersion, *, words: bool = False
) -> Sequence[RowMapping]:
    """The visible segments, in order. ``words`` are nine tenths of the data."""
    return session.execute(_SHOWN[words], key(version)).mappings().all()


def segments_with_stored_words(
    session: Session, version: TranscriptVersion
) -> Sequence[RowMapping]:
    """The visible segments, in order, whose ``words`` are the stored JSON, not parsed."""
    return session.execute(_SHOWN_STORED, key(version)).mappings().all()


def recognised_segments(session: Session, version: TranscriptVersion) -> Sequence[RowMapping]:
    """All recognised segments, including removed ones, with the recognised text."""
    return session.execute(_RECOGNISED, key(version)).mappings().all()


def stored_segments(
    session: Session, version: TranscriptVersion, ids: Sequence[str]
) -> Sequence[RowMapping]:
    """The segments with these ids, including removed ones, unordered."""
    found: list[RowMapping] = []
    for first in range(0, len(ids), IDS_PER_STATEMENT):
        parameters = key(version) | {"ids": ids[first : first + IDS_PER_STATEMENT]}
        found += session.execute(_BY_ID, parameters).mappings()
    return found


def segments_before(
    session: Session, version: TranscriptVersion, position: int, *, most: int
) -> Sequence[RowMapping]:
    """At most ``most`` visible segments before a position, the nearest first."""
    parameters = key(version) | {"position": position, "most": most}
    return session.execute(_BEFORE, parameters).mappings().all()


def segments_after(
    session: Session, version: TranscriptVersion, position: int, *, most: int
) -> Sequence[RowMapping]:
    parameters = key(version) | {"position": position, "most": most}
    return session.execute(_AFTER, parameters).mappings().all()


def segments_where(
    session: Session, version: TranscriptVersion, *conditions: ColumnElement[bool]
) -> Sequence[RowMapping]:
    """The visible segments that match the conditions, unordered."""
    return session.execute(_PRESENT.where(*conditions), key(version)).mappings().all()


def ids_where(
    session: Session, version: TranscriptVersion, *conditions: ColumnElement[bool], most: int
) -> list[str]:
    """The ids of at most ``most`` visible segments that match the conditions, unordered."""
    statement = select(SEGMENT.id).where(_OF_VERSION, SEGMENT.removed.is_(False), *conditions)
    return list(session.scalars(statement.limit(most), key(version)))


def origins(session: Session, version: TranscriptVersion) -> dict[str, list[str]]:
    """The ids of the recognised segments behind each split or merged segment."""
    statement = select(SEGMENT.id, SEGMENT.origins).where(
        _OF_VERSION, SEGMENT.removed.is_(False), SEGMENT.origins.is_not(None)
    )
    return {row.id: row.origins for row in session.execute(statement, key(version))}


def segments_since(
    session: Session, version: TranscriptVersion, revision: int
) -> Sequence[RowMapping]:
    """Segments that changed after a revision, including removed ones, with their predecessors."""
    return session.execute(_SINCE, key(version) | {"since": revision}).mappings().all()


def changes_since(
    session: Session, version: TranscriptVersion, revision: int, *, most: int
) -> Sequence[TranscriptChange]:
    """The changes after a revision, without their segments, the latest first."""
    statement = select(TranscriptChange).where(
        TranscriptChange.transcription_id == version.transcription_id,
        TranscriptChange.version == version.number,
        TranscriptChange.revision > revision,
    )
    return session.scalars(statement.order_by(TranscriptChange.revision.desc()).limit(most)).all()


def speakers_changed(session: Session, version: TranscriptVersion, *, since: int) -> bool:
    """Whether a change after a revision affected speakers."""
    statement = select(TranscriptChange.revision).where(
        TranscriptChange.transcription_id == version.transcription_id,
        TranscriptChange.version == version.number,
        TranscriptChange.revision > since,
        TranscriptChange.speakers_after.is_not(None),
    )
    return session.scalar(statement.limit(1)) is not None


def former_speakers(
    session: Session, version: TranscriptVersion
) -> ScalarResult[list[dict[str, Any]]]:
    """The speakers before each change that affected them, the latest first."""
    statement = select(TranscriptChange.speakers_before).where(
        TranscriptChange.transcription_id == version.transcription_id,
        TranscriptChange.version == version.number,
        TranscriptChange.speakers_before.is_not(None),
    )
    return session.scalars(statement.order_by(TranscriptChange.revision.desc()))


def text(session: Session, *, transcription_id: str, version: int) -> str:
    """The text of a version."""
    parameters = {"transcription": transcription_id, "number": version}
    return unicode.joined(session.scalars(_TEXTS, parameters))


def versions_of(transcription_id: str) -> Select[TranscriptVersion]:
    return select(TranscriptVersion).where(TranscriptVersion.transcription_id == transcription_id)


def last_version(session: Session, transcription_id: str) -> int:
    number = session.scalar(
        select(func.max(TranscriptVersion.number)).where(
            TranscriptVersion.transcription_id == transcription_id
        )
    )
    return number or 0


def jobs_of(session: Session, transcriptions: list[Transcription]) -> dict[str, Job]:
    """The latest job of each recording, by job id."""
    ids = [t.job_id for t in transcriptions if t.job_id is not None]
    return {job.id: job for job in session.scalars(_JOBS, {"ids": ids})}


def tags_of(session: Session, transcriptions: list[Transcription]) -> dict[str, list[Tag]]:
    """The tags of each recording, by name."""
    ids = [each.id for each in transcriptions]
    statement = (
        select(TranscriptionTag.transcription_id, Tag)
        .join(Tag, Tag.id == TranscriptionTag.tag_id)
        .where(TranscriptionTag.transcription_id.in_(ids))
        .order_by(Tag.folded)
    )
    tags: dict[str, list[Tag]] = {}
    for transcription_id, tag in session.execute(statement):
        tags.setdefault(transcription_id, []).append(tag)
    return tags


def speakers_of(session: Session, transcriptions: list[Transcription]) -> dict[str, list[Any]]:
    """The speakers of each recording's current version, as stored."""
    current = and_(
        TranscriptVersion.transcription_id == Transcription.id,
        TranscriptVersion.number == Transcription.version,
    )
    statement = (
        select(Transcription.id, TranscriptVersion.speakers)
        .join(TranscriptVersion, current)
        .where(Transcription.id.in_([each.id for each in transcriptions]))
    )
    return {row[0]: row[1] for row in session.execute(statement)}
