"""A file to a transcript through the whole product: submission, job, windows, assembly."""

from pathlib import Path

from mp4totext.kit.errors import AppError
from mp4totext.local_run import transcribe_file
from mp4totext.runtime import Runtime
from mp4totext.transcript import Transcript
from mp4totext.transcriptions.schemas import TranscriptionOptions


class Refused(Exception):
    """The product said no, with a reason."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def transcribed(runtime: Runtime, path: Path, **options: object) -> Transcript:
    """Raises Refused for what the product does not take."""
    wanted = TranscriptionOptions.model_validate(options)
    try:
        result = transcribe_file(
            runtime, path, wanted, name=path.name, on_progress=lambda _job: None
        )
    except AppError as error:
        raise Refused(error.code, error.message) from error
    if result.transcript is None:
        raise Refused(result.error_code or "failed", result.error_message or "")
    return result.transcript
