"""Parakeet, Canary and GigaAM on ONNX Runtime through onnx-asr; ``models pull`` downloads them."""

from itertools import pairwise
from math import exp
from pathlib import Path
from threading import Lock
from typing import Any

import onnx_asr
import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from mp4totext.kit.packages import own_command
from mp4totext.media.level import levelled
from mp4totext.providers.access import Access
from mp4totext.providers.base import SAMPLE_RATE, Report
from mp4totext.providers.errors import (
    ProviderMisconfigured,
    ProviderUnreachable,
    ProviderUnsupported,
)
from mp4totext.providers.onnx_models import DEFAULT, ENGINE, OnnxModel, onnx_folder, onnx_model
from mp4totext.providers.speech.base import SpeechCapabilities, SpeechRequest, SpeechResult
from mp4totext.providers.speech.decoding.chunking import ChunkOptions, chunks
from mp4totext.providers.speech.decoding.result_assembly import assemble_result
from mp4totext.providers.speech.decoding.whisper import cut
from mp4totext.providers.speech.decoding.word_timing import RawSegment, RawWord, in_voice, moved
from mp4totext.providers.vad import Region, Vad, regions

# These models accept any length; the time of attention grows with its square.
_CHUNKS = ChunkOptions(max_ms=20_000, join_gap_ms=5_000)
_ORT_ERRORS = (  # they have no common base class
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NotImplemented,
    ort_errors.RuntimeException,
)
_LAST_TOKEN_MS = 200  # only starts of tokens are known; the last of a word lasts about a syllable


class OnnxAsr:
    """Models are loaded on first use and shared by threads, which ONNX Runtime allows."""

    def __init__(self, models_dir: Path, *, threads: int) -> None:
        self._models_dir = models_dir
        self._threads = threads
        self._models: dict[str, Any] = {}  # onnx_asr's adapters, with times
        self._loading = Lock()
        self._vad = Vad()

    def transcribe(self, request: SpeechRequest, report: Report) -> SpeechResult:
        """Raises ProviderMisconfigured with the download command if the model is missing."""
        name = request.options.model or DEFAULT
        language = _language(name, onnx_model(name), request.options.language)
        model = self._model(name)
        samples = levelled(request.samples)
        length_ms = len(samples) * 1_000 // SAMPLE_RATE
        probabilities = self._vad.probabilities(samples)
        voice = regions(probabilities, length_ms=length_ms)
        by_ms = request.offset_ms
        segments: list[RawSegment] = []
        for chunk in chunks(voice, probabilities, length_ms=length_ms, options=_CHUNKS):
            try:
                answer = model.recognize(cut(samples, chunk.span), language=language)
            except _ORT_ERRORS as error:
                raise ProviderUnreachable(
                    "The speech model failed on a part of the audio.",
                    provider=ENGINE,
                    code="engine_failed",
                ) from error
            segments.append(in_voice(_raw_segment(answer, chunk.span, language), voice))
            report(chunk.span.end_ms)
        report(length_ms)
        return assemble_result(
            [moved(segment, by_ms) for segment in segments],
            start_ms=by_ms,
            end_ms=by_ms + length_ms,
            voice=[Region(r.start_ms + by_ms, r.end_ms + by_ms) for r in voice],
            language=language if segments else None,
            model=name,
        )

    def _model(self, name: str) -> Any:
        with self._loading:
            if name not in self._models:
                self._models[name] = _loaded(name, self._models_dir, self._threads)
            return self._models[name]


def build(access: Access[SpeechCapabilities]) -> OnnxAsr:
    return OnnxAsr(access.machine.models_dir, threads=access.machine.threads)


def _language(name: str, model: OnnxModel, requested: str | None) -> str | None:
    """The language of the text; None if the model detects it without returning it."""
    subtag = requested.partition("-")[0] if requested else None
    if subtag is not None and subtag not in model.languages:
        raise ProviderUnsupported(
            f"The model {name!r} does not support the language {requested!r}: choose one of "
            f"{', '.join(sorted(model.languages))}, or another model.",
            provider=ENGINE,
        )
    if subtag is None and model.told_language:
        raise ProviderUnsupported(
            f"The model {name!r} must be told the language: name it, or choose {DEFAULT!r}.",
            provider=ENGINE,
        )
    return subtag or (min(model.languages) if len(model.languages) == 1 else None)


def _loaded(name: str, models_dir: Path, threads: int) -> Any:
    folder = onnx_folder(name, models_dir)
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    on_gpu = "CUDAExecutionProvider" in ort.get_available_providers()
    try:
        model = onnx_asr.load_model(
            name,
            folder,
            quantization="int8" if any(folder.glob("*.int8.onnx")) else None,
            sess_options=options,
            providers=[*(["CUDAExecutionProvider"] if on_gpu else []), "CPUExecutionProvider"],
        )
    except (*_ORT_ERRORS, ValueError, OSError) as error:
        raise ProviderMisconfigured(
            f"The model {name!r} cannot be loaded: "
            f"run `{own_command(f'models pull {ENGINE}:{name}')}` again.",
            provider=ENGINE,
            code="model_broken",
        ) from error
    return model.with_timestamps()


def _raw_segment(answer: Any, span: Region, language: str | None) -> RawSegment:
    """``answer``: onnx_asr's TimestampedResult, with times in seconds of the span."""
    return RawSegment(
        text=answer.text,
        start_ms=span.start_ms,
        end_ms=span.end_ms,
        words=tuple(_words(answer, span)),
        language=language,
    )


def _words(answer: Any, span: Region) -> list[RawWord]:
    """A token that starts with a space starts a word. None if the model returns no times."""
    tokens, times_s = answer.tokens, answer.timestamps
    if not tokens or times_s is None:
        return []
    logprobs = answer.logprobs or [0.0] * len(tokens)
    begins = [n for n, token in enumerate(tokens) if n == 0 or token.startswith(" ")]
    starts_ms = [span.start_ms + round(time_s * 1_000) for time_s in times_s]
    words = []
    for begin, end in pairwise([*begins, len(tokens)]):
        text = "".join(tokens[begin:end]).strip()
        next_ms = starts_ms[end] if end < len(tokens) else span.end_ms
        if text:
            mean_logprob = sum(logprobs[begin:end]) / (end - begin)
            words.append(
                RawWord(
                    text=text,
                    start_ms=starts_ms[begin],
                    end_ms=max(starts_ms[begin], min(next_ms, starts_ms[end - 1] + _LAST_TOKEN_MS)),
                    confidence=exp(min(0.0, mean_logprob)),
                )
            )
    return words
