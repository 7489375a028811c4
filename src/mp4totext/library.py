"""The Python library: ``from mp4totext import transcribe``. It works like the command.

No data leaves this machine unless an engine or a text provider of a vendor is chosen. The settings
are those of the service: environment variables such as MODELS_DIR and OPENAI_API_KEY.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, fields, replace
from os import PathLike
from pathlib import Path
from typing import Any, Literal, Self, TypedDict, TypeVar, Unpack

from pydantic import ValidationError

from mp4totext.credits.prices import defaults
from mp4totext.exports.documents import Document, document
from mp4totext.exports.findings import NOTHING_FOUND, Findings
from mp4totext.exports.options import parse_options
from mp4totext.exports.registry import export_named
from mp4totext.jobs.models import Job
from mp4totext.kit import log
from mp4totext.kit.errors import AppError, Invalid
from mp4totext.kit.validation import sentence_of
from mp4totext.local_run.recordings import OnTranscript as OnResult
from mp4totext.local_run.recordings import Result, transcribe_file, transcribe_url
from mp4totext.local_run.service import LocalRuntime, local_service
from mp4totext.operations import TRANSCRIBE
from mp4totext.providers.denoise.base import Denoise
from mp4totext.providers.speech.base import Quality
from mp4totext.settings import Settings
from mp4totext.transcript import Transcript
from mp4totext.transcriptions.errors import NotARecording
from mp4totext.transcriptions.options import (
    Features,
    SpeechUnderstanding,
    TextOrder,
    TranscriptionOptions,
)

T = TypeVar("T")

Source = str | PathLike[str]
"""The path of a recording, or its address with https://."""

TextOptions = Mapping[str, Any]  # JSON values: each kind of text has its own


class TranscriptionFailed(AppError):
    """The recording was read, but could not be transcribed. ``code`` and ``message`` say why."""

    status, code = 422, "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """``done`` of ``total`` ``unit``s ("ms", "bytes", "items") of a stage, such as "transcribe"."""

    stage: str
    done: int
    total: int
    unit: str

    @property
    def percent(self) -> float:
        return min(100.0, 100.0 * self.done / self.total) if self.total else 0.0


OnProgress = Callable[[Progress], None]
OnTranscript = Callable[["Recording"], None]


class Options(TypedDict, total=False):
    """Options of a transcription, with the names and defaults of the API; all may be left out."""

    language: str  # "auto", "en", "pt-BR", "German"
    engine: str  # "auto", or one of `mp4totext providers list`
    model: str | None
    quality: Quality | None
    diarize: bool  # label speakers
    diarizer: str
    min_speakers: int | None
    max_speakers: int | None
    tracks: Literal["auto", "all"] | Sequence[int]
    channels: Literal["auto", "all"] | Sequence[int]
    denoise: Denoise
    vocabulary: Sequence[str]
    translate_to_english: bool
    allow_fallback: bool
    features: Sequence[str]  # "sentiment_analysis", "auto_chapters", ...
    texts: Sequence[str] | Mapping[str, TextOptions]  # kinds to write, or kinds with options
    text_provider: str | None  # "local", or a vendor
    text_model: str | None
    on_progress: OnProgress | None  # called in this thread, a few times a second
    on_transcript: OnTranscript | None  # called once; ``texts`` may not be written yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording(Transcript):
    """A transcript with its findings and texts. Times are integer milliseconds."""

    title: str = ""
    understanding: Mapping[str, Any] | None = None  # what ``features`` found, as in the API
    texts: Mapping[str, str] = field(default_factory=dict)  # kind -> Markdown
    findings: Findings = field(default=NOTHING_FOUND, repr=False)  # what exports show of both

    def to(self, format: str, **options: str | int | bool) -> bytes:  # noqa: A002  as elsewhere
        """The file that ``mp4totext transcribe -f FORMAT`` writes, with options of docs/exports.md.

        Raises Invalid, an AppError, for an unknown format or option.
        """
        raw = {name: str(value).lower() for name, value in options.items() if name != "title"}
        raw["title"] = str(options.get("title", self.title))
        export = export_named(format)
        parsed = replace(parse_options(raw), findings=self.findings)
        whole = Document(transcript=self, options=parsed)
        return document(whole, export, translation=raw.get("translation")).rendered(export)

    def to_txt(self, **options: str | int | bool) -> str:
        return self.to("txt", **options).decode()

    def to_markdown(self, **options: str | int | bool) -> str:
        return self.to("md", **options).decode()

    def to_srt(self, **options: str | int | bool) -> str:
        return self.to("srt", **options).decode()

    def to_vtt(self, **options: str | int | bool) -> str:
        return self.to("vtt", **options).decode()

    def to_json(self, **options: str | int | bool) -> str:
        return self.to("json", **options).decode()

    def to_docx(self, **options: str | int | bool) -> bytes:
        return self.to("docx", **options)

    def to_pdf(self, **options: str | int | bool) -> bytes:
        return self.to("pdf", **options)

    def save(self, path: Source, **options: str | int | bool) -> Path:
        """Writes a file whose format follows from its extension. Replaces an existing one."""
        target = Path(path)
        target.write_bytes(self.to(target.suffix.lower().lstrip("."), **options))
        return target


class Transcriber:
    """Transcribes recordings and keeps models loaded in between. Close it, or use ``with``."""

    def __init__(self, settings: Settings | None = None) -> None:
        log.leave_to_the_host()
        self._settings = settings or Settings()
        self._opened = ExitStack()
        self._runtime: LocalRuntime | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._opened.close()
        self._runtime = None

    def transcribe(self, source: Source, **options: Unpack[Options]) -> Recording:
        """The transcript of a recording. Blocks.

        Raises AppError (NotARecording, TranscriptionFailed, Invalid for an invalid value, and
        others), with a ``message`` for people and a stable ``code``. Raises ProviderError, which
        has both too, for an engine whose package cannot be loaded, and TypeError for an unknown
        option.
        """
        on_progress = options.pop("on_progress", None)
        on_transcript = options.pop("on_transcript", None)
        order = _order(options)
        TRANSCRIBE.checked_texts(order.texts, prices=defaults(), settings=self._settings)

        def show(result: Result, _: Transcript) -> None:
            if on_transcript is not None:
                on_transcript(_recording(result))

        return _recording(self._run(source, order, _reporter(on_progress), show))

    def _run(
        self,
        source: Source,
        options: TranscriptionOptions,
        report: Callable[[Job], None],
        show: OnResult,
    ) -> Result:
        if self._runtime is None:
            self._runtime = self._opened.enter_context(local_service(self._settings))
        runtime, text = self._runtime, str(source)
        if text.lower().startswith(("http://", "https://")):
            return transcribe_url(runtime, text, options, on_progress=report, on_transcript=show)
        path = Path(source).resolve()
        if not path.is_file():
            raise NotARecording(f"There is no file {text!r}.", code="no_file")
        return transcribe_file(
            runtime, path, options, name=path.name, on_progress=report, on_transcript=show
        )


def transcribe(source: Source, **options: Unpack[Options]) -> Recording:
    """The transcript of one recording: see ``Transcriber.transcribe``."""
    with Transcriber() as transcriber:
        return transcriber.transcribe(source, **options)


def _order(options: Options) -> TranscriptionOptions:
    given: dict[str, Any] = {**options}
    for name in given.keys() - Options.__annotations__.keys():
        raise TypeError(f"transcribe() got an unexpected keyword argument {name!r}")
    texts = _as_sequence(given.pop("texts", ()))
    provider, model = given.pop("text_provider", None), given.pop("text_model", None)
    named: Mapping[str, TextOptions] = (
        texts if isinstance(texts, Mapping) else {kind: {} for kind in texts}
    )
    features = dict.fromkeys(_as_sequence(given.pop("features", ())), True)
    for name in ("tracks", "channels", "vocabulary"):
        if not isinstance(given.get(name, ""), str):
            given[name] = tuple(given[name])
    try:
        return TranscriptionOptions(
            **given,
            features=Features(speech_understanding=SpeechUnderstanding(**features)),
            texts=tuple(
                TextOrder(kind=kind, provider=provider, model=model, options=dict(of_kind))
                for kind, of_kind in named.items()
            ),
        )
    except ValidationError as error:
        raise Invalid(sentence_of(error.errors(include_url=False))) from error


def _as_sequence(names: T) -> T | tuple[str]:
    """A single name would otherwise be taken for a sequence of characters."""
    return (names,) if isinstance(names, str) else names


def _reporter(on_progress: OnProgress | None) -> Callable[[Job], None]:
    last: list[Progress] = []

    def report(job: Job) -> None:
        if on_progress is None or job.stage is None:
            return
        progress = Progress(stage=job.stage, done=job.done, total=job.total, unit=job.unit)
        if [progress] != last:
            last[:] = [progress]
            on_progress(progress)

    return report


def _recording(result: Result) -> Recording:
    if result.transcript is None:
        raise TranscriptionFailed(
            result.error_message or "The job failed without a reason.",
            code=result.error_code or "failed",
        )
    values = {each.name: getattr(result.transcript, each.name) for each in fields(Transcript)}
    failed = tuple(f"No {text.kind}: {text.error}" for text in result.texts if text.error)
    return Recording(
        **{**values, "warnings": tuple(dict.fromkeys((*result.warnings, *failed)))},
        title=result.title,
        understanding=result.understanding,
        texts={text.kind: text.body for text in result.texts if text.body is not None},
        findings=result.findings,
    )
