"""``mp4totext image``: makes typeset cards, frames of a recording, and generated pictures."""

from pathlib import Path
from typing import Any

from mp4totext.commands.failures import end_with_job
from mp4totext.commands.messages import note, print_json
from mp4totext.commands.output import print_table, quiet_logs
from mp4totext.commands.progress import JobProgress
from mp4totext.commands.replacing import replacing
from mp4totext.images import service
from mp4totext.images.planning import LOCAL
from mp4totext.images.schemas import AUTO, ImageModelOut, ImageRequestBody
from mp4totext.local_run.pictures import generate_images
from mp4totext.local_run.recordings import transcribe_file
from mp4totext.local_run.service import local_service
from mp4totext.local_run.videos import refuse_unready_models
from mp4totext.media.decode import AudioReader
from mp4totext.media.frames import best_frames, stretches_of
from mp4totext.media.pictures import PictureReader
from mp4totext.media.stills import MEDIA_TYPES, Encoding, Still, encoded
from mp4totext.settings import Settings
from mp4totext.transcriptions.options import TranscriptionOptions
from mp4totext.videos.schemas import PictureChoice

_ENCODINGS: dict[str, Encoding] = {
    ".jpg": "jpeg",
    **{f".{encoding}": encoding for encoding in MEDIA_TYPES},
}
_PIXELS_MAX = 1920 * 1080
_AROUND_MS = 1_500


def image(
    text: str | None,  # where neither a recording nor the list is asked for
    output: Path,
    count: int,
    recording: Path | None,
    at_ms: int | None,
    list_models: bool,  # noqa: FBT001  click passes names
    quiet: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
    **options: Any,  # the fields of a request, and how the recording is transcribed
) -> None:
    quiet_logs()
    settings = Settings()
    if list_models:
        _print_models(settings, as_json=as_json)
        return
    is_here = options["provider"] in (AUTO, LOCAL) and options["describer"] == LOCAL
    if recording is not None and is_here:
        facts = _written_frames(recording, output, count, at_ms)
    else:
        spoken = TranscriptionOptions(
            language=options.pop("language"), engine=options.pop("engine")
        )
        request = ImageRequestBody(prompt=text or "", n=count, at_ms=at_ms, **options)
        facts = _written_pictures(settings, request, output, recording, spoken, quiet=quiet)
    if as_json:
        print_json(facts)
    elif not quiet:
        for fact in facts:
            note(f"{fact['file']}: {fact['width']} x {fact['height']}")


def _written_pictures(
    settings: Settings,
    request: ImageRequestBody,
    output: Path,
    recording: Path | None,
    spoken: TranscriptionOptions,
    *,
    quiet: bool,
) -> list[dict[str, Any]]:
    """Make the pictures and return their paths.

    ``recording`` is transcribed first, as the pictures show what is said in it.
    """
    with local_service(settings) as runtime, JobProgress("picture", shown=not quiet) as progress:
        if recording is not None:
            pictures = PictureChoice(
                provider=request.provider, model=request.model, style=request.style
            )
            refuse_unready_models(runtime, request.describer, pictures)
            transcribed = transcribe_file(
                runtime, recording, spoken, name=recording.name, on_progress=progress.show
            )
            if transcribed.transcript is None:
                end_with_job(transcribed.error_code, transcribed.error_message)
            ids = {"transcription_id": transcribed.transcription_id}
            request = request.model_copy(update=ids)
        result = generate_images(runtime, request, on_progress=progress.show)
    if not result.pictures:
        end_with_job(result.error_code, result.error_message)
    for warning in result.warnings if not quiet else ():
        note(f"note: {warning}", warning=True)
    names = _names(output, len(result.pictures))
    return [
        _written(name, still, facts)
        for name, (still, facts) in zip(names, result.pictures, strict=True)
    ]


def _written_frames(
    recording: Path, output: Path, count: int, at_ms: int | None
) -> list[dict[str, Any]]:
    with AudioReader(recording) as sound:
        structure = sound.structure
    stretches = stretches_of(structure.length_ms, count)
    if at_ms is not None:
        start_ms = max(0, at_ms - _AROUND_MS)
        stretches = [(start_ms, at_ms + _AROUND_MS)]
    with PictureReader(recording, structure, pixels_max=_PIXELS_MAX) as reader:
        frames = best_frames(reader, stretches)
    return [
        _written(name, frame.still, {"source_ms": frame.at_ms})
        for name, frame in zip(_names(output, len(frames)), frames, strict=True)
    ]


def _written(path: Path, still: Still, facts: dict[str, Any]) -> dict[str, Any]:
    with replacing(path) as new:
        new.write_bytes(encoded(still, _ENCODINGS[path.suffix.lower()]))
    return {"file": str(path), "width": still.width, "height": still.height, **facts}


def _names(output: Path, count: int) -> list[Path]:
    if count == 1:
        return [output]
    return [output.with_stem(f"{output.stem}-{number}") for number in range(1, count + 1)]


def _print_models(settings: Settings, *, as_json: bool) -> None:
    with local_service(settings) as runtime, runtime.database.read() as session:
        models: list[ImageModelOut] = service.models(session, runtime)
    if as_json:
        print_json([model.model_dump() for model in models])
        return
    print_table(
        ("provider", "model", "credits", "seed", ""),
        [(m.provider, m.model, f"{m.credits:g}", m.seeds, m.missing or "ready") for m in models],
    )
