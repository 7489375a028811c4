"""faster-whisper: Whisper through CTranslate2, on a processor or a GPU."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import ctranslate2
import numpy as np
from faster_whisper import BatchedInferencePipeline, WhisperModel

from mp4totext.providers.access import Access
from mp4totext.providers.base import SAMPLE_RATE, Report, Samples
from mp4totext.providers.errors import ProviderBusy, ProviderMisconfigured, ProviderUnreachable
from mp4totext.providers.json_fields import seconds_to_ms
from mp4totext.providers.model_files import FASTER_WHISPER_FILES, faster_whisper_folder
from mp4totext.providers.speech.base import (
    LanguageGuess,
    SpeechCapabilities,
    SpeechRequest,
    SpeechResult,
)
from mp4totext.providers.speech.decoding import whisper_windows
from mp4totext.providers.speech.decoding.whisper_windows import (
    Task,
    Vote,
    cut,
    hint_of,
    transcribe_window,
)
from mp4totext.providers.speech.decoding.word_timing import RawSegment, RawWord
from mp4totext.providers.speech.languages import from_whisper
from mp4totext.providers.vad import Region, Vad

NAME = "faster-whisper"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    models_dir: Path
    bundled_models_dir: Path | None = None  # of the installation, only read
    model: str = "base"
    device: str = "auto"
    compute_type: str = "auto"
    batch_size: int = 8
    beam_size: int = 5
    threads: int = 1


class FasterWhisper:
    """Models load on first use and are shared by threads, with as many calls at once as cores."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._decoders: dict[str, _Decoder] = {}
        self._loading = Lock()
        self._vad = Vad()

    def transcribe(self, request: SpeechRequest, report: Report) -> SpeechResult:
        """Raises ProviderMisconfigured when the model is not there, saying how to get it."""
        name = request.options.model or self._options.model
        decoder = self._decoder(name)
        with _translated_errors():
            return transcribe_window(
                decoder, request, name=name, provider=NAME, vad=self._vad, report=report
            )

    def detect_language(
        self, stretches: Sequence[Samples], *, model: str | None = None
    ) -> LanguageGuess | None:
        decoder = self._decoder(model or self._options.model)
        with _translated_errors():
            return whisper_windows.detect_language(decoder, stretches, vad=self._vad)

    def _decoder(self, name: str) -> "_Decoder":
        with self._loading:
            if name not in self._decoders:
                self._decoders[name] = _Decoder(_load(name, self._options), self._options)
            return self._decoders[name]


def build(
    access: Access[SpeechCapabilities],
    *,
    model: str,
    device: str,
    compute_type: str,
    batch_size: int,
    beam_size: int,
) -> FasterWhisper:
    return FasterWhisper(
        Options(
            model=model,
            models_dir=access.machine.models_dir,
            bundled_models_dir=access.machine.bundled_models_dir,
            device=device,
            compute_type=compute_type,
            batch_size=batch_size,
            beam_size=beam_size,
            threads=access.machine.threads,
        )
    )


class _Decoder:
    def __init__(self, model: WhisperModel, options: Options) -> None:
        self._model = model
        self._options = options
        self.languages = frozenset(model.supported_languages)

    def vote(self, samples: Samples) -> Vote:
        _, _, probabilities = self._model.detect_language(samples[: 30 * SAMPLE_RATE])
        return {language: float(probability) for language, probability in probabilities}

    def hint(self, vocabulary: Sequence[str]) -> tuple[str | None, int]:
        encode = self._model.hf_tokenizer.encode
        return hint_of(
            vocabulary, count_tokens=lambda text: len(encode(text, add_special_tokens=False).ids)
        )

    def decode(self, task: Task, spans: Sequence[Region]) -> Iterator[RawSegment]:
        # The pipeline keeps a running state, so each call has its own; it is a thin object.
        segments, _ = BatchedInferencePipeline(self._model).transcribe(
            task.samples,
            clip_timestamps=[
                {"start": span.start_ms / 1_000, "end": span.end_ms / 1_000} for span in spans
            ],
            batch_size=self._options.batch_size,
            **self._options_for(task),
        )
        return (_raw_segment(segment, task, 0) for segment in segments)

    def decode_again(self, task: Task, span: Region) -> Iterator[RawSegment]:
        """Not batched: only then does the library fall back to other temperatures."""
        segments, _ = self._model.transcribe(
            cut(task.samples, span),
            vad_filter=False,
            condition_on_previous_text=False,
            **self._options_for(task),
        )
        return (_raw_segment(segment, task, span.start_ms) for segment in segments)

    def _options_for(self, task: Task) -> dict[str, Any]:  # the library's keyword arguments
        return {
            "language": task.language,
            "task": "translate" if task.translate else "transcribe",
            "beam_size": self._options.beam_size,
            "word_timestamps": True,
            "hotwords": task.hint,
        }


def _load(name: str, options: Options) -> WhisperModel:
    folder = faster_whisper_folder(
        name,
        options.models_dir,
        configured=options.model,
        bundled_models_dir=options.bundled_models_dir,
    )
    device = options.device
    if device == "auto":
        device = "cuda" if ctranslate2.get_cuda_device_count() else "cpu"
    compute_type = options.compute_type
    if compute_type == "auto":
        compute_type = "float16" if device == "cuda" else "int8"
    try:
        return WhisperModel(
            str(folder),
            device=device,
            compute_type=compute_type,
            cpu_threads=options.threads,
            # Replicas share the weights. A thread of the command works on each window.
            num_workers=max(1, (os.cpu_count() or 1) // options.threads) if device == "cpu" else 1,
            local_files_only=True,
        )
    except (RuntimeError, ValueError, OSError) as error:
        raise ProviderMisconfigured(
            f"The model {name!r} cannot be loaded ({device}, {compute_type}). A model is a folder "
            f"with {', '.join(FASTER_WHISPER_FILES)} for CTranslate2.",
            provider=NAME,
            code="model_broken",
        ) from error


@contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:  # CTranslate2 raises no other
        if "out of memory" in str(error).lower():
            raise ProviderBusy(
                "There is not enough memory for the model now.", provider=NAME, retry_after_s=30
            ) from error
        raise ProviderUnreachable(
            "The speech model failed on a part of the sound.",
            provider=NAME,
            code="engine_failed",
        ) from error


def _raw_segment(segment: Any, task: Task, by_ms: int) -> RawSegment:  # faster_whisper's Segment
    """Numbers come as NumPy scalars: they are cast here, before JSON or a database sees them."""
    return RawSegment(
        text=segment.text.strip(),
        start_ms=seconds_to_ms(float(segment.start), by_ms),
        end_ms=seconds_to_ms(float(segment.end), by_ms),
        words=tuple(
            RawWord(
                text=word.word.strip(),
                start_ms=seconds_to_ms(float(word.start), by_ms),
                end_ms=seconds_to_ms(float(word.end), by_ms),
                confidence=float(word.probability),
            )
            for word in segment.words or ()
        ),
        confidence=float(np.exp(min(segment.avg_logprob, 0.0))),
        language="en" if task.translate else from_whisper(task.language),
    )
