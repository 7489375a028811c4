"""Transcribes a file through the whole product: submission, job, windows, assembly."""

import atexit
import logging
from functools import cache
from pathlib import Path

from mp4totext.kit import log
from mp4totext.kit.errors import AppError
from mp4totext.local_run.recordings import transcribe_file
from mp4totext.local_run.service import LocalRuntime, local_service
from mp4totext.settings import Settings
from mp4totext.transcript import Transcript
from mp4totext.transcriptions.options import TranscriptionOptions


class Refused(Exception):
    """The product refused the recording."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@cache
def _runtime() -> LocalRuntime:
    """A service in a temporary folder, until this process ends."""
    log.configure(log_format="human", debug=False)
    logging.getLogger().setLevel(logging.WARNING)
    service = local_service(Settings())
    atexit.register(service.__exit__, None, None, None)
    return service.__enter__()


def transcribed(path: Path, **options: object) -> Transcript:
    """Raises Refused if the product does not accept the file."""
    wanted = TranscriptionOptions.model_validate(options)
    try:
        result = transcribe_file(
            _runtime(), path, wanted, name=path.name, on_progress=lambda _job: None
        )
    except AppError as error:
        raise Refused(error.code, error.message) from error
    if result.transcript is None:
        raise Refused(result.error_code or "failed", result.error_message or "")
    return result.transcript
