"""Finding the recordings that may hold an answer: FTS5 on SQLite, full text on PostgreSQL.

What is indexed are the terms of `writing.terms`, so that both databases match alike and scripts
without spaces are found. The index is made of ``search_documents`` and can be made again.
"""

from sqlalchemy import Select, and_, func, or_, select, text
from sqlalchemy.orm import Session

from mp4totext.texts.models import SearchDocument
from mp4totext.transcriptions import queries as transcriptions
from mp4totext.transcriptions.models import Transcription, TranscriptVersion
from mp4totext.writing.extractive.terms import terms

MOST_AT_ONCE = 100
"""Recordings one question may index; more wait for the next."""

MOST_TERMS = 40  # of a question

# SQLite's own: the words stand in search_documents once, and triggers follow every change,
# also the deletion of a recording.
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
    "ON d.id = search_index.rowid WHERE search_index MATCH :asked AND d.user_id = :user_id "
    "ORDER BY bm25(search_index), d.id DESC LIMIT :most"
)
_POSTGRES = text(
    "SELECT transcription_id FROM search_documents, websearch_to_tsquery('simple', :asked) asked "
    "WHERE user_id = :user_id AND vector @@ asked "
    "ORDER BY ts_rank_cd(vector, asked, 1) DESC, id DESC LIMIT :most"
)


def refresh(session: Session, user_id: str, *, most: int = MOST_AT_ONCE) -> int:
    """Brings the user's documents up to date; how many recordings still wait."""
    sqlite = _is_sqlite(session)
    if sqlite:
        for statement in _FTS:
            session.execute(text(statement))
    stale = list(session.execute(_stale(user_id).limit(most + 1)))
    for row in stale[:most]:
        document = row.SearchDocument or SearchDocument(
            transcription_id=row.transcription_id, user_id=user_id
        )
        document.version, document.revision = row.number, row.revision
        said = transcriptions.text(
            session, transcription_id=row.transcription_id, version=row.number
        )
        document.terms = " ".join(terms(said, language=row.language))
        session.add(document)
        session.flush()
        if not sqlite:
            document.vector = func.to_tsvector("simple", document.terms)
    session.flush()
    if len(stale) <= most:
        return 0
    waiting = session.scalar(select(func.count()).select_from(_stale(user_id).subquery()))
    return int(waiting or 0)


def find(session: Session, *, user_id: str, question: str, most: int) -> list[str]:
    """Ids of recordings, best first."""
    asked = list(dict.fromkeys([*terms(question, language="en"), *terms(question, language=None)]))[
        :MOST_TERMS
    ]
    quoted = [f'"{one}"' for one in (term.replace('"', "") for term in asked) if one]
    if not quoted:
        return []
    statement, word = (_SQLITE, " OR ") if _is_sqlite(session) else (_POSTGRES, " or ")
    values = {"asked": word.join(quoted), "user_id": user_id, "most": most}
    return list(session.scalars(statement, values))


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
                SearchDocument.revision != TranscriptVersion.revision,
            ),
        )
        .order_by(Transcription.id.desc())
    )


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
