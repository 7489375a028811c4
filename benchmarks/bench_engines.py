"""Measures each local engine, run window by window, against its library on the same file.

The Whisper models are generated and their words meaningless, so only the work around them is
compared. The model of faster-whisper is smaller than any real one, which exaggerates the overhead.
``python -m benchmarks.bench --only engines``.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from benchmarks.measure import Figure, middle, timed
from mp4totext.media.choice import ANYTHING
from mp4totext.media.decode import AudioReader
from mp4totext.providers.base import SAMPLE_RATE, Samples, no_report
from mp4totext.providers.speech.base import SpeechOptions, SpeechRequest, SpeechToText
from mp4totext.providers.speech.table import speech_engine
from mp4totext.settings import AppSettings, EngineSettings, JobSettings, Settings
from mp4totext.transcriptions.steps import prepare, transcribe_windows
from tests.support.recordings import record
from tests.support.tiny_whisper import make_whisper

WORKERS = 2
# Enough words for a chunk: speech without words is recognised a second time, by design.
SAYS = (
    " An old man sat by the sea, and saw how one red boat came in from far off. Its crew had no "
    "fish on deck, but a box of tea, six fat hens, two goats, and a boy who sang all day."
)

Bare = Callable[[], object]


def against_libraries(folder: Path, *, minutes: float, rounds: int) -> Iterator[Figure]:
    """One worker must not be slower than the library, two processes clearly faster."""
    recording = record(folder / "engines.wav", seconds=60 * minutes)
    for name, bare in _libraries(folder, recording).items():
        bare()  # the model is loaded, as it is in a worker
        library, ours = [], {1: list[float](), WORKERS: list[float]()}
        with (
            _workers(folder, name, recording, 1) as one,
            _workers(folder, name, recording, 2) as two,
        ):
            for _ in range(rounds):
                library.append(timed(bare))
                ours[1].append(timed(one))
                ours[WORKERS].append(timed(two))
        seconds: dict[str, object] = {"library_s": round(middle(library), 2)}
        for workers, target in ((1, ">= 1.0"), (WORKERS, ">= 1.6")):
            yield Figure(
                name=f"{name}: speed to the bare library's, {workers} at work",
                value=middle(library) / middle(ours[workers]),
                target=target,
                facts=seconds | {"ours_s": round(middle(ours[workers]), 2)},
            )


def _settings(folder: Path) -> Settings:
    return Settings(
        app=AppSettings(app_env="test", data_dir=folder),
        engines=EngineSettings(
            models_dir=folder / "models", faster_whisper_model="tiny", whisper_model="tiny"
        ),
        jobs=JobSettings(worker_threads=1),
    )


@contextmanager
def _workers(folder: Path, name: str, recording: Path, workers: int) -> Iterator[Bare]:
    """A function that transcribes the recording with processes whose models are loaded."""
    given = (folder, name, recording)
    with ProcessPoolExecutor(workers, get_context("spawn"), _load, given) as pool:
        warm = prepare.prepare(recording, ANYTHING, no_report)
        starting = [(recording, warm, 0, 20_000)] * 4 * workers
        list(pool.map(_transcribe, starting))  # all processes have started

        def hear() -> None:
            prepared = prepare.prepare(recording, ANYTHING, no_report)
            with prepared.open(recording) as reader:
                windows = list(prepare.windows(reader, prepared.structure.length_ms))
            orders = [(recording, prepared, w.start_ms, w.end_ms) for w in windows]
            list(pool.map(_transcribe, orders))

        yield hear


_engine: list[SpeechToText] = []


def _load(folder: Path, name: str, recording: Path) -> None:
    """Load the engine and transcribe a little, as libraries compile parts at their first use."""
    _engine.append(speech_engine(name, _settings(folder)))
    _transcribe((recording, prepare.prepare(recording, ANYTHING, no_report), 0, 20_000))


def _transcribe(window: tuple[Path, prepare.Prepared, int, int]) -> None:
    """Transcribe one window, which the process reads from the recording itself."""
    path, prepared, start_ms, end_ms = window
    transcribe_windows.transcribe_window(
        _engine[0],
        path,
        prepared=prepared,
        request=SpeechRequest(
            samples=transcribe_windows.NO_SAMPLES,
            offset_ms=start_ms,
            options=SpeechOptions(language="en"),
        ),
        end_ms=end_ms,
        report=no_report,
    )


def _libraries(folder: Path, recording: Path) -> dict[str, Bare]:
    found = {
        "moonshine": _moonshine(recording),
        "faster-whisper": _faster_whisper(folder, recording),
    }
    if find_spec("whisper") is not None:  # an extra that needs PyTorch
        found["whisper"] = _whisper(folder, recording)
    return found


def _samples(recording: Path) -> Samples:
    with AudioReader(recording) as reader:
        return np.asarray(reader.read(0, 24 * 3_600_000))


def _moonshine(recording: Path) -> Bare:
    """The library's own runtime, with its own voice activity detection."""
    from moonshine_voice import ModelArch, Transcriber  # noqa: PLC0415  measured here only
    from moonshine_voice.utils import get_model_path  # noqa: PLC0415

    library = Transcriber(str(get_model_path("tiny-en")), ModelArch.TINY)
    return lambda: library.transcribe_without_streaming(
        _samples(recording).tolist(), sample_rate=SAMPLE_RATE
    )


def _faster_whisper(folder: Path, recording: Path) -> Bare:
    from faster_whisper import WhisperModel  # noqa: PLC0415

    path = make_whisper(folder / "models" / "faster-whisper" / "tiny", says=SAYS)
    model = WhisperModel(str(path), device="cpu", compute_type="int8", cpu_threads=1)

    def bare() -> int:
        segments, _ = model.transcribe(
            str(recording), language="en", word_timestamps=True, vad_filter=True
        )
        return len(list(segments))

    return bare


def _whisper(folder: Path, recording: Path) -> Bare:
    import numba  # noqa: PLC0415
    import torch  # noqa: PLC0415
    import whisper  # noqa: PLC0415

    from tests.extras.checkpoints import make_checkpoint  # noqa: PLC0415

    numba.get_num_threads()  # starts its threads, which sets PyTorch's number to all cores
    torch.set_num_threads(1)
    file = folder / "models" / "whisper" / "tiny.pt"
    file.parent.mkdir(parents=True)
    make_checkpoint(file, says=SAYS, width=384, layers=4)  # as large as "tiny"
    model = whisper.load_model(str(file), device="cpu")
    return lambda: model.transcribe(
        _samples(recording),
        language="en",
        word_timestamps=True,
        fp16=False,
        condition_on_previous_text=False,  # the tiny model says its words by their place
    )
