"""What can be wrong with an address. The doors turn the code into a status: 413, 422 or a retry.

DownloadError
├── AddressRefused       not http(s), or it leads into a private network
├── NoMedia              the page has no recording
├── PlaylistRefused      many recordings at one address, or one that never ends
├── DownloadTooLarge     more bytes than the limit
├── DownloadTooSlow      more time than the limit, or less speed
├── SourceRefused        the site does not hand it out: gone, private, blocked
└── SourceUnreachable    the site did not answer; trying again may work
"""


class DownloadError(Exception):
    """Base; ``message`` says what is wrong and what to do."""

    code = "download_failed"
    sentence = "The recording could not be fetched."
    retryable = False

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class AddressRefused(DownloadError):
    code = "address_refused"
    sentence = "This address is not fetched."


class NoMedia(DownloadError):
    code = "no_media_at_address"
    sentence = "There is no recording at this address."


class PlaylistRefused(DownloadError):
    code = "not_one_recording"
    sentence = "There is more than one recording at this address."


class DownloadTooLarge(DownloadError):
    code = "download_too_large"
    sentence = "The recording at this address is too large."


class DownloadTooSlow(DownloadError):
    """Not tried again by itself: it has had its hour, and others wait."""

    code = "download_too_slow"
    sentence = "The recording arrives too slowly."


class SourceRefused(DownloadError):
    code = "source_refused"
    sentence = "The site does not hand out the recording."


class SourceUnreachable(DownloadError):
    code = "source_unreachable"
    sentence = "The site does not answer."
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
