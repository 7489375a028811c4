"""Transcribe: from a recording to a version of its transcript."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from pydantic import BaseModel
from sqlalchemy.orm import Session

from mp4totext.credits.prices import PriceList
from mp4totext.credits.quotes import Line, Quote, per_item, per_minute
from mp4totext.jobs.context import Context
from mp4totext.jobs.job_view import JobView
from mp4totext.jobs.operation import Divisible
from mp4totext.jobs.quotes import QuoteContext
from mp4totext.media.decode import AudioReader
from mp4totext.providers.diarization.table import diarization_capabilities
from mp4totext.providers.speech.base import (
    Feature,
    FileRequest,
    GatewayRequest,
    SpeechRequest,
    SpeechResult,
)
from mp4totext.providers.speech.table import (
    file_speech_engine,
    language_detector,
    speech_capabilities,
    speech_engine,
)
from mp4totext.transcript import Transcript, problems
from mp4totext.transcriptions.files import RECORDING_FILES
from mp4totext.transcriptions.follow_ups import FollowUps
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.planning import Fallback, Plan, plan
from mp4totext.transcriptions.schemas import (
    LlmGateway,
    TextOrder,
    TranscriptionOptions,
    TranscriptionQuote,
    TranscriptionQuoteRequest,
)
from mp4totext.transcriptions.speaker_profiles.queries import voice_prints_of
from mp4totext.transcriptions.speaker_profiles.suggestions import keep_suggestions
from mp4totext.transcriptions.steps import (
    diarize,
    engine_fallback,
    match_profiles,
    prepare,
    stereo_call,
    transcribe_file,
    transcribe_windows,
    understand,
)
from mp4totext.transcriptions.steps.prepare import ChannelPlan
from mp4totext.transcriptions.versions import Transcribed, store_version


class TranscribeParams(BaseModel):
    """Frozen when the job is accepted; the recording is known by then."""

    transcription_id: str
    media_key: str
    duration_ms: int
    engine: str
    model: str | None = None
    language: str | None = None  # None: detect
    diarizer: str | None = None  # None: no speakers, or they come with the engine
    speaker_labels: bool = False
    min_speakers: int | None = None
    max_speakers: int | None = None
    vocabulary: tuple[str, ...] = ()
    translate_to_english: bool = False
    features: tuple[str, ...] = ()
    texts: tuple[TextOrder, ...] = ()  # with provider and model chosen
    gateway: LlmGateway | None = None
    fallback: Fallback | None = None
    queue: str | None = None  # None: the one of its priority

    @classmethod
    def of(
        cls,
        options: TranscriptionOptions,
        chosen: Plan,
        texts: tuple[TextOrder, ...],
        *,
        transcription_id: str,
        media_key: str,
        duration_ms: int,
    ) -> "TranscribeParams":
        return cls(
            transcription_id=transcription_id,
            media_key=media_key,
            duration_ms=duration_ms,
            engine=chosen.engine,
            model=options.model,
            language=None if options.language == "auto" else options.language,
            diarizer=chosen.diarizer,
            speaker_labels=options.wants_speakers,
            min_speakers=options.min_speakers,
            max_speakers=options.max_speakers,
            vocabulary=options.vocabulary,
            translate_to_english=options.translate_to_english,
            features=chosen.features,
            gateway=options.features.llm_gateway if chosen.gateway else None,
            texts=texts,
            fallback=chosen.fallback,
            queue=chosen.queue,
        )

    def by(self, other: Fallback | None) -> "TranscribeParams":
        """The same work for the engine that takes over: the model named is the first one's."""
        if other is None:
            return self
        change = {"engine": other.engine, "model": None, "diarizer": other.diarizer}
        gateway = self.gateway if other.gateway else None
        return self.model_copy(update={**change, "gateway": gateway, "fallback": None})

    @property
    def speakers_key(self) -> str | None:
        """The price of who finds the speakers: a diarizer, or the engine itself."""
        if self.diarizer is None and not self.speaker_labels:
            return None
        return f"diarization.{self.diarizer or self.engine}"

    @property
    def channels_are_speakers(self) -> bool:
        """Whether the two channels of a call may be taken as its speakers: nobody asked for
        another way, or another number, of telling them apart."""
        if self.diarizer is None or not diarization_capabilities(self.diarizer).stereo_call:
            return False
        return (self.min_speakers or 2) <= 2 <= (self.max_speakers or 2)

    @property
    def link_lives_s(self) -> int:
        """How long a vendor may fetch the recording."""
        return 3600 + self.duration_ms // 1000

    def diarization(self, diarizer: str) -> diarize.DiarizationOrder:
        return diarize.DiarizationOrder(
            diarizer=diarizer,
            media_key=self.media_key,
            duration_ms=self.duration_ms,
            min_speakers=self.min_speakers,
            max_speakers=self.max_speakers,
            link_lives_s=self.link_lives_s,
        )

    @property
    def gateway_request(self) -> GatewayRequest | None:
        if self.gateway is None:
            return None
        return GatewayRequest(
            summary=self.gateway.generate_summary,
            action_items=self.gateway.action_items,
            questions=self.gateway.questions,
            tasks=self.gateway.tasks,
            language=self.gateway.language,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowPlan:
    """A checkpoint: where the recording is cut, and how its channels are read."""

    windows: tuple[tuple[int, int], ...]  # (start_ms, end_ms), without gaps
    channels: ChannelPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowPart:
    """One window for whichever process is free."""

    start_ms: int
    end_ms: int
    channels: ChannelPlan
    language: str | None
    engine: str
    model: str | None


@dataclass(frozen=True, slots=True)
class DetectedLanguage:
    """A checkpoint."""

    language: str | None  # BCP-47; None: no engine said


class Transcribe(Divisible[TranscribeParams, Transcribed, WindowPart, SpeechResult]):
    name = "transcribe"
    params = TranscribeParams
    part = WindowPart
    part_result = SpeechResult
    makes_version = True
    files = RECORDING_FILES
    quote_request = TranscriptionQuoteRequest
    quote_answer = TranscriptionQuote

    def __init__(self, follow_ups: FollowUps) -> None:
        self.follow_ups = follow_ups

    def queue(self, params: TranscribeParams) -> str | None:
        return params.queue

    def time_limit_s(self, params: TranscribeParams) -> int:
        return 900 + 6 * params.duration_ms // 1000  # slower than six times real time is stuck

    def quote(self, params: TranscribeParams, prices: PriceList) -> Quote:
        lines = [per_minute(prices, "transcription", params.duration_ms)]
        for feature in params.features:
            key = f"feature.{feature}"
            lines.append(per_minute(prices, key, params.duration_ms, optional=True))
        keys = (params.speakers_key, params.by(params.fallback).speakers_key)
        for key in dict.fromkeys(key for key in keys if key is not None):
            lines.append(per_minute(prices, key, params.duration_ms, optional=True))
        if params.gateway is not None:
            lines.append(per_item(prices, "llm_gateway", optional=True))
        refuse_unpriced(params.texts, prices)
        return Quote(lines=tuple(lines))

    def estimate(self, request: TranscriptionQuoteRequest, ctx: QuoteContext) -> TranscriptionQuote:
        duration_ms, settings, prices = request.duration_ms, ctx.runtime.settings, ctx.prices
        chosen = plan(request.options, settings, prices, duration_ms=duration_ms)
        texts = self.follow_ups.check(request.options.texts, prices=prices, settings=settings)
        params = TranscribeParams.of(
            request.options,
            chosen,
            texts,
            transcription_id="",
            media_key="",
            duration_ms=duration_ms,
        )
        offer = self.quote(params, prices)
        costs = self.follow_ups.costs(
            texts, prices=prices, duration_ms=duration_ms, metered=ctx.caller.metered
        )
        quoted = TranscriptionQuote.of(
            ctx,
            offer,
            **costs.model_dump(),
            enough_with_texts=False,
            engine=chosen.engine,
            reason=chosen.reason,
            fallback=None if chosen.fallback is None else chosen.fallback.engine,
            warnings=list(chosen.warnings),
        )
        with_texts = quoted.total + (quoted.texts_total or 0)
        return quoted.model_copy(update={"enough_with_texts": quoted.available >= with_texts})

    def run(self, params: TranscribeParams, ctx: Context) -> Transcribed:
        """With the chosen engine, or the one that takes over."""
        path = prepare.fetch(ctx.runtime.storage, params.media_key, ctx.workdir)
        result = engine_fallback.run(
            ctx,
            first=params.engine,
            other=params.fallback,
            transcribe=lambda other: self._transcribe(params.by(other), path, ctx),
            discard=lambda: transcribe_file.discard_vendor_job(params.engine, ctx),
        )
        with ctx.runtime.database.read() as session:
            profiles = voice_prints_of(session, ctx.job.user_id)
        suggested = match_profiles.run(result.transcript, path, ctx, profiles)
        return replace(result, suggested=suggested)

    def _transcribe(self, params: TranscribeParams, path: Path, ctx: Context) -> Transcribed:
        """The pipeline, top to bottom."""
        capabilities = speech_capabilities(params.engine)
        result = (
            self._whole_file(params, path, ctx)
            if capabilities.whole_file
            else self._in_windows(params, path, ctx)
        )
        left = tuple(f for f in params.features if f not in capabilities.features)
        if not left or not result.transcript.segments:
            return result
        found = ctx.optional("understanding", lambda: understand.run(result.transcript, left))
        if found is None:
            return result
        ctx.warnings.extend(found.warnings)
        return replace(
            result,
            understanding={**(result.understanding or {}), **found.answer},
            delivered=result.delivered | {f"feature.{name}" for name in found.ran},
        )

    def _in_windows(self, params: TranscribeParams, path: Path, ctx: Context) -> Transcribed:
        plan = ctx.step("prepare", lambda: _plan_windows(params, path, ctx), returns=WindowPlan)
        transcript = self._windows(params, plan, path, ctx)
        delivered = {"transcription"}
        if plan.channels.by_channel:
            if params.channels_are_speakers:
                transcript = stereo_call.with_speakers(transcript)
                delivered.add("diarization.channels")
            else:
                transcript = stereo_call.without_speakers(transcript)
        if params.diarizer is not None and transcript.segments and not transcript.speakers:
            order = params.diarization(params.diarizer)
            unlabelled = transcript
            labelled = ctx.optional(
                "speakers",
                lambda: diarize.with_speakers(
                    unlabelled,
                    diarize.speaker_turns(order, path, ctx, weights=plan.channels.weights),
                ),
            )
            if labelled is not None:
                transcript = labelled
                delivered.add(f"diarization.{params.diarizer}")
        return Transcribed(
            transcript=transcript,
            understanding=None,
            delivered=frozenset(delivered),
            texts=params.texts,
        )

    def _windows(
        self, params: TranscribeParams, plan: WindowPlan, path: Path, ctx: Context
    ) -> Transcript:
        """Every window, by whichever process is free, put together."""
        language = params.language
        if language is None:
            language = ctx.step(
                "language",
                lambda: DetectedLanguage(_voted_language(params, path, plan.channels, ctx)),
                returns=DetectedLanguage,
            ).language
        parts = [
            WindowPart(
                start_ms=start_ms,
                end_ms=end_ms,
                channels=plan.channels,
                language=language,
                engine=params.engine,
                model=params.model,
            )
            for start_ms, end_ms in plan.windows
        ]
        replaced = ctx.kept(engine_fallback.STEP, returns=str) is not None
        results = ctx.parts(
            "transcribe again" if replaced else "transcribe",
            parts,
            returns=SpeechResult,
            total=params.duration_ms,
        )
        return transcribe_windows.assembled(
            results, duration_ms=params.duration_ms, engine=params.engine
        )

    def run_part(self, params: TranscribeParams, part: WindowPart, ctx: Context) -> SpeechResult:
        """One window, in any process: it fetches the recording itself."""
        path = prepare.fetch(ctx.runtime.storage, params.media_key, ctx.workdir)
        length_ms = part.end_ms - part.start_ms
        request = SpeechRequest(
            samples=transcribe_windows.NO_SAMPLES,
            offset_ms=part.start_ms,
            language=part.language,
            model=part.model,
            vocabulary=params.vocabulary,
            translate_to_english=params.translate_to_english,
        )
        result = transcribe_windows.transcribe_window(
            speech_engine(part.engine, ctx.runtime.settings),
            path,
            weights=part.channels.weights,
            request=request,
            end_ms=part.end_ms,
            by_channel=part.channels.by_channel,
            report=lambda done_ms: ctx.progress("transcribe", done_ms, length_ms),
        )
        ctx.progress("transcribe", length_ms, length_ms)
        return result

    def _whole_file(self, params: TranscribeParams, path: Path, ctx: Context) -> Transcribed:
        plan = prepare.channel_weights(path, params.duration_ms)
        url = ctx.runtime.storage.signed_url(params.media_key, expires_s=params.link_lives_s)
        own = speech_capabilities(params.engine).features
        features = frozenset(f for f in params.features if f in own)
        result = transcribe_file.run(
            file_speech_engine(params.engine, ctx.runtime.settings),
            path,
            lambda reader: FileRequest(
                path=path,
                duration_ms=params.duration_ms,
                read=reader.read,
                media_url=url,
                language=params.language,
                model=params.model,
                vocabulary=params.vocabulary,
                translate_to_english=params.translate_to_english,
                diarize=params.speaker_labels,
                min_speakers=params.min_speakers,
                max_speakers=params.max_speakers,
                features=cast("frozenset[Feature]", features),
                gateway=params.gateway_request,
            ),
            ctx,
            name=params.engine,
            weights=plan.weights,
        )
        return Transcribed(
            transcript=result.transcript,
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
        self.follow_ups.accept(session, job, transcription, result.texts)
        return tuple(line for line in job.quote if line.key in result.delivered)


def _voted_language(
    params: TranscribeParams, path: Path, channels: ChannelPlan, ctx: Context
) -> str | None:
    """From several voiced stretches, so that an intro of music does not decide."""
    if not speech_capabilities(params.engine).detects_language:
        return None
    stretches = prepare.voiced_stretches(path, params.duration_ms, channels.weights)
    ctx.check()
    engine = language_detector(params.engine, ctx.runtime.settings)
    guess = engine.detect_language(stretches, model=params.model)
    return None if guess is None else guess.language


def _plan_windows(params: TranscribeParams, path: Path, ctx: Context) -> WindowPlan:
    channels = prepare.channel_plan(path, params.duration_ms)
    windows = []
    with AudioReader(path, weights=channels.weights) as reader:
        for window in prepare.windows(reader, params.duration_ms):
            windows.append((window.start_ms, window.end_ms))
            ctx.progress("prepare", window.end_ms, params.duration_ms)
    return WindowPlan(windows=tuple(windows), channels=channels)


def refuse_unpriced(texts: tuple[TextOrder, ...], prices: PriceList) -> None:
    """Their own price is known when the transcript is; that they have one, before it."""
    for wish in texts:
        if wish.provider is not None and wish.model is not None:
            prices.model(wish.provider, wish.model)
