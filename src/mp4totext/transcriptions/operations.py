"""The slice's paid work: Transcribe, and Import for what comes from a URL."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel
from sqlalchemy.orm import Session

from mp4totext.credits.prices import PriceList
from mp4totext.credits.quotes import Line, Quote, per_item, per_minute
from mp4totext.jobs.context import Context
from mp4totext.jobs.job_view import JobView
from mp4totext.media.decode import AudioReader
from mp4totext.providers import registry
from mp4totext.providers.speech.base import Feature, FileRequest, GatewayRequest, SpeechRequest
from mp4totext.transcript import Transcript, problems
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.schemas import LlmGateway, TextWish
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
from mp4totext.transcriptions.steps.engine_fallback import Fallback
from mp4totext.transcriptions.versions import Transcribed, store_version

BY_CHANNEL = ("local", "channels")  # the default, and who does just that


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
    texts: tuple[TextWish, ...] = ()  # with provider and model chosen
    gateway: LlmGateway | None = None
    fallback: Fallback | None = None
    queue: str | None = None  # None: the one of its priority

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
    def sides_are_speakers(self) -> bool:
        """Whether the two channels of a call may be taken as its speakers: nobody asked for
        another way, or another number, of telling them apart."""
        if self.diarizer not in BY_CHANNEL:
            return False
        return (self.min_speakers or 2) <= 2 <= (self.max_speakers or 2)

    @property
    def link_lives_s(self) -> int:
        """How long a vendor may fetch the recording."""
        return 3600 + self.duration_ms // 1000

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


Then = Callable[[Session, JobView, Transcription, tuple[TextWish, ...]], None]
"""Accepts the texts that were asked for with a recording, in the transaction that stored it."""


class Transcribe:
    name = "transcribe"
    params = TranscribeParams

    def __init__(self, *, then: Then | None = None) -> None:
        self._then = then

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

    def run(self, params: TranscribeParams, ctx: Context) -> Transcribed:
        """With the chosen engine, or the one that takes over."""
        path = prepare.fetch(ctx.runtime.storage, params.media_key, ctx.workdir)
        heard = engine_fallback.run(
            ctx,
            first=params.engine,
            other=params.fallback,
            hear=lambda other: self._hear(params.by(other), path, ctx),
            let_go=lambda: transcribe_file.let_go(params.engine, ctx),
        )
        return replace(heard, suggested=match_profiles.run(heard.transcript, path, ctx))

    def _hear(self, params: TranscribeParams, path: Path, ctx: Context) -> Transcribed:
        """The pipeline, top to bottom."""
        can = registry.speech_capabilities(params.engine)
        heard = (
            self._hear_file(params, path, ctx)
            if can.whole_file
            else self._hear_windows(params, path, ctx)
        )
        left = tuple(feature for feature in params.features if feature not in can.features)
        if not left or not heard.transcript.segments:
            return heard
        found = ctx.optional("understanding", lambda: understand.run(heard.transcript, left))
        if found is None:
            return heard
        ctx.warnings.extend(found.warnings)
        return replace(
            heard,
            understanding={**(heard.understanding or {}), **found.answer},
            delivered=heard.delivered | {f"feature.{name}" for name in found.ran},
        )

    def _hear_windows(self, params: TranscribeParams, path: Path, ctx: Context) -> Transcribed:
        transcript = self._transcribe(params, path, ctx)
        delivered = {"transcription"}
        if ctx.kept("prepare").get("sides"):
            if params.sides_are_speakers:
                transcript = stereo_call.with_speakers(transcript)
                delivered.add("diarization.channels")
            else:
                transcript = stereo_call.without_speakers(transcript)
        if params.diarizer is not None and transcript.segments and not transcript.speakers:
            labelled = ctx.optional(
                "speakers", lambda: self._diarize(params, path, ctx, transcript)
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

    def _hear_file(self, params: TranscribeParams, path: Path, ctx: Context) -> Transcribed:
        weights = prepare.channel_weights(path, params.duration_ms)
        settings = ctx.runtime.settings
        url = ctx.runtime.storage.signed_url(params.media_key, expires_s=params.link_lives_s)
        own = registry.speech_capabilities(params.engine).features
        features = frozenset(f for f in params.features if f in own)
        heard = transcribe_file.run(
            registry.file_speech_engine(params.engine, settings),
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
            weights=None if weights is None else tuple(weights),
        )
        return Transcribed(
            transcript=heard.transcript,
            understanding=heard.understanding,
            delivered=heard.delivered | {"transcription"},
            texts=params.texts,
        )

    def _transcribe(self, params: TranscribeParams, path: Path, ctx: Context) -> Transcript:
        plan = ctx.step("prepare", lambda: _plan_windows(params, path, ctx))
        parts = [
            {
                "start_ms": start,
                "end_ms": end,
                "weights": plan["weights"],
                "sides": plan.get("sides", False),
            }
            for start, end in plan["windows"]
        ]
        language = params.language or ctx.step(
            "language", lambda: _voted_language(params, path, plan["weights"], ctx)
        )
        for part in parts:
            part |= {"language": language, "engine": params.engine, "model": params.model}
        taken_over = ctx.kept(engine_fallback.STEP) is not None
        name = "transcribe again" if taken_over else "transcribe"
        results = ctx.parts(name, parts, total_ms=params.duration_ms)
        return transcribe_windows.assembled(
            [transcribe_windows.from_json(result) for result in results],
            duration_ms=params.duration_ms,
            engine=params.engine,
        )

    def run_part(self, params: TranscribeParams, part: dict[str, Any], ctx: Context) -> Any:
        """One window, in any process: it fetches the recording itself."""
        path = prepare.fetch(ctx.runtime.storage, params.media_key, ctx.workdir)
        length_ms = part["end_ms"] - part["start_ms"]
        request = SpeechRequest(
            samples=transcribe_windows.NO_SAMPLES,
            offset_ms=part["start_ms"],
            language=part["language"],
            model=part.get("model", params.model),
            vocabulary=params.vocabulary,
            translate_to_english=params.translate_to_english,
        )
        result = transcribe_windows.hear_window(
            registry.speech_engine(part.get("engine", params.engine), ctx.runtime.settings),
            path,
            weights=None if part["weights"] is None else tuple(part["weights"]),
            request=request,
            end_ms=part["end_ms"],
            by_side=part.get("sides", False),
            report=lambda done_ms: ctx.progress("transcribe", done_ms, length_ms),
        )
        ctx.progress("transcribe", length_ms, length_ms)
        return result

    def _diarize(
        self, params: TranscribeParams, path: Path, ctx: Context, transcript: Transcript
    ) -> Transcript:
        assert params.diarizer is not None
        weights = ctx.step("prepare", dict)["weights"]  # made by _transcribe
        wanted = diarize.Wanted(
            diarizer=params.diarizer,
            media_key=params.media_key,
            duration_ms=params.duration_ms,
            min_speakers=params.min_speakers,
            max_speakers=params.max_speakers,
            link_lives_s=params.link_lives_s,
        )
        turns = diarize.turns(wanted, path, ctx, weights=weights)
        return diarize.with_speakers(transcript, turns)

    def save(self, session: Session, job: JobView, result: Transcribed) -> tuple[Line, ...]:
        found = problems(result.transcript)
        assert not found, f"the transcript broke its own rules: {found[:3]}"
        transcription = session.get_one(Transcription, job.subject_id, with_for_update=True)
        store_version(session, transcription, job=job, result=result)
        if self._then is not None and result.texts:
            self._then(session, job, transcription, result.texts)
        return tuple(line for line in job.quote if line.key in result.delivered)


def _voted_language(
    params: TranscribeParams, path: Path, weights: list[float] | None, ctx: Context
) -> str | None:
    """From several voiced stretches, so that an intro of music does not decide."""
    if not registry.speech_capabilities(params.engine).detects_language:
        return None
    stretches = prepare.voiced_stretches(path, params.duration_ms, weights)
    ctx.check()
    engine = registry.language_detector(params.engine, ctx.runtime.settings)
    guess = engine.language_of(stretches, model=params.model)
    return None if guess is None else guess.language


def refuse_unpriced(texts: tuple[TextWish, ...], prices: PriceList) -> None:
    """Their own price is known when the transcript is; that they have one, before it."""
    for wish in texts:
        if wish.provider is not None and wish.model is not None:
            prices.model(wish.provider, wish.model)


def _plan_windows(params: TranscribeParams, path: Path, ctx: Context) -> dict[str, Any]:
    weights, apart = prepare.channel_plan(path, params.duration_ms)
    with AudioReader(path, weights=None if weights is None else tuple(weights)) as reader:
        windows = []
        for window in prepare.windows(reader, params.duration_ms):
            windows.append((window.start_ms, window.end_ms))
            ctx.progress("prepare", window.end_ms, params.duration_ms)
    return {"weights": weights, "windows": windows, "sides": apart}


TRANSCRIBE = Transcribe()
