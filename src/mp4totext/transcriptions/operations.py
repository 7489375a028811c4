"""Transcribe: from a recording to a version of its transcript."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from sqlalchemy.orm import Session

from mp4totext.catalogue import service as catalogue
from mp4totext.credits.prices import PriceList
from mp4totext.credits.quotes import Line, Quote, per_item, per_minute
from mp4totext.editing.assign_speakers import without_speakers
from mp4totext.jobs.context import Context
from mp4totext.jobs.job_view import JobView
from mp4totext.jobs.operation import Divisible
from mp4totext.jobs.quotes import QuoteContext
from mp4totext.jobs.webhooks import refuse_private
from mp4totext.kit.counts import counts
from mp4totext.providers.base import SpeakerLimits
from mp4totext.providers.diarization.table import diarization_capabilities
from mp4totext.providers.embedding.table import ready_embedder
from mp4totext.providers.model_catalogue import ModelEntry
from mp4totext.providers.speech.base import (
    Feature,
    FileRequest,
    SpeechOptions,
    SpeechRequest,
    SpeechResult,
)
from mp4totext.providers.speech.table import (
    file_speech_engine,
    speech_capabilities,
    speech_engine,
)
from mp4totext.settings import Settings
from mp4totext.transcript import Transcript, problems
from mp4totext.transcriptions.engines import Engines
from mp4totext.transcriptions.files import RECORDING_FILES
from mp4totext.transcriptions.finished_windows import PARTS, PARTS_AGAIN
from mp4totext.transcriptions.follow_ups import FollowUps
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.options import TextOrder, TranscriptionOptions
from mp4totext.transcriptions.order import RecordingRef, TranscriptionOrder
from mp4totext.transcriptions.planning import Plan, plan
from mp4totext.transcriptions.schemas import (
    TextCosts,
    TranscriptionQuote,
    TranscriptionQuoteRequest,
)
from mp4totext.transcriptions.speaker_profiles.queries import voice_prints_of
from mp4totext.transcriptions.speaker_profiles.suggestions import keep_suggestions
from mp4totext.transcriptions.steps import (
    denoise,
    diarize,
    engine_fallback,
    known_speakers,
    match_profiles,
    per_channel,
    prepare,
    transcribe_file,
    transcribe_windows,
    understand,
)
from mp4totext.transcriptions.steps.prepare import Prepared
from mp4totext.transcriptions.versions import Transcribed, store_version

WINDOWS = "windows"  # the step that plans the windows


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowPlan:
    """A checkpoint: where the recording is cut, and which channels are transcribed."""

    windows: tuple[tuple[int, int], ...]  # (start_ms, end_ms), without gaps
    prepared: Prepared


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowPart:
    """One window, for any idle process."""

    start_ms: int
    end_ms: int
    engine: str
    speech: SpeechOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """The plan of a valid request, for its transcription and its texts."""

    plan: Plan
    texts: tuple[TextOrder, ...]
    engines: Engines
    usual_languages: tuple[str, ...] = ()  # of the account's recordings

    def order(self, options: TranscriptionOptions, recording: RecordingRef) -> TranscriptionOrder:
        return TranscriptionOrder(
            recording=recording,
            engine=self.plan.engine,
            fallback=self.plan.fallback,
            speech=replace(options.speech, usual_languages=self.usual_languages),
            sources=options.source_options,
            denoise=self.plan.denoise,
            speakers=options.speakers,
            features=self.plan.features,
            gateway=options.features.llm_gateway if self.plan.engine.gateway else None,
            texts=self.texts,
            queue=self.plan.queue,
        )


class Transcribe(Divisible[TranscriptionOrder, Transcribed, WindowPart, SpeechResult]):
    name = "transcribe"
    params = TranscriptionOrder
    part = WindowPart
    part_result = SpeechResult
    makes_version = True
    passing_events = frozenset({"heard"})
    files = (RECORDING_FILES,)
    quote_request = TranscriptionQuoteRequest
    quote_answer = TranscriptionQuote

    def __init__(self, follow_ups: Callable[[], FollowUps]) -> None:
        """``follow_ups`` is called only for a recording with texts: most have none."""
        self._follow_ups = follow_ups

    def plan(
        self,
        options: TranscriptionOptions,
        settings: Settings,
        prices: PriceList,
        *,
        duration_ms: int | None,
        models: Iterable[ModelEntry] | None = None,
    ) -> Planned:
        """Raises AppError for what cannot be transcribed or written.

        ``duration_ms`` None: unknown. ``models``: rows of the catalogue; None: the release's own.
        """
        if options.webhook_url is not None:
            refuse_private(str(options.webhook_url), settings)
        engines = Engines.of(settings, engine=options.engine, model=options.model, catalogue=models)
        chosen = plan(options, engines, prices, duration_ms=duration_ms)
        texts = self.checked_texts(options.texts, prices=prices, settings=settings)
        return Planned(plan=chosen, texts=texts, engines=engines)

    def checked_texts(
        self, orders: Sequence[TextOrder], *, prices: PriceList, settings: Settings
    ) -> tuple[TextOrder, ...]:
        """The orders with provider and model chosen. Raises AppError saying what is accepted."""
        if not orders:
            return ()
        return self._follow_ups().check(orders, prices=prices, settings=settings)

    def text_costs(
        self,
        orders: Sequence[TextOrder],
        *,
        prices: PriceList,
        duration_ms: int | None,
        metered: bool,
    ) -> TextCosts:
        """The highest cost of checked orders, before anything is transcribed."""
        if not orders:
            return TextCosts(texts_total=0.0)
        return self._follow_ups().costs(
            orders, prices=prices, duration_ms=duration_ms, metered=metered
        )

    def queue(self, params: TranscriptionOrder) -> str | None:
        return params.queue

    def time_limit_s(self, params: TranscriptionOrder) -> int:
        # Slower than a sixth of real time counts as stuck.
        return 900 + 6 * params.recording.duration_ms // 1000

    def quote(self, params: TranscriptionOrder, prices: PriceList) -> Quote:
        duration_ms = params.recording.duration_ms
        keys = [f"feature.{feature}" for feature in params.features]
        for order in (params, params.taken_over() if params.fallback else params):
            if order.speakers_price_key is not None:
                keys.append(order.speakers_price_key)
        lines = [per_minute(prices, "transcription", duration_ms)]
        for key in dict.fromkeys(keys):
            lines.append(per_minute(prices, key, duration_ms, optional=True))
        if params.gateway is not None:
            lines.append(per_item(prices, "llm_gateway", optional=True))
        refuse_unpriced(params.texts, prices)
        return Quote(lines=tuple(lines))

    def estimate(self, request: TranscriptionQuoteRequest, ctx: QuoteContext) -> TranscriptionQuote:
        options, duration_ms, prices = request.options, request.duration_ms, ctx.prices
        planned = self.plan(
            options,
            ctx.runtime.settings,
            prices,
            duration_ms=duration_ms,
            models=catalogue.entries(ctx.session),
        )
        chosen = planned.plan
        recording = RecordingRef(duration_ms=duration_ms)
        offer = self.quote(planned.order(options, recording), prices)
        costs = self.text_costs(
            planned.texts, prices=prices, duration_ms=duration_ms, metered=ctx.caller.metered
        )
        quoted = TranscriptionQuote.of(
            ctx,
            offer,
            **costs.model_dump(),
            enough_with_texts=False,
            engine=chosen.engine.engine,
            reason=chosen.reason,
            fallback=None if chosen.fallback is None else chosen.fallback.engine,
            warnings=list(chosen.warnings),
        )
        with_texts = quoted.total + (quoted.texts_total or 0)
        return quoted.model_copy(update={"enough_with_texts": quoted.available >= with_texts})

    def run(self, params: TranscriptionOrder, ctx: Context) -> Transcribed:
        """Transcribes with the chosen engine, or with the fallback."""
        path = prepare.fetch(ctx.runtime.storage, params.recording.media_key, ctx.workdir)
        result = engine_fallback.run(
            ctx,
            params,
            transcribe=lambda order: self._transcribe(order, path, ctx),
            discard=lambda: transcribe_file.discard_vendor_job(params.engine.engine, ctx),
        )
        transcript = result.transcript
        counts().transcribed(transcript.engine, length_s=transcript.duration_ms / 1000)
        with ctx.runtime.database.read() as session:
            profiles = voice_prints_of(session, ctx.job.user_id)
        suggested = match_profiles.run(result.transcript, path, ctx, profiles)
        named = known_speakers.run(result.transcript, path, ctx, params.known_speakers)
        return replace(result, transcript=named, suggested=suggested)

    def _transcribe(self, params: TranscriptionOrder, path: Path, ctx: Context) -> Transcribed:
        """The steps of a transcription, in order."""
        capabilities = speech_capabilities(params.engine.engine)
        result = (
            self._whole_file(params, path, ctx)
            if capabilities.whole_file
            else self._in_windows(params, path, ctx)
        )
        remaining = tuple(f for f in params.features if f not in capabilities.features)
        if not remaining or not result.transcript.segments:
            return result
        embed = ready_embedder(ctx.runtime.settings, check=ctx.check)
        analysis = ctx.optional(
            "understanding", lambda: understand.run(result.transcript, remaining, embed=embed)
        )
        if analysis is None:
            return result
        ctx.warnings.extend(analysis.warnings)
        return replace(
            result,
            understanding={**(result.understanding or {}), **analysis.answer},
            delivered=result.delivered | {f"feature.{name}" for name in analysis.ran},
        )

    def _in_windows(self, params: TranscriptionOrder, path: Path, ctx: Context) -> Transcribed:
        plan = ctx.step(WINDOWS, lambda: _plan_windows(params, path, ctx), returns=WindowPlan)
        prepared = plan.prepared
        transcript = _with_sources(self._windows(params, plan, ctx), prepared)
        delivered = {"transcription"}
        if prepared.mix.apart:
            if _channels_are_speakers(params, prepared.mix.voices):
                transcript = per_channel.with_speakers(transcript)
                delivered.add("diarization.channels")
            else:
                transcript = without_speakers(transcript)
        diarizer = params.engine.diarizer
        if diarizer is not None and transcript.segments and not transcript.speakers:
            turns = ctx.optional(
                "speakers",
                lambda: diarize.speaker_turns(
                    diarizer,
                    params.recording,
                    params.speakers or SpeakerLimits(),
                    ctx,
                    open_reader=lambda: prepared.open(path),
                ),
            )
            if turns is not None:
                transcript = diarize.with_speakers(transcript, turns)
                delivered.add(f"diarization.{diarizer}")
        return Transcribed(
            transcript=transcript,
            understanding=None,
            delivered=frozenset(delivered),
            texts=params.texts,
        )

    def _windows(self, params: TranscriptionOrder, plan: WindowPlan, ctx: Context) -> Transcript:
        """Transcribes all windows, in any free process, and assembles the results."""
        parts = [
            WindowPart(
                start_ms=start_ms,
                end_ms=end_ms,
                engine=params.engine.engine,
                speech=params.speech,
            )
            for start_ms, end_ms in plan.windows
        ]
        replaced = ctx.step_result(engine_fallback.STEP, returns=str) is not None
        results = ctx.parts(
            PARTS_AGAIN if replaced else PARTS,
            parts,
            returns=SpeechResult,
            total=params.recording.duration_ms,
        )
        return transcribe_windows.assembled(
            results,
            duration_ms=params.recording.duration_ms,
            engine=params.engine.engine,
            requested_language=params.speech.language,
        )

    def run_part(self, params: TranscriptionOrder, part: WindowPart, ctx: Context) -> SpeechResult:
        """Transcribes one window, in any process: it fetches the recording itself."""
        plan = ctx.step_result(WINDOWS, returns=WindowPlan)
        assert plan is not None, "parts are made of the plan"
        path = prepare.fetch(ctx.runtime.storage, params.recording.media_key, ctx.workdir)
        length_ms = part.end_ms - part.start_ms
        request = SpeechRequest(
            samples=transcribe_windows.NO_SAMPLES,
            offset_ms=part.start_ms,
            options=part.speech,
        )
        result = transcribe_windows.transcribe_window(
            speech_engine(part.engine, ctx.runtime.settings),
            path,
            prepared=plan.prepared,
            request=request,
            end_ms=part.end_ms,
            clean=denoise.cleaning(params.denoise, ctx.runtime.settings),
            report=lambda done_ms: ctx.progress("transcribe", done_ms, length_ms),
        )
        ctx.progress("transcribe", length_ms, length_ms)
        lines = [segment.text for segment in result.segments]
        if lines:
            ctx.hint("heard", start_ms=part.start_ms, end_ms=part.end_ms, lines=lines)
        return result

    def _whole_file(self, params: TranscriptionOrder, path: Path, ctx: Context) -> Transcribed:
        recording, engine = params.recording, params.engine.engine
        prepared = ctx.step("sources", lambda: _prepared(params, path, ctx), returns=Prepared)
        url = ctx.runtime.storage.signed_url(recording.media_key, expires_s=recording.link_lives_s)
        supported = speech_capabilities(engine).features
        features = frozenset(f for f in params.features if f in supported)
        result = transcribe_file.run(
            file_speech_engine(engine, ctx.runtime.settings),
            path,
            lambda reader: FileRequest(
                path=path,
                work_dir=ctx.runtime.scratch.folder("sound"),
                duration_ms=recording.duration_ms,
                read=reader.read,
                media_url=url,
                features=cast("frozenset[Feature]", features),
                gateway=params.gateway_request,
                options=params.speech,
                speakers=params.speakers,
            ),
            ctx,
            name=engine,
            prepared=prepared,
        )
        return Transcribed(
            transcript=_with_sources(result.transcript, prepared),
            understanding=result.understanding,
            delivered=result.delivered | {"transcription"},
            texts=params.texts,
        )

    def save(self, session: Session, job: JobView, result: Transcribed) -> tuple[Line, ...]:
        broken = problems(result.transcript)
        assert not broken, f"the transcript breaks its own rules: {broken[:3]}"
        transcription = session.get_one(Transcription, job.subject_id, with_for_update=True)
        version = store_version(session, transcription, job=job, result=result)
        keep_suggestions(session, version, result.suggested)
        if result.texts:
            self._follow_ups().accept(session, job, transcription, result.texts)
        return tuple(line for line in job.quote if line.key in result.delivered)


def _channels_are_speakers(order: TranscriptionOrder, channels: int) -> bool:
    """Whether so many channels, each with a voice of its own, may be taken as the speakers.

    They may unless another diarizer or number of speakers was requested.
    """
    diarizer, limits = order.engine.diarizer, order.speakers or SpeakerLimits()
    if diarizer is None or not diarization_capabilities(diarizer).stereo_call:
        return False
    return (limits.min_speakers or channels) <= channels <= (limits.max_speakers or channels)


def _plan_windows(params: TranscriptionOrder, path: Path, ctx: Context) -> WindowPlan:
    prepared = _prepared(params, path, ctx)
    windows = []
    with prepared.open(path) as reader:
        for window in prepare.windows(reader, params.recording.duration_ms):
            windows.append((window.start_ms, window.end_ms))
            ctx.check()
    return WindowPlan(windows=tuple(windows), prepared=prepared)


def _prepared(params: TranscriptionOrder, path: Path, ctx: Context) -> Prepared:
    duration_ms = params.recording.duration_ms
    return prepare.prepare(
        path,
        params.sources,
        lambda done_ms: ctx.progress("prepare", min(done_ms, duration_ms), duration_ms),
    )


def _with_sources(transcript: Transcript, prepared: Prepared) -> Transcript:
    """Adds the sources that were transcribed, and the warnings about them."""
    warnings = dict.fromkeys((*prepared.warnings, *transcript.warnings))
    return replace(transcript, sources=prepared.sources, warnings=tuple(warnings))


def refuse_unpriced(texts: tuple[TextOrder, ...], prices: PriceList) -> None:
    """Raises UnknownPrice for a text without a price; its amount becomes known only later."""
    for order in texts:
        if order.provider is not None and order.model is not None:
            prices.model(order.provider, order.model)
