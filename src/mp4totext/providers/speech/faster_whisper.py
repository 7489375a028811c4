"""faster-whisper: Whisper through CTranslate2, 99 languages, on a processor or a GPU."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any, TypeAlias

import ctranslate2
import numpy as np
from faster_whisper import BatchedInferencePipeline, WhisperModel

from mp4totext.providers.base import (
    SAMPLE_RATE,
    LanguageGuess,
    Report,
    Samples,
    SpeechRequest,
    SpeechResult,
)
from mp4totext.providers.errors import (
    ProviderBusy,
    ProviderMisconfigured,
    ProviderUnreachable,
    ProviderUnsupported,
)
from mp4totext.providers.models import FASTER_WHISPER_FILES, faster_whisper_folder
from mp4totext.providers.speech import quality
from mp4totext.providers.speech.assembly import assembled, unheard
from mp4totext.providers.speech.languages import from_whisper, to_whisper
from mp4totext.providers.speech.repair import Heard, HeardWord, repaired, seconds
from mp4totext.providers.speech.chunking import ChunkOptions, chunks
from mp4totext.providers.speech.vad import Region, Vad, regions
from mp4totext.providers.speech.voting import elected
from mp4totext.settings import Settings

NAME = "faster-whisper"
CHUNKS = ChunkOptions(max_ms=28_000)  # Whisper hears 30 s at a time; the rest is padding
_HINT_TOKENS = 220  # of 223 that fit beside the text: longer hints are cut off by the library
_OTHER_LANGUAGE_MIN = 0.8  # how sure one stretch must be to differ from the recording's language

Vote: TypeAlias = dict[str, float]  # Whisper's code -> probability


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    model: str = "base"
    models_dir: Path
    device: str = "auto"
    compute_type: str = "auto"
    batch_size: int = 8
    beam_size: int = 5
    threads: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """One window on its way."""

    model: WhisperModel
    samples: Samples
    language: str  # Whisper's code
    translate: bool
    hint: str | None
    offset_ms: int

    @property
    def length_ms(self) -> int:
        return len(self.samples) * 1_000 // SAMPLE_RATE


class FasterWhisper:
    """Models load on first use and are shared by threads; CTranslate2 queues their calls."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._models: dict[str, WhisperModel] = {}
        self._loading = Lock()
        self._vad = Vad()

    def transcribe(self, request: SpeechRequest, report: Report) -> SpeechResult:
        """Raises ProviderMisconfigured when the model is not there, saying how to get it."""
        name = request.model or self._options.model
        model = self._model(name)
        _refuse_unsupported(name, model, request)
        length_ms = len(request.samples) * 1_000 // SAMPLE_RATE
        probabilities = self._vad.probabilities(request.samples)
        voice = regions(probabilities, length_ms=length_ms)
        found = chunks(voice, probabilities, length_ms=length_ms, options=CHUNKS)
        groups = [chunk.span for chunk in found]
        hint, warnings = _hint(model, request.vocabulary)
        with _errors():
            votes = self._votes(model, request, groups)
            guess = elected(votes, [g.length_ms for g in groups]) if votes else None
            task = _Task(
                model=model,
                samples=request.samples,
                language=_language(model, request, guess),
                translate=request.translate_to_english,
                hint=hint,
                offset_ms=request.offset_ms,
            )
            heard = self._hear(task, groups, votes, report)
            heard += self._second_pass(task, heard, voice)
        report(length_ms)
        return assembled(
            sorted(heard, key=lambda h: h.start_ms or 0),
            start_ms=request.offset_ms,
            end_ms=request.offset_ms + length_ms,
            voice=_moved(voice, request.offset_ms),
            language=_answer_language(task, guess, heard),
            language_confidence=guess.confidence if guess else None,
            model=name,
            warnings=warnings,
        )

    def language_of(
        self, stretches: Sequence[Samples], *, model: str | None = None
    ) -> LanguageGuess | None:
        """Each stretch with voice has a vote of its voiced length."""
        loaded = self._model(model or self._options.model)
        votes: list[Vote] = []
        weights: list[int] = []
        for samples in stretches:
            length_ms = len(samples) * 1_000 // SAMPLE_RATE
            voice = regions(self._vad.probabilities(samples), length_ms=length_ms)
            if not voice:
                continue
            heard = Region(voice[0].start_ms, min(voice[-1].end_ms, voice[0].start_ms + 30_000))
            with _errors():
                votes.append(_vote(loaded, _cut(heard, samples)))
            weights.append(sum(region.length_ms for region in voice))
        return elected(votes, weights) if votes else None

    def _model(self, name: str) -> WhisperModel:
        with self._loading:
            if name not in self._models:
                self._models[name] = _load(name, self._options)
            return self._models[name]

    def _votes(
        self, model: WhisperModel, request: SpeechRequest, groups: Sequence[Region]
    ) -> list[Vote]:
        if request.language or not model.model.is_multilingual:
            return []
        return [_vote(model, _cut(group, request.samples)) for group in groups]

    def _hear(
        self, task: _Task, groups: Sequence[Region], votes: Sequence[Vote], report: Report
    ) -> list[Heard]:
        """Stretches by language: those that are surely another one are decoded as that."""
        by_language: dict[str, list[Region]] = {}
        for n, group in enumerate(groups):
            language = _stretch_language(votes[n], task.language) if votes else task.language
            by_language.setdefault(language, []).append(group)
        heard: list[Heard] = []
        for language, stretches in by_language.items():
            heard += self._decode(replace(task, language=language), stretches, report)
        return heard

    def _decode(self, task: _Task, groups: Sequence[Region], report: Report) -> list[Heard]:
        # The pipeline keeps a running state, so each call has its own; it is a thin object.
        segments, _ = BatchedInferencePipeline(task.model).transcribe(
            task.samples,
            clip_timestamps=[
                {"start": g.start_ms / 1_000, "end": g.end_ms / 1_000} for g in groups
            ],
            batch_size=self._options.batch_size,
            **self._decoding(task),
        )
        heard: list[Heard] = []
        for segment in segments:
            heard.append(_heard(segment, task, 0))
            report(min(round(segment.end * 1_000), task.length_ms))
        return heard

    def _second_pass(
        self, task: _Task, heard: Sequence[Heard], voice: Sequence[Region]
    ) -> list[Heard]:
        """Voice that got no words, alone and with Whisper's own fallbacks."""
        shifted = _moved(voice, task.offset_ms)
        found = repaired(heard, start_ms=task.offset_ms, end_ms=task.offset_ms + task.length_ms)
        more: list[Heard] = []
        for start, end in unheard(found, voice=shifted):
            lost = Region(start - task.offset_ms, end - task.offset_ms)
            segments, _ = task.model.transcribe(
                _cut(lost, task.samples),
                vad_filter=False,
                condition_on_previous_text=False,
                **self._decoding(task),
            )
            more += [_heard(segment, task, lost.start_ms) for segment in segments]
        return [h for h in more if h.text and not quality.suspicion(h.text, length_ms=_length(h))]

    def _decoding(self, task: _Task) -> dict[str, Any]:  # the library's own options
        return {
            "language": task.language,
            "task": "translate" if task.translate else "transcribe",
            "beam_size": self._options.beam_size,
            "word_timestamps": True,
            "hotwords": task.hint,
        }


def build(settings: Settings) -> FasterWhisper:
    engines = settings.engines
    return FasterWhisper(
        Options(
            model=engines.faster_whisper_model,
            models_dir=settings.models_dir,
            device=engines.faster_whisper_device,
            compute_type=engines.faster_whisper_compute_type,
            batch_size=engines.faster_whisper_batch_size,
            beam_size=engines.faster_whisper_beam_size,
            threads=settings.jobs.worker_threads,
        )
    )


def _load(name: str, options: Options) -> WhisperModel:
    folder = faster_whisper_folder(name, options.models_dir, configured=options.model)
    device = options.device
    if device == "auto":
        device = "cuda" if ctranslate2.get_cuda_device_count() else "cpu"
    compute_type = options.compute_type
    if compute_type == "auto":
        compute_type = "float16" if device == "cuda" else "int8"
    try:
        return WhisperModel(
            str(folder), device=device, compute_type=compute_type, cpu_threads=options.threads
        )
    except (RuntimeError, ValueError, OSError) as error:
        raise ProviderMisconfigured(
            f"The model {name!r} cannot be loaded ({device}, {compute_type}). A model is a folder "
            f"with {', '.join(FASTER_WHISPER_FILES)} for CTranslate2.",
            provider=NAME,
            code="model_broken",
        ) from error


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        if "out of memory" in str(error).lower():
            raise ProviderBusy(
                "There is not enough memory for the model now.", provider=NAME, retry_after_s=30
            ) from error
        raise ProviderUnreachable(
            "The speech model failed on this stretch.", provider=NAME, code="engine_failed"
        ) from error


def _refuse_unsupported(name: str, model: WhisperModel, request: SpeechRequest) -> None:
    multilingual = model.model.is_multilingual
    if request.language is not None:
        wanted = to_whisper(request.language)
        if wanted not in model.supported_languages:
            raise ProviderUnsupported(
                f"The model {name!r} does not hear {request.language!r}. "
                + ("" if multilingual else "Choose a model without .en in its name."),
                provider=NAME,
            )
    if request.translate_to_english and not multilingual:
        raise ProviderUnsupported(
            f"The model {name!r} hears English only and cannot translate. "
            "Choose a model without .en in its name.",
            provider=NAME,
        )


def _hint(model: WhisperModel, vocabulary: Sequence[str]) -> tuple[str | None, tuple[str, ...]]:
    """Hot words that fit into the model's prompt, and a warning about those that do not."""
    taken: list[str] = []
    tokens = 0
    for word in vocabulary:
        tokens += len(model.hf_tokenizer.encode(f" {word},", add_special_tokens=False).ids)
        if tokens > _HINT_TOKENS:
            left = len(vocabulary) - len(taken)
            return ", ".join(taken), (f"{left} words of the vocabulary did not fit.",)
        taken.append(word)
    return ", ".join(taken) or None, ()


def _vote(model: WhisperModel, samples: Samples) -> Vote:
    _, _, probabilities = model.detect_language(samples[: 30 * SAMPLE_RATE])
    return {language: float(p) for language, p in probabilities}


def _language(model: WhisperModel, request: SpeechRequest, guess: LanguageGuess | None) -> str:
    if request.language:
        return to_whisper(request.language)
    if guess is None or not model.model.is_multilingual:
        return "en"
    return to_whisper(guess.language)


def _stretch_language(vote: Vote, main: str) -> str:
    best = max(vote, key=lambda language: vote[language])
    return best if vote[best] >= _OTHER_LANGUAGE_MIN else main


def _answer_language(
    task: _Task, guess: LanguageGuess | None, heard: Sequence[Heard]
) -> str | None:
    if not heard:
        return None
    if task.translate:
        return "en"
    return guess.language if guess else from_whisper(task.language)


def _heard(segment: Any, task: _Task, at_ms: int) -> Heard:  # faster_whisper's Segment
    """Numbers come as NumPy scalars: they are cast here, before JSON or a database sees them."""
    shift = task.offset_ms + at_ms
    return Heard(
        text=segment.text.strip(),
        start_ms=seconds(float(segment.start), shift),
        end_ms=seconds(float(segment.end), shift),
        words=tuple(
            HeardWord(
                text=word.word.strip(),
                start_ms=seconds(float(word.start), shift),
                end_ms=seconds(float(word.end), shift),
                confidence=float(word.probability),
            )
            for word in segment.words or ()
        ),
        confidence=float(np.exp(min(segment.avg_logprob, 0.0))),
        language="en" if task.translate else from_whisper(task.language),
    )


def _cut(span: Region, samples: Samples) -> Samples:
    per_ms = SAMPLE_RATE // 1_000
    return samples[span.start_ms * per_ms : span.end_ms * per_ms]


def _length(heard: Heard) -> int:
    return round((heard.end_ms or 0) - (heard.start_ms or 0))


def _moved(voice: Sequence[Region], by_ms: int) -> tuple[Region, ...]:
    return tuple(Region(r.start_ms + by_ms, r.end_ms + by_ms) for r in voice)
