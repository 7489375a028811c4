"""The paid operation ``diarize``."""

from dataclasses import dataclass

from pydantic import BaseModel
from sqlalchemy.orm import Session

from mp4totext.credits.prices import PriceList
from mp4totext.credits.quotes import Line, Quote, per_minute
from mp4totext.editing.carry_over import carried
from mp4totext.jobs.context import Context
from mp4totext.jobs.job_view import JobView
from mp4totext.jobs.operation import Operation
from mp4totext.jobs.quotes import QuoteContext
from mp4totext.providers.base import SpeakerLimits
from mp4totext.transcript import Transcript, Turn
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.engines import Engines
from mp4totext.transcriptions.models import Transcription, TranscriptVersion
from mp4totext.transcriptions.order import RecordingRef
from mp4totext.transcriptions.planning import ready_diarizer
from mp4totext.transcriptions.schemas import DiarizationQuoteRequest, TranscriptionQuote
from mp4totext.transcriptions.speaker_profiles.queries import voice_prints_of
from mp4totext.transcriptions.speaker_profiles.suggestions import keep_suggestions
from mp4totext.transcriptions.steps import diarize, match_profiles, prepare
from mp4totext.transcriptions.versions import (
    Transcribed,
    details_of,
    recognised_of,
    store_version,
    transcript_of,
)


class DiarizeParams(BaseModel):
    """Fixed when the job is accepted."""

    recording: RecordingRef
    version: int = 1
    diarizer: str
    limits: SpeakerLimits = SpeakerLimits()
    queue: str | None = None  # None: that of its priority


@dataclass(frozen=True, slots=True, kw_only=True)
class Diarized:
    version: int  # the version that was diarized
    turns: tuple[Turn, ...]
    stored: Transcribed


class Diarize(Operation[DiarizeParams, Diarized]):
    """Finds the speakers of an existing transcript again, and stores a new version."""

    name = "diarize"
    params = DiarizeParams
    makes_version = True
    quote_request = DiarizationQuoteRequest
    quote_answer = TranscriptionQuote

    def queue(self, params: DiarizeParams) -> str | None:
        return params.queue

    def time_limit_s(self, params: DiarizeParams) -> int:
        return 900 + 6 * params.recording.duration_ms // 1000

    def quote(self, params: DiarizeParams, prices: PriceList) -> Quote:
        key = f"diarization.{params.diarizer}"
        return Quote(lines=(per_minute(prices, key, params.recording.duration_ms),))

    def estimate(self, request: DiarizationQuoteRequest, ctx: QuoteContext) -> TranscriptionQuote:
        diarizer = ready_diarizer(request.options.diarizer, Engines.of(ctx.runtime.settings))
        recording = RecordingRef(duration_ms=request.duration_ms)
        params = DiarizeParams(recording=recording, diarizer=diarizer)
        quoted = TranscriptionQuote.of(
            ctx,
            self.quote(params, ctx.prices),
            enough_with_texts=False,
            engine=diarizer,
            reason="chosen by you",
        )
        return quoted.model_copy(update={"enough_with_texts": quoted.enough})

    def run(self, params: DiarizeParams, ctx: Context) -> Diarized:
        recording = params.recording
        with ctx.runtime.database.read() as session:
            transcription = session.get_one(Transcription, recording.transcription_id)
            version = queries.version(session, transcription, params.version)
            recognised = recognised_of(session, version)
            understanding = details_of(session, version).understanding
            profiles = voice_prints_of(session, ctx.job.user_id)
        path = prepare.fetch(ctx.runtime.storage, recording.media_key, ctx.workdir)
        turns = diarize.speaker_turns(
            params.diarizer,
            recording,
            params.limits,
            ctx,
            open_reader=lambda: prepare.open_transcribed(path, recognised),
        )
        transcript = diarize.with_speakers(recognised, turns)
        return Diarized(
            version=params.version,
            turns=turns,
            stored=Transcribed(
                transcript=transcript,
                understanding=understanding,
                delivered=frozenset(),
                suggested=match_profiles.run(transcript, path, ctx, profiles),
            ),
        )

    def save(self, session: Session, job: JobView, result: Diarized) -> tuple[Line, ...]:
        """Store the version. Edits made during the job are read now, so they are kept too."""
        transcription = session.get_one(Transcription, job.subject_id, with_for_update=True)
        old = queries.version(session, transcription, result.version)
        version = store_version(
            session,
            transcription,
            job=job,
            result=result.stored,
            edited=_with_edits(session, old, result),
        )
        keep_suggestions(session, version, result.stored.suggested)
        return job.quote


def _with_edits(session: Session, old: TranscriptVersion, result: Diarized) -> Transcript:
    """Corrected texts stay; edits of speakers are mapped to the new ones by time."""
    if old.revision == 0:
        return result.stored.transcript
    edited = transcript_of(session, old)
    return carried(
        recognised=recognised_of(session, old),
        edited=edited,
        fresh=diarize.with_speakers(edited, result.turns),
    )


DIARIZE = Diarize()
