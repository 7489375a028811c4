"""Two editors who change one transcript concurrently and at random, with invariants.

The transcript exists twice: as rows of the service, and as one value to which the same pure
functions are applied. Each read compares the two.
"""

import random
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from mp4totext import tables
from mp4totext.auth.models import User
from mp4totext.editing import segments as editing
from mp4totext.editing import speakers as speaking
from mp4totext.events import log as event_log
from mp4totext.jobs.caller import Caller
from mp4totext.kit.clock import now
from mp4totext.kit.db import Base, Database
from mp4totext.kit.errors import AppError, Invalid
from mp4totext.kit.ids import new_id
from mp4totext.transcript import Transcript, problems
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.edits import answers, service
from mp4totext.transcriptions.edits.errors import EditConflict
from mp4totext.transcriptions.edits.schemas import (
    Changed,
    Replacement,
    SegmentEdits,
    SpeakerEdits,
    Undo,
)
from mp4totext.transcriptions.models import Transcription, TranscriptVersion
from mp4totext.transcriptions.versions import add_version, transcript_of
from tests.support.random_edits import WORDS, Edit, RandomEdits, View, made_transcript

assert tables.MODULES

USER = "usr_1"


@contextmanager
def database_in_memory() -> Iterator[Database]:
    database = Database("sqlite://")
    Base.metadata.create_all(database.engine)
    add_owner(database)
    yield database
    database.close()


def add_owner(database: Database) -> None:
    """Add the owner of the recordings that the editors change."""
    with database.write() as session:
        session.add(
            User(id=USER, email="ada@example.com", password_hash="", role="user", created_at=now())
        )
        session.flush()
        event_log.open_log(session, USER)


class TwoEditors(RandomEdits):
    def __init__(self, database: Database, seed: int) -> None:
        self.chosen = random.Random(seed)
        self._database = database
        self.first = made_transcript(self.chosen)
        self.id = new_id("trn")
        with database.write() as session:
            at = now()
            session.add(
                Transcription(
                    id=self.id,
                    user_id=USER,
                    title="",
                    filename="",
                    options={},
                    version=1,
                    created_at=at,
                    updated_at=at,
                )
            )
            session.flush()
            add_version(session, self.id, self.first, number=1, job_id="job_1")
        self.truth = self.first
        self.revision = 0
        self.changed_at: dict[str, int] = {}  # the revision of each segment, removed ones too
        self.next_segment = len(self.first.segments) + 1
        self.next_speaker = 1 + max(int(speaker.id[1:]) for speaker in self.first.speakers)
        self.speakers_changed_at: dict[str, int] = {}
        self.history: dict[int, tuple[Transcript, Transcript]] = {}
        self.views = [self._read(), self._read()]
        self.accepted = self.conflicts = self.refused = 0

    def play(self, steps: int) -> None:
        for _ in range(steps):
            view = self.chosen.choice(self.views)
            if self.chosen.random() < 0.35:
                self._catch_up(view)
            self._step(view)
        self.undo_everything()

    # --- one step --------------------------------------------------------------------------------

    def _step(self, view: View) -> None:
        kind = self.chosen.random()
        if kind < 0.12 and self.revision:
            self._undo(self.chosen.randint(1, self.revision))
        elif kind < 0.3:
            self._edit_speakers(view)
        elif kind < 0.36:
            self._replace_text(view)
        else:
            self._edit_segments(view)

    def _edit_segments(self, view: View) -> None:
        edits: list[Edit] = []
        for _ in range(self.chosen.choice((1, 1, 1, 2))):
            edit = self.segment_edit(view)
            if any(edit.targets & earlier.targets for earlier in edits):
                break  # what a second edit of the same sees depends on the first
            edits.append(edit)
        body = SegmentEdits.model_validate(
            {"revision": view.revision, "version": 1, "edits": [edit.body for edit in edits]}
        )
        self._send(view, lambda s, c: service.edit_segments(s, c, self.id, body), edits)

    def _replace_text(self, view: View) -> None:
        body = Replacement(
            revision=view.revision,
            version=1,
            find=self.chosen.choice(WORDS),
            replace=self.chosen.choice(WORDS),
            match_case=True,
            whole_words=True,
        )

        def send(session: Session, caller: Caller) -> Changed:
            answer = service.replace_text(session, caller, self.id, body)
            assert answer.change is not None
            assert answer.segments == len(answer.change.changed)
            return answer.change

        pattern = re.compile(rf"(?<!\w){re.escape(body.find)}(?!\w)")
        texts = {s.id: pattern.sub(body.replace, s.text) for s in self.truth.segments}
        there = {s.id: s.text for s in self.truth.segments}
        changed = {each: text for each, text in texts.items() if text != there[each]}
        edit = Edit({}, lambda t: editing.set_texts(t, changed), set(changed))
        self._send(view, send, [edit])

    def _edit_speakers(self, view: View) -> None:
        edit = self.speaker_edit(view)
        body = SpeakerEdits.model_validate(
            {"revision": view.revision, "version": 1, "actions": [edit.body]}
        )
        self._send(view, lambda s, c: service.edit_speakers(s, c, self.id, body), [edit])

    # --- sending, and what must come of it -------------------------------------------------------

    def _send(
        self, view: View, send: Callable[[Session, Caller], Changed], edits: list[Edit]
    ) -> None:
        key = new_id("key") if self.chosen.random() < 0.2 else None
        caller = Caller(user_id=USER, metered=False, idempotency_key=key)
        collides = any(
            edit.collides(self.changed_at | self.speakers_changed_at, view.revision)
            for edit in edits
        )
        numbers = self.next_segment
        expected = self._expected(edits)
        try:
            with self._database.write() as session:
                answer = send(session, caller)
        except AppError as refused:
            self.next_segment = numbers  # nobody got the new ids
            self._agree()
            if isinstance(refused, EditConflict):
                assert collides or self._speakers_moved(view)
                self.conflicts += 1
                self._replace(view)
            else:
                assert expected is None
                self.refused += 1
            return
        assert expected is not None
        assert not collides, "an edit of what somebody changed since was let through"
        self._take(expected, answer)
        if key is not None:
            with self._database.write() as session:
                assert send(session, caller) == answer, "a repeated request was answered otherwise"
            self._agree()

    def _expected(self, edits: list[Edit]) -> Transcript | None:
        """The expected transcript after the edits; None if they must be refused."""
        expected = self.truth
        try:
            for edit in edits:
                expected = edit.apply(expected)
        except Invalid:
            return None
        return speaking.without_silent(self.truth, expected)

    def _take(self, expected: Transcript, answer: Changed) -> None:
        before, self.truth = self.truth, expected
        if answer.revision != self.revision:
            self.revision += 1
            assert answer.revision == self.revision
            self.history[self.revision] = (before, expected)
            self.accepted += 1
            was = {segment.id: segment for segment in before.segments}
            became = {segment.id: segment for segment in expected.segments}
            touched = {each for each in {**was, **became} if was.get(each) != became.get(each)}
            assert touched == {s.id for s in answer.changed} | set(answer.removed)
            self.changed_at |= dict.fromkeys(touched, self.revision)
            named = {speaker.id: speaker for speaker in before.speakers}
            now_named = {speaker.id: speaker for speaker in expected.speakers}
            for each in {**named, **now_named}:
                if named.get(each) != now_named.get(each):
                    self.speakers_changed_at[each] = self.revision
                    number = int(each[1:])
                    self.next_speaker = max(self.next_speaker, number + 1)
        else:
            assert before == expected
        self._agree()

    def _undo(self, revision: int) -> None:
        before, after = self.history[revision]
        was = {segment.id: segment for segment in before.segments}
        became = {segment.id: segment for segment in after.segments}
        touched = {each for each in {**was, **became} if was.get(each) != became.get(each)}
        current = {segment.id: segment for segment in self.truth.segments}
        free = all(current.get(each) == became.get(each) for each in touched)
        caller = Caller(user_id=USER, metered=False)
        body = Undo(undo_of=revision, version=1)
        try:
            with self._database.write() as session:
                answer = service.undo_change(session, caller, self.id, body)
        except EditConflict:
            # Segments and speakers as they were, but a neighbour or another speaker in the way.
            self.conflicts += 1
            self._agree()
            return
        assert free
        stored = self._stored()
        now_there = {segment.id: segment for segment in stored.segments}
        assert {each: now_there.get(each) for each in touched} == {
            each: was.get(each) for each in touched
        }
        others = [s for s in self.truth.segments if s.id not in touched]
        assert [s for s in stored.segments if s.id not in touched] == others
        self._take(stored, answer)

    def undo_everything(self) -> None:
        """Undo all edits, latest first; the original text must be restored byte for byte."""
        for revision in range(self.revision, 0, -1):
            with self._database.write() as session:
                caller = Caller(user_id=USER, metered=False)
                body = Undo(undo_of=revision)
                service.undo_change(session, caller, self.id, body)
        assert _json(self._stored()) == _json(self.first)

    # --- reading ---------------------------------------------------------------------------------

    def _agree(self) -> None:
        stored = self._stored()
        assert stored == self.truth
        assert problems(stored) == []
        assert speaking.speaking(stored.segments) <= {speaker.id for speaker in stored.speakers}

    def _stored(self) -> Transcript:
        with self._database.read() as session:
            return transcript_of(session, self._version(session))

    def _version(self, session: Session) -> TranscriptVersion:
        return queries.version(session, session.get_one(Transcription, self.id))

    def _read(self) -> View:
        with self._database.read() as session:
            version = self._version(session)
            rows = queries.segments(session, version)
            return View(
                transcript=transcript_of(session, version),
                revision=version.revision,
                segment_revisions={row["id"]: row["revision"] for row in rows},
            )

    def _replace(self, view: View) -> None:
        fresh = self._read()
        view.transcript, view.revision = fresh.transcript, fresh.revision
        view.segment_revisions = fresh.segment_revisions

    def _catch_up(self, view: View) -> None:
        """Apply the changes since the loaded revision, as a page does."""
        with self._database.read() as session:
            told = answers.since(session, self._version(session), view.revision, user_id=USER)
        moved = {segment.id for segment in told.changed}
        texts = [s for s in view.transcript.segments if s.id not in {*told.removed, *moved}]
        new = {segment.id: segment for segment in told.changed}
        order = [segment.id for segment in texts]
        for each in told.changed:  # in order, so the one before is there already
            before = told.placed[each.id]
            order.insert(order.index(before) + 1 if before is not None else 0, each.id)
        kept = {segment.id: segment.text for segment in texts}
        shown = [(each, new[each].text if each in new else kept[each]) for each in order]
        self._replace(view)
        assert shown == [(s.id, s.text) for s in view.transcript.segments]
        if told.speakers is not None:
            speakers = [(speaker.id, speaker.name) for speaker in told.speakers]
            assert speakers == [(s.id, s.name) for s in view.transcript.speakers]

    def _speakers_moved(self, view: View) -> bool:
        return any(revision > view.revision for revision in self.speakers_changed_at.values())


_TRANSCRIPT = TypeAdapter(Transcript)


def _json(transcript: Transcript) -> bytes:
    return _TRANSCRIPT.dump_json(transcript)
