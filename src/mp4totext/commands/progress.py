"""A progress bar on stderr, with the position in the recording and the time left."""

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

from mp4totext.jobs.models import Job

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
    """Draws the progress of a job, unless ``shown`` is False or stderr is not a terminal."""

    def __init__(self, name: str, *, shown: bool) -> None:
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

    def show(self, job: Job) -> None:
        if job.stage is None or not job.total:
            return
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
