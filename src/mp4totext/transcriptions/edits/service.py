"""Edit, replace, undo. Each function works in its caller's transaction."""

from collections.abc import Callable, Mapping

from pydantic import BaseModel
from sqlalchemy.orm import Session, undefer

from mp4totext.editing import segments as editing
from mp4totext.editing.replacing import Replacing
from mp4totext.jobs.acceptance import accept
from mp4totext.jobs.caller import Caller
from mp4totext.kit.errors import Invalid
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.edits import answers, changes, segment_edits, speaker_edits, undo
from mp4totext.transcriptions.edits.answers import EditMade
from mp4totext.transcriptions.edits.errors import EditConflict, NoSuchChange
from mp4totext.transcriptions.edits.schemas import (
    EditAnswer,
    Hit,
    Replacement,
    ReplacementAnswer,
    SegmentEdits,
    SpeakerEdits,
    Undo,
)
from mp4totext.transcriptions.edits.working_copy import WorkingCopy
from mp4totext.transcriptions.models import TranscriptChange, TranscriptVersion

HITS_SHOWN = 50


def edit_segments(
    session: Session, caller: Caller, transcription_id: str, body: SegmentEdits
) -> EditAnswer:
    """Apply all edits as one change, or none: raises EditConflict, Invalid."""

    def edit(copy: WorkingCopy) -> None:
        _refuse_stale(copy.version, body.version, body.revision)
        segment_edits.apply(copy, body)

    return answers.of_edit(*_edit_once(session, caller, transcription_id, "segments", body, edit))


def edit_speakers(
    session: Session, caller: Caller, transcription_id: str, body: SpeakerEdits
) -> EditAnswer:
    """Rename, merge, split and reassign speakers, in the given order, as one change."""

    def edit(copy: WorkingCopy) -> None:
        _refuse_stale(copy.version, body.version, body.revision)
        for action in body.actions:
            speaker_edits.apply(copy, action, revision=body.revision)

    return answers.of_edit(*_edit_once(session, caller, transcription_id, "speakers", body, edit))


def replace_text(
    session: Session, caller: Caller, transcription_id: str, body: Replacement
) -> ReplacementAnswer:
    """Find and replace in the whole transcript as one change; or only preview it."""
    replacing = Replacing(
        find=body.find,
        replace=body.replace,
        match_case=body.match_case,
        whole_words=body.whole_words,
    )
    if body.preview:
        transcription = queries.get(
            session, user_id=caller.user_id, transcription_id=transcription_id
        )
        version = queries.version(session, transcription)
        _refuse_stale(version, body.version, body.revision)
        return _hits(replacing, _texts(session, version, body))

    def edit(copy: WorkingCopy) -> None:
        _refuse_stale(copy.version, body.version, body.revision)
        texts = _texts(session, copy.version, body)
        edited = {each: replacing.applied(text) for each, text in texts.items()}
        edited = {each: text for each, text in edited.items() if text != texts[each]}
        copy.load(edited)
        copy.refuse_changed(dict.fromkeys(edited), revision=body.revision, yours=edited)
        copy.edit(lambda transcript: editing.set_texts(transcript, edited))

    made, change = _edit_once(session, caller, transcription_id, "replace", body, edit)
    # The segments that were replaced, even if the request is repeated after the change.
    before = {} if change is None else change.before
    answer = _hits(replacing, {each: segment["text"] for each, segment in before.items()})
    answer.change = answers.of_edit(made, change)
    return answer


def undo_change(session: Session, caller: Caller, transcription_id: str, body: Undo) -> EditAnswer:
    """Undo a change, also of others, also an undo. Later edits of the same segment conflict."""

    def edit(copy: WorkingCopy) -> None:
        _refuse_stale(copy.version, body.version, None)
        version = copy.version
        change = _change(session, version.transcription_id, version.number, body.undo_of)
        undo.apply(copy, change)

    return answers.of_edit(
        *_edit_once(session, caller, transcription_id, "undo", body, edit, undo_of=body.undo_of)
    )


def _edit_once(
    session: Session,
    caller: Caller,
    transcription_id: str,
    kind: str,
    body: BaseModel,
    edit: Callable[[WorkingCopy], None],
    *,
    undo_of: int | None = None,
) -> tuple[EditMade, TranscriptChange | None]:
    """Make the edit, or return the change of the same request. Concurrent edits wait here."""
    transcription = queries.get(
        session, user_id=caller.user_id, transcription_id=transcription_id, lock=True
    )

    def make() -> EditMade:
        version = queries.version(session, transcription)
        copy = WorkingCopy(session, version)
        edit(copy)
        change = changes.store(
            copy, transcription, kind=kind, user_id=caller.user_id, undo_of=undo_of
        )
        if change is not None:
            changes.publish(session, change, caller.user_id)
        return EditMade(
            version=version.number, revision=version.revision, changed=change is not None
        )

    request = (kind, transcription_id, body.model_dump(mode="json"))
    made = accept(session, caller, request, EditMade, make)
    if not made.changed:
        return made, None
    return made, _change(session, transcription_id, made.version, made.revision)


def _refuse_stale(version: TranscriptVersion, read: int | None, revision: int | None) -> None:
    """Raises EditConflict for another version, or a revision that does not exist yet."""
    if read not in (None, version.number):
        problem = f"Version {version.number} is the current one now, not {read}."
    elif revision is not None and revision > version.revision:
        problem = f"The transcript is at revision {version.revision}, not {revision}."
    else:
        return
    raise EditConflict(
        f"{problem} Read it, and repeat the edit on it.",
        version=version.number,
        revision=version.revision,
        segments=[],
    )


def _change(
    session: Session, transcription_id: str, version: int, revision: int
) -> TranscriptChange:
    key = (transcription_id, version, revision)
    change = session.get(TranscriptChange, key, options=[undefer("*")])
    if change is None:
        raise NoSuchChange(revision)
    return change


def _texts(session: Session, version: TranscriptVersion, body: Replacement) -> dict[str, str]:
    if body.speaker is not None and body.speaker not in {s["id"] for s in version.speakers}:
        raise Invalid(f"No speaker has the id {body.speaker!r}.", code="unknown_speaker")
    only = None if body.segment_ids is None else set(body.segment_ids)
    return {
        row["id"]: row["text"]
        for row in queries.segments(session, version)
        if (only is None or row["id"] in only) and body.speaker in (None, row["speaker"])
    }


def _hits(replacing: Replacing, texts: Mapping[str, str]) -> ReplacementAnswer:
    """The places where text would be replaced."""
    places = [
        (segment_id, text, place)
        for segment_id, text in texts.items()
        if replacing.applied(text) != text
        for place in replacing.places(text)
    ]
    first = []
    for segment_id, text, place in places[:HITS_SHOWN]:
        before, after = replacing.shown(text, place)
        first.append(Hit(segment_id=segment_id, at=place[0], text=before, replaced=after))
    return ReplacementAnswer(
        hits=len(places), segments=len({each for each, *_ in places}), first=first
    )
