"""What can be wrong with a file. The doors turn the code into a status: 413, 415 or 422.

MediaError
├── EmptyFile        nothing in it
├── NotMedia         text, a picture, an archive, a playlist: nothing that plays
├── DamagedMedia     media once, but its index or its content cannot be read, or crashes the decoder
├── NoAudio          a picture track without sound
├── NoPictures       a video of what is not filmed
├── NotAPicture      a file that is to be one, and is not
├── NotAFont         a file that is to be one, and is not
├── NoSuchTrack      a track or a channel was asked for that is not in it
├── TooLong          longer than the limit
└── TooComplex       reading it takes more memory, time or tracks than any real recording
"""


class MediaError(Exception):
    """Base; ``message`` says what is wrong and what to do."""

    code = "media_unreadable"
    retry_after_s = None  # never: the file is the same the next time

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


class NoPictures(MediaError):
    code = "media_without_pictures"


class NotAPicture(MediaError):
    code = "not_a_picture"


class NotAFont(MediaError):
    code = "not_a_font"


class NoSuchTrack(MediaError):
    code = "media_no_such_track"


class TooLong(MediaError):
    code = "media_too_long"


class TooComplex(MediaError):
    code = "media_too_complex"


BY_CODE: dict[str, type[MediaError]] = {
    error.code: error
    for error in (
        EmptyFile,
        NotMedia,
        DamagedMedia,
        NoAudio,
        NotAFont,
        NoPictures,
        NotAPicture,
        NoSuchTrack,
        TooLong,
        TooComplex,
    )
}
