"""openai-whisper: the original Whisper on PyTorch, for users who already have its models."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from pickle import PickleError
from threading import Lock
from typing import Any

import numba
import numpy as np
import torch
import whisper
from whisper.tokenizer import get_tokenizer

from mp4totext.providers.access import Access
from mp4totext.providers.base import Report, Samples
from mp4totext.providers.errors import ProviderBusy, ProviderMisconfigured, ProviderUnreachable
from mp4totext.providers.json_fields import seconds_to_ms
from mp4totext.providers.model_files import whisper_file
from mp4totext.providers.speech.base import SpeechCapabilities, SpeechRequest, SpeechResult
from mp4totext.providers.speech.decoding.whisper import (
    EncodedSpan,
    Task,
    Vote,
    cut,
    hint_of,
)
from mp4totext.providers.speech.decoding.whisper_windows import transcribe_window
from mp4totext.providers.speech.decoding.word_timing import RawSegment, RawWord
from mp4totext.providers.speech.languages import from_whisper
from mp4totext.providers.vad import Region, Vad

NAME = "whisper"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    models_dir: Path
    model: str = "base"
    device: str = "auto"
    threads: int = 1


class Whisper:
    """One window is decoded at a time, as the library keeps a call's state in the network."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._decoders: dict[str, _Decoder] = {}
        self._using = Lock()
        self._vad = Vad()

    def transcribe(self, request: SpeechRequest, report: Report) -> SpeechResult:
        """Raises ProviderMisconfigured with the download command if the model is missing."""
        name = request.options.model or self._options.model
        with self._using, _translated_errors():
            return transcribe_window(
                self._decoder(name),
                request,
                name=name,
                provider=NAME,
                vad=self._vad,
                report=report,
            )

    def _decoder(self, name: str) -> "_Decoder":
        if name not in self._decoders:
            self._decoders[name] = _Decoder(_load(name, self._options))
        return self._decoders[name]


def build(access: Access[SpeechCapabilities], *, model: str, device: str) -> Whisper:
    return Whisper(
        Options(
            model=model,
            models_dir=access.machine.models_dir,
            device=device,
            threads=access.machine.threads,
        )
    )


class _Decoder:
    def __init__(self, model: Any) -> None:  # whisper.model.Whisper
        self._model = model

    @cached_property
    def languages(self) -> frozenset[str]:
        return frozenset(whisper.tokenizer.LANGUAGES if self._model.is_multilingual else ("en",))

    @cached_property
    def _tokenizer(self) -> Any:  # whisper.tokenizer.Tokenizer
        return get_tokenizer(self._model.is_multilingual, num_languages=self._model.num_languages)

    def encode(self, samples: Samples, regions: Sequence[Region]) -> list[EncodedSpan]:
        """Cuts only: the library encodes, and ``_encode_once`` caches the last result."""
        return [EncodedSpan(region, cut(samples, region)) for region in regions]

    def vote(self, span: EncodedSpan) -> Vote:
        sound = whisper.pad_or_trim(np.array(span.encoding, np.float32))
        mel = whisper.log_mel_spectrogram(sound, n_mels=self._model.dims.n_mels)
        _, probabilities = self._model.detect_language(mel.to(self._model.device))
        return {language: float(probability) for language, probability in probabilities.items()}

    def votes_inside(self, span: EncodedSpan, stretches: Sequence[Region]) -> Sequence[Vote]:
        return ()

    def hint(self, vocabulary: Sequence[str]) -> tuple[str | None, int]:
        return hint_of(vocabulary, count_tokens=lambda text: len(self._tokenizer.encode(text)))

    def decode(self, task: Task, spans: Sequence[EncodedSpan]) -> Iterator[RawSegment]:
        for span in spans:
            yield from self._decode(
                task, span.region, beam_size=None, best_of=None, temperature=0.0
            )

    def decode_again(self, task: Task, region: Region) -> Iterator[RawSegment]:
        """With beam search, and with the library's temperature fallback."""
        fallbacks = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
        yield from self._decode(task, region, beam_size=5, best_of=5, temperature=fallbacks)

    def _decode(self, task: Task, region: Region, **how: Any) -> Iterator[RawSegment]:
        answer = self._model.transcribe(
            # A copy, as PyTorch needs a writable array.
            np.array(cut(task.samples, region), np.float32),
            language=task.language,
            task="translate" if task.translate else "transcribe",
            initial_prompt=task.hint,
            word_timestamps=True,
            condition_on_previous_text=False,
            fp16=self._model.device.type == "cuda",
            verbose=None,
            **how,
        )
        for segment in answer["segments"]:
            yield _raw_segment(segment, task, region.start_ms)


def _load(name: str, options: Options) -> Any:  # whisper.model.Whisper
    file = whisper_file(name, options.models_dir, configured=options.model)
    device = options.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    _use_threads(options.threads)
    try:
        model = whisper.load_model(str(file), device=device)
    except (RuntimeError, ValueError, KeyError, TypeError, OSError, EOFError, PickleError) as error:
        raise ProviderMisconfigured(
            f"The model {name!r} cannot be loaded ({device}). A model is a .pt file of "
            "openai-whisper.",
            provider=NAME,
            code="model_broken",
        ) from error
    _encode_once(model.encoder)
    return model


def _encode_once(encoder: Any) -> None:  # whisper.model.AudioEncoder
    """Cache the last output of the encoder.

    The library would encode a chunk for its words, again for their times, and again for each
    temperature.
    """
    encode = encoder.forward
    last: list[torch.Tensor] = []  # the last input and its output

    def encoded(mel: torch.Tensor) -> torch.Tensor:
        if not (last and last[0].dtype == mel.dtype and torch.equal(last[0], mel)):
            last[:] = [mel, encode(mel)]
        return last[1]

    encoder.forward = encoded


def _use_threads(count: int) -> None:
    """Limit the threads of the whole process, as a worker has one core.

    Numba, with which the library finds word times, starts its own threads on first use and then
    sets PyTorch's number to all cores: two workers would wait for each other at every step.
    """
    numba.get_num_threads()  # starts its threads
    torch.set_num_threads(count)


@contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise ProviderBusy(
            "There is not enough memory for the model now.", provider=NAME, retry_after_s=30
        ) from error
    except RuntimeError as error:
        raise ProviderUnreachable(
            "The speech model failed on a part of the audio.",
            provider=NAME,
            code="engine_failed",
        ) from error


def _raw_segment(segment: dict[str, Any], task: Task, by_ms: int) -> RawSegment:
    """Numbers are NumPy scalars: they are converted here, before JSON or a database gets them."""
    return RawSegment(
        text=segment["text"].strip(),
        start_ms=seconds_to_ms(float(segment["start"]), by_ms),
        end_ms=seconds_to_ms(float(segment["end"]), by_ms),
        words=tuple(
            RawWord(
                text=word["word"].strip(),
                start_ms=seconds_to_ms(float(word["start"]), by_ms),
                end_ms=seconds_to_ms(float(word["end"]), by_ms),
                confidence=float(word["probability"]),
            )
            for word in segment.get("words", ())
        ),
        confidence=float(np.exp(min(segment["avg_logprob"], 0.0))),
        language="en" if task.translate else from_whisper(task.language),
    )
