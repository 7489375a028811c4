"""Errors of downloads. API and jobs turn the code into a status (413, 422) or a retry.

DownloadError
├── AddressRefused       not http(s), or in a private network
├── NoMedia              the page has no recording
├── PlaylistRefused      several recordings, or one that never ends
├── DownloadTooLarge     more bytes than the limit
├── DownloadTooSlow      more time than the limit, or less speed
├── SourceRefused        the site refuses it: deleted, private or blocked
└── SourceUnreachable    the site did not answer; a retry may succeed
"""


class DownloadError(Exception):
    """Base; ``message`` says what is wrong and what to do."""

    code = "download_failed"
    retryable = False

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class AddressRefused(DownloadError):
    code = "address_refused"


class NoMedia(DownloadError):
    code = "no_media_at_address"


class PlaylistRefused(DownloadError):
    code = "not_one_recording"


class DownloadTooLarge(DownloadError):
    code = "download_too_large"


class DownloadTooSlow(DownloadError):
    """It is not retried automatically: it has used its time, and other jobs wait."""

    code = "download_too_slow"


class SourceRefused(DownloadError):
    code = "source_refused"


class SourceUnreachable(DownloadError):
    code = "source_unreachable"
    retryable = True


BY_CODE: dict[str, type[DownloadError]] = {
    error.code: error
    for error in (
        AddressRefused,
        NoMedia,
        PlaylistRefused,
        DownloadTooLarge,
        DownloadTooSlow,
        SourceRefused,
        SourceUnreachable,
    )
}
