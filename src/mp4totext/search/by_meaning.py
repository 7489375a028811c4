"""Finds passages by their meaning, in any language."""

from collections.abc import Sequence

from sqlalchemy import RowMapping, Select
from sqlalchemy.orm import Session

from mp4totext.kit.pagination import PageQuery, next_offset, offset_of
from mp4totext.providers.embedding.table import embedding_model
from mp4totext.runtime import Runtime
from mp4totext.search.schemas import FoundPassage, FoundRecording, SearchOut, SearchQuery
from mp4totext.texts import meaning_index
from mp4totext.texts.meaning_index import Nearest
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.segments import speakers_from_json

PASSAGES = 50  # of all recordings together; matches below these are too distant to be useful
PASSAGES_EACH = 5


def search(
    runtime: Runtime,
    user_id: str,
    query: SearchQuery,
    page: PageQuery,
    *,
    chosen: Select[Transcription],
) -> SearchOut:
    """The passages closest to the query, grouped by recording, the best recording first.

    ``chosen`` selects the recordings that pass the query's filters.
    """
    model = embedding_model(runtime.settings)
    with runtime.database.read() as session:
        near = meaning_index.answers(runtime, session, query.q, among=chosen, limit=PASSAGES)
        best: dict[str, list[Nearest]] = {}  # by recording, the best first
        for chunk in near:
            best.setdefault(chunk.transcription_id, []).append(chunk)
        rows = {row.id: row for row in session.scalars(chosen.where(Transcription.id.in_(best)))}
        found = [
            recording
            for key, chunks in best.items()
            if (recording := _recording(session, rows[key], chunks, query.speaker)) is not None
        ]
        left = meaning_index.not_embedded(session, user_id, model=model)
    start = offset_of(page)
    return SearchOut(
        items=found[start : start + page.limit],
        next_cursor=next_offset(page, count=len(found)),
        by="meaning",
        meaning_missing=None,
        not_yet_searched=left,
    )


def _recording(
    session: Session, row: Transcription, chunks: Sequence[Nearest], speaker: str | None
) -> FoundRecording | None:
    """The passages of a recording; None if another speaker says them or they were deleted."""
    version = queries.version(session, row)
    speakers = speakers_from_json(version.speakers)
    names = {each.id: each.label for each in speakers}
    chosen = {each.id for each in speakers if speaker is None or each.is_called(speaker)}
    segments_by_id = {segment["id"]: segment for segment in queries.segments(session, version)}
    passages = []
    for chunk in chunks:
        segments = [segments_by_id[key] for key in chunk.segment_ids if key in segments_by_id]
        is_speaker = speaker is None or any(each["speaker"] in chosen for each in segments)
        if segments and is_speaker:
            labels = [names.get(segment["speaker"] or "") for segment in segments]
            passages.append(_passage(segments, labels, chunk.score))
    if not passages:
        return None
    return FoundRecording(
        id=row.id,
        title=row.title,
        language=row.language,
        duration_ms=row.duration_ms,
        created_at=row.created_at,
        version=version.number,
        matches=len(passages),
        passages=passages[:PASSAGES_EACH],
    )


def _passage(
    segments: Sequence[RowMapping], speakers: Sequence[str | None], score: float
) -> FoundPassage:
    first = segments[0]
    return FoundPassage(
        segment_id=first["id"],
        start_ms=first["start_ms"],
        end_ms=segments[-1]["end_ms"],
        at_ms=first["start_ms"],
        speaker=speakers[0] if len(set(speakers)) == 1 else None,
        text=" ".join(segment["text"].strip() for segment in segments),
        marks=[],
        score=round(score, 4),
    )
