"""Finds recordings by the database's index, and passages in their texts."""

from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from mp4totext.kit.pagination import PageQuery, next_offset, offset_of
from mp4totext.providers.embedding.table import embedding_missing
from mp4totext.runtime import Runtime
from mp4totext.search import by_meaning
from mp4totext.search.matching import Match, ParsedQuery, match, parse_query
from mp4totext.search.schemas import FoundPassage, FoundRecording, SearchOut, SearchQuery
from mp4totext.texts import search_index
from mp4totext.texts.errors import ProviderNotReady
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.schemas import ListFilter
from mp4totext.transcriptions.segments import speakers_from_json

INDEXED_AT_ONCE = 20  # recordings that a search indexes before it starts
MOST_RECORDINGS = 500  # the best matches by the database's rank; the rest is not read
PASSAGES_EACH = 5


def search(runtime: Runtime, user_id: str, query: SearchQuery, page: PageQuery) -> SearchOut:
    """Search by words, and by meaning if nothing matches or the query asks for it.

    Raises ProviderNotReady if the query asks for a search by meaning and no model is installed.
    """
    missing = embedding_missing(runtime.settings)
    if query.by == "meaning" and missing is not None:
        raise ProviderNotReady(f"Search by meaning needs embeddings: {missing}.")
    found = None if query.by == "meaning" else _by_words(runtime, user_id, query, page, missing)
    if found is not None and (found.items or page.after or query.by or missing):
        return found
    return by_meaning.search(runtime, user_id, query, page, chosen=_chosen(user_id, query))


def _by_words(
    runtime: Runtime, user_id: str, query: SearchQuery, page: PageQuery, missing: str | None
) -> SearchOut:
    left = _index(runtime, user_id)
    with runtime.database.read() as session:
        parsed = parse_query(query.q, languages=queries.languages(session, user_id))
        ids = search_index.matching(
            session, user_id=user_id, groups=parsed.groups, limit=MOST_RECORDINGS
        )
        statement = _chosen(user_id, query).where(Transcription.id.in_(ids))
        rows = {row.id: row for row in session.scalars(statement)}
        ranked = [rows[each] for each in ids if each in rows]
        start = offset_of(page)
        found = (
            _found_in(session, row, parsed, query.speaker)
            for row in ranked[start : start + page.limit]
        )
        items = [each for each in found if each is not None]
    return SearchOut(
        items=items,
        next_cursor=next_offset(page, count=len(ranked)),
        by="words",
        meaning_missing=missing,
        not_yet_searched=left,
    )


def _index(runtime: Runtime, user_id: str) -> int:
    """Index new recordings; returns how many are left for later searches.

    Opens a write transaction, of which SQLite allows one at a time, only if there are any.
    """
    with runtime.database.read() as session:
        if search_index.is_current(session, user_id):
            return 0
    with runtime.database.write() as session:
        return search_index.refresh(session, user_id, limit=INDEXED_AT_ONCE)


def _chosen(user_id: str, query: SearchQuery) -> Select[Transcription]:
    """Selects the recordings that pass the filters, archived ones included.

    Those in the bin need no filter, as the index does not return them.
    """
    chosen = ListFilter(
        tag=query.tag,
        language=query.language,
        created_from=query.created_from,
        created_to=query.created_to,
        place="all",
    )
    return queries.listed(user_id, chosen)


def _found_in(
    session: Session, row: Transcription, parsed: ParsedQuery, speaker: str | None
) -> FoundRecording | None:
    """The matching passages of a recording; None if there are none.

    The index may match more than the text has: it ignores accents, for example.
    """
    version = queries.version(session, row)
    speakers = speakers_from_json(version.speakers)
    names = {each.id: each.label for each in speakers}
    chosen = {each.id for each in speakers if speaker is None or each.is_called(speaker)}
    matches: list[tuple[Any, Match]] = []
    for segment in queries.segments(session, version):
        if speaker is not None and segment["speaker"] not in chosen:
            continue
        found = match(segment["text"], parsed, language=version.language)
        if found is not None:
            matches.append((segment, found))
    if not matches:
        return None
    most = max(found.score for _, found in matches)
    best = [(segment, found) for segment, found in matches if found.score == most]
    shown = best[:PASSAGES_EACH]
    ids = [segment["id"] for segment, _ in shown]
    stored = queries.stored_segments(session, version, ids)
    words = {row["id"]: row["words"] for row in stored}
    return FoundRecording(
        id=row.id,
        title=row.title,
        language=row.language,
        duration_ms=row.duration_ms,
        created_at=row.created_at,
        version=version.number,
        matches=len(best),
        passages=[
            FoundPassage(
                segment_id=segment["id"],
                start_ms=segment["start_ms"],
                end_ms=segment["end_ms"],
                at_ms=_said_at(segment, words[segment["id"]], found.marks[0][0]),
                speaker=names.get(segment["speaker"] or ""),
                text=segment["text"],
                marks=list(found.marks),
            )
            for segment, found in shown
        ],
    )


def _said_at(segment: Any, words: list[list[Any]], place: int) -> int:
    """The start in milliseconds of the word at character ``place`` of the segment's text.

    The start of the segment if its words do not spell its text.
    """
    text, at, start_ms = segment["text"], 0, segment["start_ms"]
    for word in words:
        found = text.find(word[0].strip(), at)
        if found < 0 or found > place:
            break
        at, start_ms = found + len(word[0].strip()), word[1]
    return int(start_ms)
