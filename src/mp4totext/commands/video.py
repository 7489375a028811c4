"""``mp4totext video``: makes a video of a recording, with captions, on this machine."""

import shutil
from pathlib import Path
from typing import Any

import click

from mp4totext.commands.failures import end_with_job
from mp4totext.commands.inputs import opened
from mp4totext.commands.messages import note, print_json, printable
from mp4totext.commands.output import quiet_logs
from mp4totext.commands.progress import JobProgress
from mp4totext.commands.recordings import exit_when_terminated, refuse_impossible
from mp4totext.commands.replacing import replacing
from mp4totext.kit.errors import AppError, Invalid
from mp4totext.local_run.recordings import Result, transcribe_file
from mp4totext.local_run.service import LocalRuntime, local_service
from mp4totext.local_run.videos import refuse_unready, render_video, with_music
from mp4totext.settings import Settings
from mp4totext.transcriptions.options import TextOrder, TranscriptionOptions
from mp4totext.videos.schemas import PictureChoice, VideoRequest, VoiceChoice
from mp4totext.voices.planning import AUTO


def video(
    file: str,
    output: Path | None,
    language: str,
    engine: str,
    music: Path | None,
    diarize: bool,  # noqa: FBT001  click passes names
    quiet: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
    **options: Any,  # the fields of VideoRequest, and those of a translation
) -> None:
    quiet_logs()
    exit_when_terminated()
    texts = _texts(options)
    request = _request(options)
    name = printable(Path(file).name)
    target = output or Path(f"{Path(file).stem}-{request.preset}.mp4")
    ordered = TranscriptionOptions(language=language, engine=engine, diarize=diarize, texts=texts)
    with local_service(Settings()) as runtime:
        _refuse_impossible(runtime, request, ordered)
        if music is not None:
            request = with_music(runtime, request, music)
        path, source = opened(runtime, file)
        if source is not None and target.exists() and target.samefile(source):
            raise Invalid("The video would replace its recording: name another with -o.")
        with JobProgress(name, shown=not quiet) as progress:
            transcribed = transcribe_file(
                runtime,
                path,
                ordered,
                name=name,
                on_progress=progress.show,
            )
            end_without_words(transcribed)
            made = render_video(
                runtime, transcribed.transcription_id, request, on_progress=progress.show
            )
        if made.path is None:
            end_with_job(made.error_code, made.error_message)
        with replacing(target) as new:
            shutil.move(made.path, new)
    warnings = list(dict.fromkeys((*transcribed.warnings, *made.warnings)))
    if as_json:
        print_json({"ok": True, "written": printable(str(target)), "warnings": warnings})
        return
    for warning in warnings if not quiet else ():
        note(f"note: {warning}", warning=True)
    click.echo(printable(str(target)))


def _texts(options: dict[str, Any]) -> tuple[TextOrder, ...]:
    """The request for the translation that the video speaks or shows, if any."""
    provider, model = options.pop("text_provider"), options.pop("text_model")
    language = options["translation"] = options.pop("text_language")
    if language is None:
        return ()
    return (
        TextOrder(kind="translate", provider=provider, model=model, options={"target": language}),
    )


def _refuse_impossible(
    runtime: LocalRuntime, request: VideoRequest, ordered: TranscriptionOptions
) -> None:
    """Raises AppError before any work; it names both if the translation and the voice are missing.

    A model for the translation is of no use if no voice speaks its language.
    """
    language = None if ordered.language == "auto" else ordered.language
    try:
        refuse_impossible(ordered, runtime.settings)
    except AppError as error:
        try:
            refuse_unready(runtime, request, language=language)
        except AppError as other:
            raise Invalid(f"{error.message} {other.message}", code=error.code) from other
        raise
    refuse_unready(runtime, request, language=language)


def _request(options: dict[str, Any]) -> VideoRequest:
    provider = options.pop("voice_provider") or AUTO
    model = options.pop("voice_model")
    for given in options.pop("voices"):
        speaker, _, voice = given.rpartition("=")
        choice = VoiceChoice(provider=provider, model=model, voice=voice)
        if speaker:
            options.setdefault("voices", {})[speaker] = choice
        else:
            options["voice"] = choice
    if provider != AUTO:
        options.setdefault("voice", VoiceChoice(provider=provider, model=model))
    drawn_by, style = options.pop("pictures"), options.pop("picture_style")
    if drawn_by is not None:
        name, _, model = drawn_by.partition(":")
        options["pictures"] = PictureChoice(provider=name, model=model or None, style=style)
    return VideoRequest(**options)


def end_without_words(transcribed: Result) -> None:
    if transcribed.transcript is None:
        end_with_job(transcribed.error_code, transcribed.error_message)
    for text in transcribed.texts:
        if text.body is None:
            end_with_job(None, f"The recording was not translated: {text.error}")
