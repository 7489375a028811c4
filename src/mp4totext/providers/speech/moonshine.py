"""The bundled English engine: Moonshine tiny-en with Silero VAD, on one processor core."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from threading import Lock

from mp4totext.media.level import levelled
from mp4totext.providers.base import (
    SAMPLE_RATE,
    Report,
    Samples,
    SpeechCapabilities,
    SpeechRequest,
    SpeechResult,
)
from mp4totext.providers.errors import ProviderUnsupported
from mp4totext.providers.speech import quality
from mp4totext.providers.speech.alignment import (
    SpokenToken,
    clipped_to_speech,
    token_frames,
    words_from_tokens,
)
from mp4totext.providers.speech.moonshine_files import prepare
from mp4totext.providers.speech.moonshine_model import Decoded, MoonshineModel
from mp4totext.providers.speech.sentences import segments_from_words
from mp4totext.providers.speech.vad import (
    ChunkOptions,
    Probabilities,
    Region,
    Vad,
    chunks,
    regions,
    samples_of,
)
from mp4totext.settings import Settings
from mp4totext.transcript import Coverage, CoverageKind, Word, renumbered

MODEL = "tiny-en"
CHUNKS = ChunkOptions()
NOT_ENGLISH_LOG_PROB = -0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """What one chunk gave, in the window's own time."""

    regions: tuple[Region, ...]
    words: tuple[Word, ...]
    log_prob: float
    reason: str | None = None  # why it may not be in the text


class Moonshine:
    """English speech to text; about 0.03 of the recording's length on one core."""

    capabilities = SpeechCapabilities(languages=frozenset({"en"}))

    def __init__(self, *, cache_dir: Path, threads: int = 1) -> None:
        """``cache_dir`` keeps 58 MB derived from the installed model once."""
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

    def transcribe(self, request: SpeechRequest, report: Report) -> SpeechResult:
        """Raises ProviderUnsupported for a language other than English, and what ``report`` does."""
        _refuse_unsupported(request)
        samples = levelled(request.samples)
        length_ms = len(samples) * 1_000 // SAMPLE_RATE
        probabilities = self._vad.probabilities(samples)
        speech = regions(probabilities, length_ms=length_ms)
        heard: list[_Heard] = []
        for group in chunks(speech, probabilities, options=CHUNKS):
            heard.append(self._hear(group, samples, probabilities))
            report(group[-1].end_ms)
        report(length_ms)
        return _result(heard, request.offset_ms, length_ms)

    def _hear(
        self, group: tuple[Region, ...], samples: Samples, probabilities: Probabilities
    ) -> _Heard:
        span = Region(group[0].start_ms, group[-1].end_ms)
        decoded = self._model.decode(samples_of(span, samples))
        if not decoded.tokens:
            # A little more context often makes a short voiced stretch readable.
            span = Region(max(0, span.start_ms - 300), span.end_ms + 300)
            decoded = self._model.decode(samples_of(span, samples))
        if not decoded.tokens:
            return _Heard(regions=group, words=(), log_prob=0.0)
        words = clipped_to_speech(words_from_tokens(self._spoken(decoded, span)), group)
        return _Heard(
            regions=group,
            words=words,
            log_prob=float(decoded.log_probs.mean()),
            reason=_doubt(decoded, words, span),
        )

    def _spoken(self, decoded: Decoded, span: Region) -> list[SpokenToken]:
        """Tokens with times in the window."""
        frames = decoded.attention.shape[2]
        starts = token_frames(decoded.attention) * (span.length_ms / frames) + span.start_ms
        edges = [*(int(start) for start in starts), span.end_ms]
        return [
            SpokenToken(self._model.piece(token), float(log_prob), edges[n], edges[n + 1])
            for n, (token, log_prob) in enumerate(
                zip(decoded.tokens, decoded.log_probs, strict=True)
            )
        ]


def _refuse_unsupported(request: SpeechRequest) -> None:
    if request.language and not Moonshine.capabilities.speaks(request.language):
        raise ProviderUnsupported(
            f"The bundled engine hears English only, not {request.language!r}. "
            "Choose the engine faster-whisper.",
            provider="moonshine",
        )
    if request.translate_to_english:
        raise ProviderUnsupported(
            "The bundled engine does not translate. Choose the engine faster-whisper.",
            provider="moonshine",
        )


def _doubt(decoded: Decoded, words: Sequence[Word], span: Region) -> str | None:
    if decoded.looped:
        return "repeats itself"
    if decoded.capped:
        return "more words than can be spoken in the time"
    if float(decoded.log_probs.mean()) < NOT_ENGLISH_LOG_PROB:
        return "does not sound like English"
    return quality.suspicion(" ".join(w.text for w in words), length_ms=span.length_ms)


def _result(heard: Sequence[_Heard], offset_ms: int, length_ms: int) -> SpeechResult:
    words = [_moved(word, offset_ms) for h in heard if h.reason is None for word in h.words]
    stretches = [
        replace(s, start_ms=s.start_ms + offset_ms, end_ms=s.end_ms + offset_ms)
        for h in heard
        for s in _stretches(h)
    ]
    foreign = sum(1 for h in heard if h.reason == "does not sound like English")
    warnings = ()
    if foreign:
        warnings = (
            "Some of the speech is probably not English. The engine faster-whisper hears "
            "other languages.",
        )
    return SpeechResult(
        segments=renumbered(segments_from_words(words)),
        coverage=quality.tiled(offset_ms, offset_ms + length_ms, stretches),
        language="en" if words else None,
        model=MODEL,
        warnings=warnings,
    )


def _moved(word: Word, offset_ms: int) -> Word:
    return replace(word, start_ms=word.start_ms + offset_ms, end_ms=word.end_ms + offset_ms)


def _stretches(heard: _Heard) -> list[Coverage]:
    if heard.reason is not None:
        return [
            Coverage(
                start_ms=heard.regions[0].start_ms,
                end_ms=heard.regions[-1].end_ms,
                kind=CoverageKind.QUARANTINED,
                text=" ".join(word.text for word in heard.words),
                reason=heard.reason,
            )
        ]
    kind = CoverageKind.SPEECH if heard.words else CoverageKind.FAILED
    reason = None if heard.words else "voiced, but no words were recognised"
    return [
        Coverage(start_ms=r.start_ms, end_ms=r.end_ms, kind=kind, reason=reason)
        for r in heard.regions
    ]


def build(settings: Settings) -> Moonshine:
    """For the registry."""
    return Moonshine(cache_dir=settings.models_dir, threads=settings.jobs.worker_threads)
