"""Accepts recordings: validates, takes the hold, and only then stores file and job."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from sqlalchemy.orm import Session

from mp4totext.catalogue import service as catalogue
from mp4totext.credits import ledger, prices
from mp4totext.credits.errors import InsufficientCredits
from mp4totext.jobs import service as jobs
from mp4totext.jobs.acceptance import accept, accept_without_transaction, remember, submit
from mp4totext.jobs.caller import Caller
from mp4totext.jobs.models import Job
from mp4totext.jobs.operation import AnyOperation, Operations
from mp4totext.kit.clock import now
from mp4totext.kit.db import DATABASE_AWAY
from mp4totext.kit.errors import AppError, Unavailable
from mp4totext.kit.ids import new_id
from mp4totext.kit.received_files import ReceivedUpload, StorageFull, display_name
from mp4totext.kit.storage import StorageUnavailable
from mp4totext.media.choice import SourceOptions, refuse_missing
from mp4totext.media.errors import EmptyFile, MediaError, NotMedia, TooLong
from mp4totext.media.probe import MediaInfo, ProbeLimits, probe
from mp4totext.runtime import Runtime
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.errors import NotARecording, UnusableRecording
from mp4totext.transcriptions.files import known_speaker_key, media_key, recording_folder
from mp4totext.transcriptions.import_url import ImportParams, ImportUrl
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.operations import Planned, Transcribe
from mp4totext.transcriptions.options import TranscriptionOptions
from mp4totext.transcriptions.order import KnownSpeaker, RecordingRef, TranscriptionOrder
from mp4totext.transcriptions.planning import check_address, refuse_one_channel
from mp4totext.transcriptions.recording_events import publish
from mp4totext.transcriptions.schemas import TranscriptionAccepted
from mp4totext.transcriptions.steps.fetch_url import note_media
from mp4totext.uploads import service as uploads
from mp4totext.uploads.quota import space_check


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceSample:
    """A file with the voice of a person who may speak in the recording."""

    name: str
    path: Path
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    path: Path
    name: str
    title: str
    sha256: str | None  # None: not compared with other recordings
    store: Callable[[Path, str], None]
    voices: tuple[VoiceSample, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """All ways to submit a recording. Each method raises AppError before anything is stored."""

    runtime: Runtime
    operations: Operations
    transcribe: Transcribe
    import_url: ImportUrl

    @classmethod
    def of(cls, runtime: Runtime, operations: Operations) -> Self:
        transcribe, import_url = operations[Transcribe.name], operations[ImportUrl.name]
        assert isinstance(transcribe, Transcribe)
        assert isinstance(import_url, ImportUrl)
        return cls(
            runtime=runtime, operations=operations, transcribe=transcribe, import_url=import_url
        )

    def upload(
        self,
        caller: Caller,
        upload: ReceivedUpload,
        options: TranscriptionOptions,
        *,
        title: str | None,
        voices: tuple[VoiceSample, ...] = (),
    ) -> TranscriptionAccepted:
        """``voices`` are stored with the recording; matching speakers get their names."""
        samples = [(voice.name, voice.sha256) for voice in voices]
        request = ("upload", upload.sha256, options.model_dump(mode="json"), title, *samples)
        file = replace(_received(self.runtime, upload, title), voices=voices)
        return self._accept_once(
            caller, request, lambda: self._file(caller, file, options, request)
        )

    def resumable_upload(
        self,
        caller: Caller,
        upload_id: str,
        options: TranscriptionOptions,
        *,
        title: str | None,
    ) -> TranscriptionAccepted:
        """Submit a complete resumable upload like any other."""
        runtime, user_id = self.runtime, caller.user_id
        request = ("parts", upload_id, options.model_dump(mode="json"), title)

        def end(session: Session) -> None:
            uploads.end(session, runtime.storage, user_id=user_id, upload_id=upload_id)

        def make() -> TranscriptionAccepted:
            with runtime.database.read() as session:
                done = uploads.complete(session, user_id=user_id, upload_id=upload_id)
            folder = runtime.scratch.folder("uploads")
            with uploads.assembled(runtime.storage, done, folder=folder) as upload:
                file = _received(runtime, upload, title)
                return self._file(caller, file, options, request, end_upload=end)

        return self._accept_once(caller, request, make)

    def local_file(
        self, caller: Caller, path: Path, options: TranscriptionOptions, *, name: str
    ) -> TranscriptionAccepted:
        """For the local command: the file stays where it is."""
        file = _File(
            path=path,
            name=display_name(name),
            title=name,
            sha256=None,
            store=self.runtime.storage.borrow,
        )
        return self._file(caller, file, options, ())

    def local_sound(self, caller: Caller, path: Path, *, name: str) -> str:
        """For the local command: a file that is only played. Answers the id of its recording."""
        info = examine(self.runtime, path, TranscriptionOptions().source_options)
        transcription_id = new_id("trn")
        self.runtime.storage.borrow(path, media_key(transcription_id))
        with self.runtime.database.write() as session:
            title = display_name(name)
            row = _new_row(transcription_id, caller, title, title, TranscriptionOptions())
            row.media_key = media_key(transcription_id)
            note_media(row, info)
            session.add(row)
        return transcription_id

    def url(
        self, caller: Caller, *, url: str, title: str | None, options: TranscriptionOptions
    ) -> TranscriptionAccepted:
        """The download is a separate job, which the transcription follows."""
        request = ("from-url", url, options.model_dump(mode="json"), title)

        def make() -> TranscriptionAccepted:
            check_address(url)
            planned = self._plan(caller, options)
            transcription_id = new_id("trn")
            recording = RecordingRef(transcription_id=transcription_id)
            params = ImportParams(
                url=url,
                transcribe=planned.order(options, recording),
                priority=caller.priority(options.priority),
            )
            with self.runtime.database.write() as session:
                self._space_check(caller)(session, 1)  # the job checks again once it knows the size
                transcription = _new_row(transcription_id, caller, title or url, url, options)
                transcription.source_url = url
                session.add(transcription)
                job = _submit(session, caller, transcription, self.import_url, params, options)
                answer = self._answer(session, transcription, job, planned)
                remember(session, caller, request, answer)
            return answer

        return self._accept_once(caller, request, make)

    def rerun(
        self,
        session: Session,
        caller: Caller,
        transcription_id: str,
        options: TranscriptionOptions | None,
    ) -> TranscriptionAccepted:
        """Submit a new version; the others stay. Raises StillRunning while a job makes one."""
        request = ("rerun", transcription_id, options and options.model_dump(mode="json"))

        def make() -> TranscriptionAccepted:
            transcription = queries.get(
                session, user_id=caller.user_id, transcription_id=transcription_id, lock=True
            )
            queries.refuse_while_running(session, transcription)
            recording = RecordingRef.of(transcription)
            used = options or TranscriptionOptions.model_validate(transcription.options)
            planned = self._plan(caller, used, duration_ms=recording.duration_ms)
            refuse_one_channel(
                planned.plan.engine.diarizer, transcription.channels, planned.engines
            )
            order = planned.order(used, recording)
            job = _submit(session, caller, transcription, self.transcribe, order, used)
            transcription.options = used.model_dump(mode="json")
            return self._answer(session, transcription, job, planned)

        return accept(session, caller, request, TranscriptionAccepted, make)

    def _accept_once(
        self, caller: Caller, request: tuple[Any, ...], make: Callable[[], TranscriptionAccepted]
    ) -> TranscriptionAccepted:
        return accept_without_transaction(
            self.runtime.database, caller, request, TranscriptionAccepted, make
        )

    def _file(
        self,
        caller: Caller,
        file: _File,
        options: TranscriptionOptions,
        request: tuple[Any, ...],
        *,
        end_upload: Callable[[Session], None] | None = None,
    ) -> TranscriptionAccepted:
        """``end_upload``: ends a resumable upload, whose storage was reserved until now."""
        runtime, require_space = self.runtime, self._space_check(caller)
        info = examine(runtime, file.path, options.source_options)
        planned = self._plan(caller, options, duration_ms=info.duration_ms)
        refuse_one_channel(planned.plan.engine.diarizer, info.channels, planned.engines)
        transcription_id = new_id("trn")
        key = media_key(transcription_id)
        recording = RecordingRef(
            transcription_id=transcription_id, media_key=key, duration_ms=info.duration_ms
        )
        samples = {known_speaker_key(transcription_id, n): v for n, v in enumerate(file.voices)}
        known = tuple(KnownSpeaker(name=v.name, sound_key=key) for key, v in samples.items())
        order = planned.order(options, recording).model_copy(update={"known_speakers": known})
        with runtime.database.read() as session:
            _refuse_unaffordable(session, caller, self.transcribe, order)
            if end_upload is None:
                require_space(session, info.size_bytes)
        for sample_key, sample in samples.items():
            _store(runtime, sample.path, sample_key, runtime.storage.adopt)
        _store(runtime, file.path, key, file.store)
        try:
            with runtime.database.write() as session:
                if end_upload is not None:
                    end_upload(session)
                require_space(session, info.size_bytes)
                transcription = _new_row(transcription_id, caller, file.title, file.name, options)
                transcription.media_key = key
                transcription.sha256 = file.sha256
                note_media(transcription, info)
                session.add(transcription)
                job = _submit(session, caller, transcription, self.transcribe, order, options)
                answer = self._answer(session, transcription, job, planned)
                answer.warnings.extend(info.warnings)
                remember(session, caller, request, answer)
        except DATABASE_AWAY:
            # Perhaps it was committed, and the job needs the file; if not, it is an orphan, which
            # the sweeper removes.
            raise
        except BaseException:
            runtime.storage.delete_prefix(recording_folder(transcription_id))
            raise
        return answer

    def _space_check(self, caller: Caller) -> Callable[[Session, int], None]:
        return space_check(
            self.runtime, self.operations, user_id=caller.user_id, metered=caller.metered
        )

    def _plan(
        self, caller: Caller, options: TranscriptionOptions, *, duration_ms: int | None = None
    ) -> Planned:
        """``duration_ms`` None: unknown until the download."""
        with self.runtime.database.read() as session:
            current = prices.current(session)
            models = catalogue.entries(session)
            usual = queries.usual_languages(session, user_id=caller.user_id)
        planned = self.transcribe.plan(
            options, self.runtime.settings, current, duration_ms=duration_ms, models=models
        )
        return replace(planned, usual_languages=usual)

    def _answer(
        self, session: Session, transcription: Transcription, job: Job, planned: Planned
    ) -> TranscriptionAccepted:
        duplicates = []
        if transcription.sha256 is not None:
            duplicates = queries.same_file(
                session,
                user_id=transcription.user_id,
                sha256=transcription.sha256,
                excluding=transcription.id,
            )
        costs = self.transcribe.text_costs(
            planned.texts,
            prices=prices.from_json(job.prices),
            duration_ms=transcription.duration_ms,
            metered=job.metered,
        )
        chosen = planned.plan
        return TranscriptionAccepted.of(
            job,
            id=transcription.id,
            **costs.model_dump(),
            engine=chosen.engine.engine,
            reason=chosen.reason,
            fallback=None if chosen.fallback is None else chosen.fallback.engine,
            warnings=list(chosen.warnings),
            duplicates=duplicates,
        )


def examine(runtime: Runtime, path: Path, sources: SourceOptions) -> MediaInfo:
    """Raises AppError 413, 415 or 422 with the reason and what to do."""
    limits = runtime.settings.ingest
    try:
        info = probe(
            path,
            limits=ProbeLimits(
                duration_ms_max=limits.max_duration_s * 1000, timeout_s=limits.probe_timeout_s
            ),
        )
        refuse_missing(info.structure, sources)
    except NotMedia as error:
        raise NotARecording(error.message, code=error.code) from error
    except TooLong as error:
        raise AppError(error.message, status=413, code=error.code) from error
    except (EmptyFile, MediaError) as error:
        raise UnusableRecording(error.message, code=error.code) from error
    return info


def _received(runtime: Runtime, upload: ReceivedUpload, title: str | None) -> _File:
    return _File(
        path=upload.path,
        name=upload.filename,
        title=title or upload.filename,
        sha256=upload.sha256,
        store=runtime.storage.adopt,
    )


def _refuse_unaffordable(
    session: Session, caller: Caller, operation: AnyOperation, order: TranscriptionOrder
) -> None:
    """Refuse before the file is stored; the hold itself checks again."""
    offer, _ = jobs.quote(session, operation, order, metered=caller.metered)
    available_uc = ledger.balance(session, caller.user_id).available_uc
    if available_uc < offer.total_uc:
        raise InsufficientCredits(required_uc=offer.total_uc, available_uc=available_uc)


def _store(runtime: Runtime, path: Path, key: str, store: Callable[[Path, str], None]) -> None:
    try:
        store(path, key)
    except StorageUnavailable as error:
        raise Unavailable(
            "Storage does not answer. Nothing was kept; try again in a minute.",
            code="storage_unavailable",
            retry_after_s=60,
        ) from error
    except OSError as error:
        runtime.storage.delete_prefix(key.rpartition("/")[0])
        raise StorageFull("The disk is full. Nothing was kept; try again later.") from error


def _new_row(
    transcription_id: str,
    caller: Caller,
    title: str,
    filename: str,
    options: TranscriptionOptions,
) -> Transcription:
    at = now()
    return Transcription(
        id=transcription_id,
        user_id=caller.user_id,
        title=title[:255],
        filename=filename[:255],
        options=options.model_dump(mode="json"),
        created_at=at,
        updated_at=at,
    )


def _submit(
    session: Session,
    caller: Caller,
    transcription: Transcription,
    operation: AnyOperation,
    params: TranscriptionOrder | ImportParams,
    options: TranscriptionOptions,
) -> Job:
    job = submit(
        session,
        caller,
        operation,
        params,
        subject_id=transcription.id,
        priority=options.priority,
        webhook_url=None if options.webhook_url is None else str(options.webhook_url),
    )
    transcription.job_id = job.id
    transcription.updated_at = now()
    publish(session, transcription, "added")
    return job
