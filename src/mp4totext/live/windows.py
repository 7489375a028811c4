"""Transcribes a live session in windows, like any recording, while the session goes on.

The words that a client gets at once are decoded from short pieces without context, so they are less
accurate. Each window is therefore transcribed again as a whole once it is complete, and the end of
a session waits only for the last window.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Lock

import numpy as np

from mp4totext.jobs.context import Context
from mp4totext.providers.base import SAMPLE_RATE, Samples
from mp4totext.providers.speech.base import SpeechOptions, SpeechRequest, SpeechResult, SpeechToText
from mp4totext.providers.vad import Vad
from mp4totext.transcriptions.steps import prepare

_PER_MS = SAMPLE_RATE // 1000
_VAD = Vad()
# One window at a time in a process: windows can wait, partial words of other sessions cannot.
_WINDOW_LOCK = Lock()
_WAITING_MAX = 2  # windows in memory that are not transcribed yet: 8 MB each


class LiveWindows:
    """Cuts incoming samples into windows and transcribes them on ``pool``."""

    def __init__(
        self, engine: SpeechToText, ctx: Context, pool: ThreadPoolExecutor, language: str | None
    ) -> None:
        self._engine = engine
        self._ctx = ctx
        self._pool = pool
        self._language = language
        self._start_ms = 0  # of the samples in self._pieces
        self._pieces: list[Samples] = []
        self._samples = 0
        self._results: list[Future[SpeechResult]] = []

    def add(self, samples: Samples) -> None:
        """Append mono float32 samples at SAMPLE_RATE. Blocks while too many windows wait."""
        self._pieces.append(samples)
        self._samples += len(samples)
        while self._samples // _PER_MS > prepare.WINDOW_MS:
            audio = np.concatenate(self._pieces)
            low = (prepare.WINDOW_MS - prepare.SEARCH_MS) * _PER_MS
            searched = audio[low : prepare.WINDOW_MS * _PER_MS]
            cut_ms = prepare.cut_in(searched, self._start_ms + low // _PER_MS, vad=_VAD)
            self._submit(audio, cut_ms)

    def finish(self, duration_ms: int) -> list[SpeechResult]:
        """Transcribe the rest and return the results of all windows, in order."""
        self._submit(np.concatenate(self._pieces), duration_ms)
        return [result.result() for result in self._results]

    def _submit(self, audio: Samples, end_ms: int) -> None:
        """Submit the window that ends at ``end_ms``; keep the samples after it."""
        start_ms, length = self._start_ms, (end_ms - self._start_ms) * _PER_MS
        window, remaining = audio[:length], audio[length:]
        self._pieces, self._samples, self._start_ms = [remaining], len(remaining), end_ms
        if len(self._results) >= _WAITING_MAX:
            self._results[-_WAITING_MAX].result()
        name = f"window:{len(self._results)}"
        self._results.append(self._pool.submit(self._transcribe, name, window, start_ms))

    def _transcribe(self, name: str, window: Samples, start_ms: int) -> SpeechResult:
        request = SpeechRequest(
            samples=window, offset_ms=start_ms, options=SpeechOptions(language=self._language)
        )

        def transcribe() -> SpeechResult:
            with _WINDOW_LOCK:
                return self._engine.transcribe(request, lambda _ms: self._ctx.check())

        return self._ctx.step(name, transcribe, returns=SpeechResult)


@contextmanager
def live_windows(
    engine: SpeechToText, ctx: Context, *, language: str | None
) -> Iterator[LiveWindows]:
    pool = ThreadPoolExecutor(1, thread_name_prefix="live-window")
    try:
        yield LiveWindows(engine, ctx, pool, language)
    finally:
        pool.shutdown(cancel_futures=True)
