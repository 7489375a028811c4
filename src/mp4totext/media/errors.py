"""What can be wrong with a file. The doors turn the code into a status: 413, 415 or 422.

MediaError
├── EmptyFile        nothing in it
├── NotMedia         text, a picture, an archive, a playlist: nothing that plays
├── DamagedMedia     media once, but its index or its content cannot be read
├── NoAudio          a picture track without sound
├── TooLong          longer than the limit
└── ProbeFailed      reading it crashed, or took too much time or memory
"""


class MediaError(Exception):
    """Base; ``message`` says what is wrong and what to do."""

    code = "media_unreadable"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class EmptyFile(MediaError):
    code = "media_empty"


class NotMedia(MediaError):
    code = "not_media"


class DamagedMedia(MediaError):
    code = "media_damaged"


class NoAudio(MediaError):
    code = "media_without_sound"


class TooLong(MediaError):
    code = "media_too_long"


class ProbeFailed(MediaError):
    code = "media_probe_failed"


BY_CODE: dict[str, type[MediaError]] = {
    error.code: error
    for error in (EmptyFile, NotMedia, DamagedMedia, NoAudio, TooLong, ProbeFailed)
}
