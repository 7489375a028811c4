"""The bundled English engine: Moonshine tiny-en with Silero VAD, on one CPU core."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from threading import Lock

import numpy as np

from mp4totext.media.level import levelled
from mp4totext.providers.access import Access
from mp4totext.providers.base import SAMPLE_RATE, Report, Samples
from mp4totext.providers.errors import ProviderUnsupported
from mp4totext.providers.speech.base import (
    SpeechCapabilities,
    SpeechOptions,
    SpeechRequest,
    SpeechResult,
)
from mp4totext.providers.speech.decoding import quality
from mp4totext.providers.speech.decoding.alignment import (
    SpokenToken,
    clipped_to_speech,
    token_frames,
    words_from_tokens,
)
from mp4totext.providers.speech.decoding.chunking import Chunk, ChunkOptions, chunks, halved
from mp4totext.providers.speech.decoding.sentences import segments_from_words, with_full_stops
from mp4totext.providers.speech.moonshine_files import prepare
from mp4totext.providers.speech.moonshine_hints import Hints
from mp4totext.providers.speech.moonshine_model import Decoded, MoonshineModel
from mp4totext.providers.vad import FRAME_MS, Probabilities, Region, Vad, regions
from mp4totext.transcript import Coverage, CoverageKind, Word, renumbered

MODEL = "tiny-en"
CHUNKS = ChunkOptions()

# Mean log-probability of a chunk's tokens. Chunks of read and spontaneous English are above -0.65,
# with a distant microphone above -0.7; eleven other languages are between -0.7 and -1.9.
NOT_ENGLISH = -0.75
NOT_ENGLISH_SHORT = -3.0  # a lone "Yes." has no context, so the model is less certain of it
MOSTLY_NOT_ENGLISH = -0.72  # the same for a whole window, weighted by length
DOUBTFUL = -0.5  # chunks below this are dropped, too, if the window as a whole is not English
FOREIGN = "does not sound like English"
FOREIGN_WARNING = (
    "Some of the speech is probably not English and was left out. "
    "The engine faster-whisper supports other languages."
)
MUSIC = "sounds like music or noise rather than speech"

_TOGETHER = 4  # chunks decoded at once: eight take 5 % less time, and 100 MB more of a worker
_CHUNK_LEVEL = 0.05  # RMS to which a chunk is scaled before decoding
_SECOND_PASS_MS = 300  # additional context for a chunk with voice but without text
_SURE_VOICE = 0.8  # mean VAD probability above which an empty chunk counts as failed
_SURE_VOICE_MS = 400  # a cough is shorter
_HALVINGS_MAX = 2
_HALVED_FROM_MS = 1_500  # of voice; halves of a shorter chunk have too little context
_SHORT_MS = 1_200
_ENOUGH_TO_TELL_MS = 5_000  # of speech: one unclear phrase does not make a recording foreign
_AROUND_MS = 500  # of the surroundings with which a chunk's level is compared
_EDGE_MS = 100  # soft beginnings and ends of words, which do not count as surroundings
_STANDS_OUT = 4.0  # 12 dB above the surroundings
_SUNK = 2.0  # 6 dB: hardly louder than the surroundings
_FAINT_VOICE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class _ChunkResult:
    """Times are the window's."""

    regions: tuple[Region, ...]
    words: tuple[Word, ...] = ()
    log_prob: float = 0.0
    kind: CoverageKind = CoverageKind.SPEECH
    reason: str | None = None

    @property
    def length_ms(self) -> int:
        return sum(region.length_ms for region in self.regions)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sound:
    """Properties of a chunk's sound, independent of its text."""

    prominence: float  # level relative to the surroundings: high for an answer, 1 for music
    voice: float  # mean VAD probability


class Moonshine:
    """English speech recognition in 0.03 of the recording's length on one core."""

    def __init__(self, *, cache_dir: Path, threads: int = 1) -> None:
        """``cache_dir`` gets 48 MB derived once from the installed model."""
        self._cache_dir = cache_dir
        self._threads = threads
        self._loading = Lock()
        self._vad = Vad()

    @cached_property
    def _loaded(self) -> MoonshineModel:
        return MoonshineModel(prepare(self._cache_dir), threads=self._threads)

    @property
    def _model(self) -> MoonshineModel:
        with self._loading:  # two threads may make the first call at once
            return self._loaded

    def load(self) -> None:
        """Load the models and run them once, as the first run allocates more."""
        self._vad.probabilities(np.zeros(SAMPLE_RATE, np.float32))
        self._model.decode([np.zeros(SAMPLE_RATE, np.float32)])

    def load_for(self, _options: SpeechOptions) -> None:
        self._vad.load()
        _ = self._model

    def transcribe(self, request: SpeechRequest, report: Report) -> SpeechResult:
        """Raises ProviderUnsupported for another language, and for a translation.

        ``report`` is called after every few chunks.
        """
        _check_supported(request)
        samples = levelled(request.samples)
        length_ms = len(samples) * 1_000 // SAMPLE_RATE
        probabilities = self._vad.probabilities(samples)
        speech = regions(probabilities, length_ms=length_ms)
        hints = Hints(request.options.vocabulary) if request.options.vocabulary else None
        results: list[_ChunkResult] = []
        spoken = chunks(speech, probabilities, length_ms=length_ms, options=CHUNKS)
        # Chunks of like lengths together: a batch takes as many steps as its longest text.
        by_length = sorted(spoken, key=lambda chunk: chunk.span.length_ms, reverse=True)
        done_ms = 0
        for at in range(0, len(by_length), _TOGETHER):
            together = by_length[at : at + _TOGETHER]
            texts = self._model.decode([_cut(samples, chunk.span) for chunk in together], hints)
            for chunk, decoded in zip(together, texts, strict=True):
                results += self._results(chunk, decoded, samples, probabilities, hints, halvings=0)
            done_ms += sum(chunk.span.length_ms for chunk in together)
            report(min(done_ms, length_ms))
        report(length_ms)
        results.sort(key=lambda result: result.regions[0].start_ms)
        return _result(_without_foreign(results), request.offset_ms, length_ms)

    def _results(
        self,
        chunk: Chunk,
        decoded: Decoded,
        samples: Samples,
        probabilities: Probabilities,
        hints: Hints | None,
        *,
        halvings: int,
    ) -> list[_ChunkResult]:
        """The result of a chunk; if it loops, of its halves, as less context repeats less."""
        span = chunk.span
        if not decoded.tokens:
            last_ms = len(samples) * 1_000 // SAMPLE_RATE
            span = Region(
                max(0, span.start_ms - _SECOND_PASS_MS), min(span.end_ms + _SECOND_PASS_MS, last_ms)
            )
            (decoded,) = self._model.decode([_cut(samples, span)], hints)
        voice = _mean_voice(chunk, probabilities)
        if not decoded.tokens:
            return [_empty(chunk, voice)]
        ran_away = decoded.looped or decoded.capped
        if ran_away and halvings < _HALVINGS_MAX and chunk.voiced_ms > _HALVED_FROM_MS:
            return [
                result
                for half in halved(chunk, probabilities)
                for decoded in self._model.decode([_cut(samples, half.span)], hints)
                for result in self._results(
                    half, decoded, samples, probabilities, hints, halvings=halvings + 1
                )
            ]
        words = clipped_to_speech(words_from_tokens(self._timed(decoded, span)), chunk.regions)
        sound = _Sound(prominence=_prominence(chunk, samples), voice=voice)
        reason = _doubt(decoded, words, chunk, sound)
        return [
            _ChunkResult(
                regions=chunk.regions,
                words=words,
                log_prob=float(decoded.log_probs.mean()),
                kind=CoverageKind.QUARANTINED if reason else CoverageKind.SPEECH,
                reason=reason,
            )
        ]

    def _timed(self, decoded: Decoded, span: Region) -> list[SpokenToken]:
        """Tokens with times of the window."""
        frames = decoded.attention.shape[2]
        starts = token_frames(decoded.attention) * (span.length_ms / frames) + span.start_ms
        edges = [*(int(start) for start in starts), span.end_ms]
        return [
            SpokenToken(self._model.piece(token), float(log_prob), edges[n], edges[n + 1])
            for n, (token, log_prob) in enumerate(
                zip(decoded.tokens, decoded.log_probs, strict=True)
            )
        ]


def _check_supported(request: SpeechRequest) -> None:
    language = request.options.language
    if language and language.partition("-")[0].lower() != "en":
        raise ProviderUnsupported(
            f"'moonshine' does not support the language {language!r}, only English: choose "
            "the engine faster-whisper.",
            provider="moonshine",
        )
    if request.options.translate_to_english:
        raise ProviderUnsupported(
            "'moonshine' does not translate: choose the engine faster-whisper.",
            provider="moonshine",
        )


def _cut(samples: Samples, span: Region) -> Samples:
    """The span scaled to a standard level, for speakers far from the microphone."""
    per_ms = SAMPLE_RATE // 1_000
    part = samples[span.start_ms * per_ms : span.end_ms * per_ms]
    level = _level(part, 0, span.length_ms)
    return part * np.float32(_CHUNK_LEVEL / level) if level > 0 else part


def _prominence(chunk: Chunk, samples: Samples) -> float:
    start_ms, end_ms = chunk.regions[0].start_ms, chunk.regions[-1].end_ms
    around = [
        _level(samples, start_ms - _EDGE_MS - _AROUND_MS, start_ms - _EDGE_MS),
        _level(samples, end_ms + _EDGE_MS, end_ms + _EDGE_MS + _AROUND_MS),
    ]
    return _level(samples, start_ms, end_ms) / max(*around, 1e-6)


def _mean_voice(chunk: Chunk, probabilities: Probabilities) -> float:
    frames = [
        probabilities[region.start_ms // FRAME_MS : region.end_ms // FRAME_MS + 1]
        for region in chunk.regions
    ]
    return float(np.concatenate(frames).mean())


def _level(samples: Samples, start_ms: int, end_ms: int) -> float:
    per_ms = SAMPLE_RATE // 1_000
    part = samples[max(start_ms, 0) * per_ms : max(end_ms, 0) * per_ms]
    return float(np.sqrt(np.mean(part**2))) if len(part) else 0.0


def _empty(chunk: Chunk, voice: float) -> _ChunkResult:
    """The result of a chunk without words: a failure if it clearly has voice."""
    if voice >= _SURE_VOICE and chunk.voiced_ms >= _SURE_VOICE_MS:
        reason = "voiced, but no words were recognised"
        return _ChunkResult(regions=chunk.regions, kind=CoverageKind.FAILED, reason=reason)
    return _ChunkResult(regions=chunk.regions, kind=CoverageKind.NO_SPEECH)


def _doubt(decoded: Decoded, words: Sequence[Word], chunk: Chunk, sound: _Sound) -> str | None:
    """Why a chunk's words are not trusted, or None."""
    if decoded.looped:
        return "repeats itself"
    if decoded.capped:
        return "more words than can be spoken in the time"
    log_prob = float(decoded.log_probs.mean())
    if sound.voice < _FAINT_VOICE and sound.prominence < _SUNK and log_prob < DOUBTFUL:
        return MUSIC
    short_answer = chunk.voiced_ms < _SHORT_MS and sound.prominence > _STANDS_OUT
    if log_prob < (NOT_ENGLISH_SHORT if short_answer else NOT_ENGLISH):
        return FOREIGN
    text = " ".join(word.text for word in words)
    return quality.suspicion(text, length_ms=chunk.span.length_ms)


def _without_foreign(results: Sequence[_ChunkResult]) -> list[_ChunkResult]:
    """The results; if the window as a whole is not English, without its doubtful chunks."""
    with_words = [result for result in results if result.words]
    total_ms = sum(result.length_ms for result in with_words)
    if total_ms < _ENOUGH_TO_TELL_MS:
        return list(results)
    mean = sum(result.log_prob * result.length_ms for result in with_words) / total_ms
    if mean >= MOSTLY_NOT_ENGLISH:
        return list(results)
    return [
        replace(result, kind=CoverageKind.QUARANTINED, reason=FOREIGN)
        if result.words and result.reason is None and result.log_prob < DOUBTFUL
        else result
        for result in results
    ]


def _result(results: Sequence[_ChunkResult], offset_ms: int, length_ms: int) -> SpeechResult:
    words = [
        replace(word, start_ms=word.start_ms + offset_ms, end_ms=word.end_ms + offset_ms)
        for result in results
        if result.kind is CoverageKind.SPEECH
        for word in result.words
    ]
    stretches = [
        replace(s, start_ms=s.start_ms + offset_ms, end_ms=s.end_ms + offset_ms)
        for result in results
        for s in _coverage(result)
    ]
    foreign = any(result.reason == FOREIGN for result in results)
    segments = segments_from_words(with_full_stops(words))
    return SpeechResult(
        segments=renumbered(tuple(replace(s, language="en") for s in segments)),
        coverage=quality.tiled(offset_ms, offset_ms + length_ms, stretches),
        language="en" if words else None,
        model=MODEL,
        warnings=(FOREIGN_WARNING,) if foreign else (),
    )


def _coverage(result: _ChunkResult) -> list[Coverage]:
    """One stretch for each region, or for the whole chunk if its text lacks its words."""
    if result.kind is not CoverageKind.QUARANTINED:
        return [
            Coverage(start_ms=r.start_ms, end_ms=r.end_ms, kind=result.kind, reason=result.reason)
            for r in result.regions
        ]
    return [
        Coverage(
            start_ms=result.regions[0].start_ms,
            end_ms=result.regions[-1].end_ms,
            kind=result.kind,
            text=" ".join(word.text for word in result.words),
            reason=result.reason,
        )
    ]


def build(access: Access[SpeechCapabilities]) -> Moonshine:
    return Moonshine(cache_dir=access.machine.models_dir, threads=access.machine.threads)
