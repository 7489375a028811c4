"""faster-whisper: Whisper through CTranslate2, on a processor or a GPU."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from mp4totext.providers.access import Access
from mp4totext.providers.base import Report
from mp4totext.providers.errors import ProviderBusy, ProviderMisconfigured, ProviderUnreachable
from mp4totext.providers.model_files import FASTER_WHISPER_FILES, faster_whisper_folder
from mp4totext.providers.speech.base import (
    SpeechCapabilities,
    SpeechOptions,
    SpeechRequest,
    SpeechResult,
)
from mp4totext.providers.speech.decoding.whisper_windows import transcribe_windows
from mp4totext.providers.speech.whisper_weights import eight_bit
from mp4totext.providers.vad import Vad

if TYPE_CHECKING:
    from mp4totext.providers.speech.faster_whisper_model import WhisperDecoder

NAME = "faster-whisper"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    models_dir: Path
    bundled_models_dir: Path | None = None  # of the installation, read-only
    model: str = "base"
    device: str = "auto"
    compute_type: str = "auto"
    batch_size: int = 8
    beam_size: int = 5
    threads: int = 1


class FasterWhisper:
    """Models load on first use; threads share them, with as many parallel calls as cores."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._decoders: dict[str, WhisperDecoder] = {}
        self._loading = Lock()
        self._vad = Vad()

    def load_for(self, options: SpeechOptions) -> None:
        """Raises ProviderMisconfigured as ``transcribe`` does."""
        self._decoder(options.model or self._options.model)

    def transcribe(self, request: SpeechRequest, report: Report) -> SpeechResult:
        """Raises ProviderMisconfigured with the download command if the model is missing."""
        (result,) = self.transcribe_together([request], report)
        return result

    def transcribe_together(
        self, requests: Sequence[SpeechRequest], report: Report
    ) -> list[SpeechResult]:
        """Raises ProviderMisconfigured as ``transcribe`` does."""
        name = requests[0].options.model or self._options.model
        decoder = self._decoder(name)
        with _translated_errors():
            return transcribe_windows(
                decoder, requests, name=name, provider=NAME, vad=self._vad, report=report
            )

    def _decoder(self, name: str) -> "WhisperDecoder":
        with self._loading:
            if name not in self._decoders:
                self._decoders[name] = _load(name, self._options)
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


def _load(name: str, options: Options) -> "WhisperDecoder":
    # Imported late, in 0.15 s: for many clear recordings the quick engine suffices.
    import ctranslate2  # noqa: PLC0415
    from faster_whisper import WhisperModel  # noqa: PLC0415

    from mp4totext.providers.speech.faster_whisper_model import WhisperDecoder  # noqa: PLC0415

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
    if (device, compute_type) == ("cpu", "int8"):
        folder = eight_bit(folder, options.models_dir)
    try:
        model = WhisperModel(
            str(folder),
            device=device,
            compute_type=compute_type,
            cpu_threads=options.threads,
            # Replicas share the weights. Threads of the command each transcribe a window.
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
    return WhisperDecoder(model, batch_size=options.batch_size, beam_size=options.beam_size)


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
            "The speech model failed on a part of the audio.",
            provider=NAME,
            code="engine_failed",
        ) from error
