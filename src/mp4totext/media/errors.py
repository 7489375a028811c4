"""Errors of media files. API and commands turn the code into a status: 413, 415 or 422.

MediaError
├── EmptyFile        an empty file
├── NotMedia         text, a picture, an archive or a playlist
├── DamagedMedia     a recording whose index or content cannot be read, or crashes the decoder
├── EncryptedMedia   encrypted or copy-protected sound
├── NoAudio          a file without a sound track
├── NoPictures       a file without a video track
├── NotAPicture      an upload that should be a picture and is not
├── NotAFont         an upload that should be a font and is not
├── NoSuchTrack      a requested track or channel that does not exist
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


class EncryptedMedia(MediaError):
    code = "media_encrypted"


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
        EncryptedMedia,
        NoAudio,
        NotAFont,
        NoPictures,
        NotAPicture,
        NoSuchTrack,
        TooLong,
        TooComplex,
    )
}
