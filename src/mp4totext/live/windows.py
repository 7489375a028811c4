"""The transcript of a live session: heard in windows like any recording, while it goes on.

The words a listener is told at once were cut out of what surrounds them. So each window, once it
is complete, is heard again as a whole, and the end of a session waits for the last one only.
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
_ONE_AT_A_TIME = Lock()  # in a process: windows can wait, who speaks in other sessions cannot
_WAITING_MAX = 2  # windows in memory that nobody has heard


class LiveWindows:
    def __init__(
        self, engine: SpeechToText, ctx: Context, pool: ThreadPoolExecutor, language: str | None
    ) -> None:
        self._engine = engine
        self._ctx = ctx
        self._pool = pool
        self._language = language
        self._start_ms = 0  # of what is kept
        self._pieces: list[Samples] = []
        self._samples = 0
        self._results: list[Future[SpeechResult]] = []

    def add(self, samples: Samples) -> None:
        self._pieces.append(samples)
        self._samples += len(samples)
        while self._samples // _PER_MS > prepare.WINDOW_MS:
            sound = np.concatenate(self._pieces)
            low = (prepare.WINDOW_MS - prepare.SEARCH_MS) * _PER_MS
            searched = sound[low : prepare.WINDOW_MS * _PER_MS]
            cut_ms = prepare.cut_in(searched, self._start_ms + low // _PER_MS, vad=_VAD)
            self._hear(sound, cut_ms)

    def finish(self, duration_ms: int) -> list[SpeechResult]:
        """Of all windows, in order."""
        self._hear(np.concatenate(self._pieces), duration_ms)
        return [result.result() for result in self._results]

    def _hear(self, sound: Samples, end_ms: int) -> None:
        start_ms, length = self._start_ms, (end_ms - self._start_ms) * _PER_MS
        window, rest = sound[:length], sound[length:]
        self._pieces, self._samples, self._start_ms = [rest], len(rest), end_ms
        if len(self._results) >= _WAITING_MAX:
            self._results[-_WAITING_MAX].result()
        name = f"window:{len(self._results)}"
        self._results.append(self._pool.submit(self._kept, name, window, start_ms))

    def _kept(self, name: str, window: Samples, start_ms: int) -> SpeechResult:
        request = SpeechRequest(
            samples=window, offset_ms=start_ms, options=SpeechOptions(language=self._language)
        )

        def transcribe() -> SpeechResult:
            with _ONE_AT_A_TIME:
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
