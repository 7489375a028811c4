"""The operation that learns the voice of a named speaker: a job, as it reads the recording."""

from dataclasses import dataclass

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from mp4totext.credits.prices import PriceList
from mp4totext.credits.quotes import Line, Quote, per_item
from mp4totext.jobs.context import Context
from mp4totext.jobs.job_view import JobView
from mp4totext.jobs.operation import Operation
from mp4totext.jobs.quotes import QuoteContext, QuoteOut
from mp4totext.kit.clock import now
from mp4totext.kit.db import after_commit
from mp4totext.providers.diarization.voice_prints import VoicePrint
from mp4totext.runtime import Runtime
from mp4totext.transcriptions import queries as transcriptions
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.speaker_profiles import queries
from mp4totext.transcriptions.speaker_profiles.errors import NoConsent, TooLittleSpeech
from mp4totext.transcriptions.speaker_profiles.models import SpeakerProfile
from mp4totext.transcriptions.speaker_profiles.schemas import ProfileQuoteRequest
from mp4totext.transcriptions.steps import match_profiles, prepare
from mp4totext.transcriptions.versions import transcript_of


class LearnProfileParams(BaseModel):
    profile_id: str
    transcription_id: str
    media_key: str
    version: int
    speaker: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedProfile:
    profile_id: str
    name: str
    voice_print: VoicePrint


class LearnProfile(Operation[LearnProfileParams, LearnedProfile]):
    """Learns the voice of a named speaker. The embedding goes only to its row."""

    name = "learn_speaker_profile"
    params = LearnProfileParams
    quote_request = ProfileQuoteRequest

    def time_limit_s(self, params: LearnProfileParams) -> int:
        # It processes at most 40 s of speech.
        return 900

    def quote(self, params: LearnProfileParams, prices: PriceList) -> Quote:
        return Quote(lines=(per_item(prices, "speaker_profile"),))

    def estimate(self, request: ProfileQuoteRequest, ctx: QuoteContext) -> QuoteOut:
        return QuoteOut.of(ctx, Quote(lines=(per_item(ctx.prices, "speaker_profile"),)))

    def run(self, params: LearnProfileParams, ctx: Context) -> LearnedProfile:
        with ctx.runtime.database.read() as session:
            transcription = session.get_one(Transcription, params.transcription_id)
            version = transcriptions.version(session, transcription, params.version)
            transcript = transcript_of(session, version)
        path = prepare.fetch(ctx.runtime.storage, params.media_key, ctx.workdir)
        ctx.check()
        voice_print = match_profiles.print_of(transcript, params.speaker, path)
        if voice_print is None:
            raise TooLittleSpeech("The recording is silent in the passages of this speaker.")
        return LearnedProfile(
            profile_id=params.profile_id, name=params.name, voice_print=voice_print
        )

    def save(self, session: Session, job: JobView, result: LearnedProfile) -> tuple[Line, ...]:
        if queries.consent(session, job.user_id, lock=True) is None:
            raise NoConsent(
                "Speaker recognition was switched off in the meantime: nothing was learned."
            )
        # Other profiles may have been learned in the meantime.
        queries.refuse_above_limit(session, job.user_id)
        assert job.subject_id is not None
        session.add(
            SpeakerProfile(
                id=result.profile_id,
                user_id=job.user_id,
                transcription_id=job.subject_id,
                name=result.name,
                speech_ms=result.voice_print.speech_ms,
                created_at=now(),
                embedding=result.voice_print.to_bytes(),
            )
        )
        return job.quote

    def on_delete(self, session: Session, runtime: Runtime, transcription_id: str) -> None:
        """Delete the rows, and overwrite them in the database's files."""
        learned = (
            select(SpeakerProfile.id)
            .where(SpeakerProfile.transcription_id == transcription_id)
            .limit(1)
        )
        if session.scalar(learned) is not None:
            after_commit(session, lambda: runtime.database.overwrite_deleted("speaker_profiles"))


LEARN_PROFILE = LearnProfile()
