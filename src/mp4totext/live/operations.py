"""The operation ``live``: a job that transcribes a live session."""

from typing import Literal

from pydantic import Field
from sqlalchemy.orm import Session

from mp4totext.credits.prices import PriceList
from mp4totext.credits.quotes import Line, Quote, per_minute
from mp4totext.jobs.context import Context
from mp4totext.jobs.job_view import JobView
from mp4totext.jobs.operation import Operation
from mp4totext.jobs.quotes import QuoteContext, QuoteOut, QuoteRequest
from mp4totext.kit.queue_names import LIVE_QUEUE
from mp4totext.live import chunks
from mp4totext.live.session import PRICE, LiveParams, LiveResult, transcribe_live
from mp4totext.runtime import Runtime
from mp4totext.transcript import problems
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.versions import Transcribed, store_version

_SLACK_S = 900  # added to the longest session, for a worker that takes over and must catch up


class LiveQuoteRequest(QuoteRequest):
    operation: Literal["live"]
    duration_ms: int = Field(ge=1, le=24 * 3_600_000)


class Live(Operation[LiveParams, LiveResult]):
    """Transcribes a live session.

    It costs as much as a recording of the same length, and nothing if no word was spoken.
    """

    name = "live"
    params = LiveParams
    makes_version = True
    quote_request = LiveQuoteRequest
    passing_events = frozenset({"live_partial"})

    def queue(self, params: LiveParams) -> str | None:
        return LIVE_QUEUE

    def time_limit_s(self, params: LiveParams) -> int:
        return params.max_ms // 1000 + _SLACK_S

    def quote(self, params: LiveParams, prices: PriceList) -> Quote:
        """The price of the first step of the session; ``run`` holds credits for later steps."""
        return Quote(lines=(per_minute(prices, PRICE, params.step_ms),))

    def estimate(self, request: LiveQuoteRequest, ctx: QuoteContext) -> QuoteOut:
        """The price of a session of the requested length. Credits are held only step by step."""
        line = per_minute(ctx.prices, PRICE, request.duration_ms)
        return QuoteOut.of(ctx, Quote(lines=(line,)))

    def run(self, params: LiveParams, ctx: Context) -> LiveResult:
        return transcribe_live(params, ctx)

    def save(self, session: Session, job: JobView, result: LiveResult) -> tuple[Line, ...]:
        broken = problems(result.transcript)
        assert not broken, f"the transcript breaks its own rules: {broken[:3]}"
        transcription = session.get_one(Transcription, job.subject_id, with_for_update=True)
        result.recording.copy_to(transcription)
        transcribed = Transcribed(
            transcript=result.transcript, understanding=None, delivered=frozenset({PRICE})
        )
        store_version(session, transcription, job=job, result=transcribed)
        if not result.transcript.segments:
            return ()
        return (per_minute(job.prices, PRICE, result.recording.duration_ms),)

    def on_delete(self, session: Session, runtime: Runtime, transcription_id: str) -> None:
        chunks.delete_audio(session, transcription_id=transcription_id)


LIVE = Live()
