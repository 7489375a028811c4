"""The content of an export: the transcript, with its findings and texts."""

import re
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy.orm import Session, undefer

from mp4totext.exports.documents import Document, document
from mp4totext.exports.findings import (
    Chapter,
    Findings,
    Line,
    Text,
    chapters_of,
    newest,
    understood,
)
from mp4totext.exports.options import ExportOptions, parse_options
from mp4totext.exports.registry import Export
from mp4totext.messages import worded
from mp4totext.texts import queries as texts
from mp4totext.texts.models import WrittenText
from mp4totext.transcript import Transcript
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.models import Transcription, TranscriptVersion
from mp4totext.transcriptions.versions import details_of, with_stored_words
from mp4totext.writing.kinds import KINDS

_CITED = re.compile(r" ?\[s\d{1,9}[^\[\]\n]{0,400}\]")


def of_recording(
    session: Session,
    transcription: Transcription,
    export: Export,
    raw: Mapping[str, str],
    *,
    version: int | None = None,
) -> Document:
    """The document of a recording. ``raw``: the options as the caller wrote them.

    Raises NotReady, VersionNotFound, Invalid, NoTranslation, and NoChapters for formats that
    contain only chapters.
    """
    shown = queries.version(session, transcription, version)
    transcript, stored_words = with_stored_words(session, shown)
    options = replace(
        parse_options({"title": transcription.title, **raw}),
        made_at=shown.created_at,
        findings=findings_of(session, shown, transcript),
    )
    whole = Document(transcript=transcript, options=options, stored_words=stored_words)
    return document(whole, export, translation=raw.get("translation"))


def of_text(text: WrittenText, title: str, transcript: Transcript | None) -> Document:
    """The document of one text. ``transcript``: that of its recording, for times of citations."""
    exported = _text(text, None if transcript is None else text.version)
    options = ExportOptions(title=f"{title}: {worded(exported.title)}", only=exported)
    return Document(transcript=transcript or Transcript(duration_ms=0), options=options)


def written_texts(session: Session, version: TranscriptVersion) -> list[Text]:
    """All texts about the recording, the newest first."""
    rows = session.scalars(
        texts.of_recording(version.transcription_id).options(
            undefer(WrittenText.body), undefer(WrittenText.data)
        )
    )
    return [_text(row, version.number) for row in rows]


def findings_of(session: Session, version: TranscriptVersion, transcript: Transcript) -> Findings:
    """What was found in a version of a recording, and the newest texts about it.

    Chapters are those of the newest text of that kind, else those of the feature.
    """
    starts_ms = {segment.id: segment.start_ms for segment in transcript.segments}
    findings = understood(details_of(session, version).understanding or {})
    return replace(
        findings,
        chapters=chapters_in(session, version, starts_ms),
        texts=newest(written_texts(session, version)),
    )


def chapters_in(
    session: Session, version: TranscriptVersion, starts_ms: Mapping[str, int]
) -> tuple[Chapter, ...]:
    """Those of the newest text of that kind, else those of the feature.

    ``starts_ms``: of the segments, by their ids.
    """
    newest_text = session.scalars(
        texts.of_recording(version.transcription_id)
        .where(WrittenText.kind == "chapters", WrittenText.version == version.number)
        .options(undefer(WrittenText.body), undefer(WrittenText.data))
        .limit(1)
    ).first()
    chapters: tuple[Chapter, ...] = ()
    if newest_text is not None:
        text = _text(newest_text, version.number)
        chapters = chapters_of(text, starts_ms, version.duration_ms)
    return chapters or understood(details_of(session, version).understanding or {}).chapters


def _text(row: WrittenText, version: int | None) -> Text:
    """``version``: of the transcript shown; segment ids of another version are meaningless."""
    body = row.body or ""
    return Text(
        id=row.id,
        kind=row.kind,
        title=KINDS[row.kind].title,
        body=body if row.version == version else _CITED.sub("", body),
        language=row.language,
        provider=row.provider,
        model=row.model,
        version=row.version,
        created_at=row.finished_at or row.created_at,
        data=row.data,
        lines=tuple(
            Line(
                segment_id=line["segment_id"],
                start_ms=line["start_ms"],
                end_ms=line["end_ms"],
                speaker=line["speaker"],
                text=line["text"],
                original=line["original"],
            )
            for line in (row.data or {}).get("lines") or ()
        ),
    )
