"""Full-text search for recordings: FTS5 on SQLite, full-text search on PostgreSQL.

The terms of `writing.extractive.terms` are indexed instead of words, so that both databases match
equally, and scripts without spaces are found; and their stems, so that a question finds a word in
any form. The index can be rebuilt at any time.
"""

from collections.abc import Sequence, Set

from sqlalchemy import Select, and_, func, or_, select, text
from sqlalchemy.orm import Session

from mp4totext.texts.models import SearchDocument
from mp4totext.transcriptions import queries as transcriptions
from mp4totext.transcriptions.models import Transcription, TranscriptVersion
from mp4totext.writing.extractive.terms import (
    STOP_WORDS,
    english_terms,
    is_english,
    terms,
    topic_terms,
)

INDEXED_PER_QUESTION_MAX = 100
"""Recordings that one question indexes before it is answered; the next one indexes more."""

TERMS_MAX = 40  # of a question: more would only slow down the query

TERMS_FORMAT = 2
"""0 to 9. With another number all recordings are indexed again: for a change of what is indexed."""

# An external-content FTS5 table: the terms are stored once, in search_documents, and triggers
# follow each change of it, including the deletion of a recording.
_FTS = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS search_index USING fts5(terms, "
    "content='search_documents', content_rowid='id', tokenize='unicode61 remove_diacritics 2')",
    "CREATE TRIGGER IF NOT EXISTS search_documents_added AFTER INSERT ON search_documents BEGIN "
    "INSERT INTO search_index(rowid, terms) VALUES (new.id, new.terms); END",
    "CREATE TRIGGER IF NOT EXISTS search_documents_gone AFTER DELETE ON search_documents BEGIN "
    "INSERT INTO search_index(search_index, rowid, terms) VALUES ('delete', old.id, old.terms); "
    "END",
    "CREATE TRIGGER IF NOT EXISTS search_documents_changed AFTER UPDATE ON search_documents BEGIN "
    "INSERT INTO search_index(search_index, rowid, terms) VALUES ('delete', old.id, old.terms); "
    "INSERT INTO search_index(rowid, terms) VALUES (new.id, new.terms); END",
)
_SQLITE = text(
    "SELECT d.transcription_id FROM search_index JOIN search_documents d "
    "ON d.id = search_index.rowid JOIN transcriptions t ON t.id = d.transcription_id "
    "WHERE search_index MATCH :terms AND d.user_id = :user_id AND t.binned_at IS NULL "
    "ORDER BY bm25(search_index), d.id DESC LIMIT :limit"
)
_POSTGRES = text(
    "SELECT d.transcription_id FROM search_documents d JOIN transcriptions t "
    "ON t.id = d.transcription_id, websearch_to_tsquery('simple', :terms) query "
    "WHERE d.user_id = :user_id AND t.binned_at IS NULL AND d.vector @@ query "
    "ORDER BY ts_rank_cd(d.vector, query, 1) DESC, d.id DESC LIMIT :limit"
)
_POSTGRES_ALL = text(
    _POSTGRES.text.replace("websearch_to_tsquery('simple', :terms)", "to_tsquery('simple', :terms)")
)
_HAS_FTS = text("SELECT 1 FROM sqlite_master WHERE name = 'search_index'")


def refresh(session: Session, user_id: str, *, limit: int = INDEXED_PER_QUESTION_MAX) -> int:
    """Index up to ``limit`` new or changed recordings; returns how many are left."""
    sqlite = _is_sqlite(session)
    if sqlite:
        for statement in _FTS:
            session.execute(text(statement))
    # One more, to see whether any are left.
    stale = list(session.execute(_stale(user_id).limit(limit + 1)))
    for row in stale[:limit]:
        document = row.SearchDocument or SearchDocument(
            transcription_id=row.transcription_id, user_id=user_id
        )
        document.version, document.revision = row.number, row.revision * 10 + TERMS_FORMAT
        spoken_text = transcriptions.text(
            session, transcription_id=row.transcription_id, version=row.number
        )
        document.terms = " ".join(_indexed(spoken_text, row.language))
        session.add(document)
        session.flush()
        if not sqlite:  # on SQLite, triggers update the FTS5 table
            document.vector = func.to_tsvector("simple", document.terms)
    session.flush()
    if len(stale) <= limit:
        return 0
    stale_count = session.scalar(select(func.count()).select_from(_stale(user_id).subquery()))
    return int(stale_count or 0)


def _indexed(said: str, language: str | None) -> list[str]:
    """Each term, for questions in any language, and the stems that are no terms themselves.

    Short words and stop words of English, which are no terms, are indexed once each: a search for
    "AI" or "the" has nothing else.
    """
    words = terms(said, language=language)
    known = set(words)
    stems = [stem for stem in topic_terms(said, language=language) if stem not in known]
    rest = terms(said, language=None) if is_english(language) else []
    short = [word for word in dict.fromkeys(rest) if word not in known and not english_terms(word)]
    return words + stems + short


def find(session: Session, *, user_id: str, question: str, limit: int) -> list[str]:
    """The ids of the user's recordings that match any term of the question, best first."""
    # Recordings are indexed by the terms of their language, which may differ from the question's.
    exact = [word for word in terms(question, language=None) if word not in STOP_WORDS]
    candidates = [*terms(question, language="en"), *exact]
    for language in transcriptions.languages(session, user_id):
        candidates += topic_terms(question, language=language)
    distinct = list(dict.fromkeys(candidates))[:TERMS_MAX]
    unquoted = [term.replace('"', "") for term in distinct]
    quoted = [f'"{term}"' for term in unquoted if term]
    if not quoted:
        return []
    statement, operator = (_SQLITE, " OR ") if _is_sqlite(session) else (_POSTGRES, " or ")
    values = {"terms": operator.join(quoted), "user_id": user_id, "limit": limit}
    return list(session.scalars(statement, values))


def is_current(session: Session, user_id: str) -> bool:
    """Whether a search finds everything."""
    if _is_sqlite(session) and not session.scalar(_HAS_FTS):
        return False
    return session.execute(_stale(user_id).limit(1)).first() is None


def matching(
    session: Session, *, user_id: str, groups: Sequence[Set[str]], limit: int
) -> list[str]:
    """The ids of the user's recordings that have a term of each group, best first."""
    if not groups:
        return []
    if _is_sqlite(session):
        if not session.scalar(_HAS_FTS):
            return []
        statement = _SQLITE
        terms = _all_of(groups, quote='"', either=" OR ", both=" AND ")
    else:
        statement = _POSTGRES_ALL
        terms = _all_of(groups, quote="'", either=" | ", both=" & ")
    values = {"terms": terms, "user_id": user_id, "limit": limit}
    return list(session.scalars(statement, values))


def _all_of(groups: Sequence[Set[str]], *, quote: str, either: str, both: str) -> str:
    return both.join(
        f"({either.join(_quoted(term, quote) for term in sorted(group))})" for group in groups
    )


def _quoted(term: str, quote: str) -> str:
    return f"{quote}{term.replace(quote, quote * 2)}{quote}"


def _stale(user_id: str) -> Select[SearchDocument, str, int, int, str | None]:
    current = and_(
        TranscriptVersion.transcription_id == Transcription.id,
        TranscriptVersion.number == Transcription.version,
    )
    return (
        select(
            SearchDocument,
            Transcription.id.label("transcription_id"),
            TranscriptVersion.number,
            TranscriptVersion.revision,
            TranscriptVersion.language,
        )
        .select_from(Transcription)
        .join(TranscriptVersion, current)
        .outerjoin(SearchDocument, SearchDocument.transcription_id == Transcription.id)
        .where(
            Transcription.user_id == user_id,
            or_(
                SearchDocument.id.is_(None),
                SearchDocument.version != TranscriptVersion.number,
                SearchDocument.revision != TranscriptVersion.revision * 10 + TERMS_FORMAT,
            ),
        )
        .order_by(Transcription.id.desc())
    )


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
