"""What can be wrong with a file. The doors turn the code into a status: 413, 415 or 422.

MediaError
├── EmptyFile        nothing in it
├── NotMedia         text, a picture, an archive, a playlist: nothing that plays
├── DamagedMedia     media once, but its index or its content cannot be read, or crashes the decoder
├── NoAudio          a picture track without sound
├── NoPictures       a video of what is not filmed
├── NotAPicture      a file that is to be one, and is not
├── NoSuchTrack      a track or a channel was asked for that is not in it
├── TooLong          longer than the limit
└── TooComplex       reading it takes more memory, time or tracks than any real recording
"""


class MediaError(Exception):
    """Base; ``message`` says what is wrong and what to do."""

    code = "media_unreadable"
    sentence = "The recording cannot be read."
    retry_after_s = None  # never: the file is the same the next time

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class EmptyFile(MediaError):
    code = "media_empty"
    sentence = "The file is empty."


class NotMedia(MediaError):
    code = "not_media"
    sentence = "The file is not a recording."


class DamagedMedia(MediaError):
    code = "media_damaged"
    sentence = "The recording is damaged."


class NoAudio(MediaError):
    code = "media_without_sound"
    sentence = "The recording has no sound."


class NoPictures(MediaError):
    code = "media_without_pictures"
    sentence = "The recording has no picture."


class NotAPicture(MediaError):
    code = "not_a_picture"
    sentence = "The file is not a picture that can be used."


class NoSuchTrack(MediaError):
    code = "media_no_such_track"
    sentence = "The recording has no such track."


class TooLong(MediaError):
    code = "media_too_long"
    sentence = "The recording is too long."


class TooComplex(MediaError):
    code = "media_too_complex"
    sentence = "The recording takes too much work to read."


BY_CODE: dict[str, type[MediaError]] = {
    error.code: error
    for error in (
        EmptyFile,
        NotMedia,
        DamagedMedia,
        NoAudio,
        NoPictures,
        NotAPicture,
        NoSuchTrack,
        TooLong,
        TooComplex,
    )
}
