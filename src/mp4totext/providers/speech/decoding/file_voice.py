"""Voice activity of a whole recording, for engines that do not return it."""

from collections.abc import Iterator

from mp4totext.providers.base import Report, Samples
from mp4totext.providers.speech.base import FileRequest
from mp4totext.providers.vad import Region, Vad, regions

_WINDOW_MS = 300_000  # read at once: 19 MB of samples


def voice_regions(request: FileRequest, vad: Vad, report: Report) -> tuple[Region, ...]:
    """Regions of voice, read window by window; ``report`` is called after each."""

    def windows() -> Iterator[Samples]:
        for start_ms in range(0, request.duration_ms, _WINDOW_MS):
            yield request.read(start_ms, min(start_ms + _WINDOW_MS, request.duration_ms))
            report(start_ms)

    return regions(vad.stream(windows()), length_ms=request.duration_ms)
