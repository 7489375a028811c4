"""A progress bar on stderr, with the position in the recording and the time left."""

from collections.abc import Callable
from types import TracebackType
from typing import ParamSpec

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

from mp4totext.commands import messages
from mp4totext.jobs.models import Job, JobState
from mp4totext.kit.clock import now

P = ParamSpec("P")

LONG_MS = 60_000  # of sound: about ten seconds pass until its text

_WORDS = {
    "prepare": "Looking for pauses",
    "transcribe": "Transcribing",
    "transcribe again": "Transcribing with another engine",
    "diarize": "Finding speakers",
    "wave": "Drawing the sound",
    "sound": "Setting the loudness",
    "render": "Rendering",
    "understand": "Finding sentiment, chapters, highlights and entities",
}


def clock(ms: int) -> str:
    minutes, seconds = divmod(ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


class JobProgress:
    """Draws the progress of jobs, unless ``shown`` is False or stderr is not a terminal.

    Why a job is tried again is written to files, too, and once that a recording is downloaded or a
    long one is transcribed.
    """

    def __init__(self, name: str, *, shown: bool) -> None:
        name = messages.shown(name)
        console = Console(stderr=True)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[at]}"),
            console=console,
            transient=True,
            disable=not shown or not console.is_terminal,
        )
        self._task = self._progress.add_task(f"{name}: reading", total=None, at="")
        self._name = name
        self._shown = shown
        self._tried: set[tuple[str, int]] = set()
        self._said = False

    def __enter__(self) -> "JobProgress":
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def paused(self, show: Callable[P, None]) -> Callable[P, None]:
        """``show`` without the bar, which would mix with what it prints."""

        def without_bar(*given: P.args, **more: P.kwargs) -> None:
            self._progress.stop()
            show(*given, **more)
            self._progress.start()

        return without_bar

    def say(self, text: str) -> None:
        """Print the first of such lines where no bar is drawn: minutes of work are not silent."""
        if self._shown and self._progress.disable and not self._said:
            self._said = True
            messages.note(f"{self._name}: {text} ...")

    def _say_why_it_waits(self, job: Job) -> None:
        attempt = (job.id, job.retries)
        if not self._shown or not job.not_before or attempt in self._tried:
            return
        self._tried.add(attempt)
        pause_s = max(0, round((job.not_before - now()).total_seconds()))
        self._progress.stop()
        messages.note(
            f"{self._name}: {job.error_message} Attempt {job.retries + 1} in {pause_s} s."
        )
        self._progress.start()

    def show(self, job: Job) -> None:
        if job.state == JobState.QUEUED and job.error_message:
            self._say_why_it_waits(job)
        if job.stage is None or not job.total:
            return
        if job.unit == "ms" and job.total >= LONG_MS:
            self.say(f"transcribing {clock(job.total)}")
        at = (
            f"{clock(job.done or 0)} of {clock(job.total)}"
            if job.unit == "ms"
            else f"{job.done or 0} of {job.total} {job.unit}"
        )
        if job.eta_ms is not None:
            at += f", {clock(job.eta_ms + 999)} left"
        what = _WORDS.get(job.stage, job.stage)
        self._progress.update(
            self._task,
            description=f"{self._name}: {what}",
            total=job.total,
            completed=job.done or 0,
            at=at,
        )
