"""Errors of engines and vendors.

ProviderError
├── ProviderBusy           try again after retry_after seconds
├── ProviderUnreachable    network or 5xx: try again
├── ProviderRejected       the vendor refuses this input; its code is kept
├── ProviderUnsupported    the request needs something it cannot do
└── ProviderMisconfigured  a key, a model or a package is missing; the message names it
"""

from collections.abc import Mapping

from mp4totext.kit.error_codes import FAILURES


class ProviderError(Exception):
    """Base of all failures of providers. Messages never contain a key.

    With a ``sentence``, a key of ``kit.error_codes.FAILURES``, the message is that sentence with
    ``values`` in its placeholders, and can be translated.
    """

    retryable = False
    retry_after_s: float | None = None

    def __init__(
        self,
        message: str | None = None,
        *,
        provider: str = "",
        code: str | None = None,
        sentence: str | None = None,
        values: Mapping[str, object] | None = None,
    ) -> None:
        if sentence is not None:
            values = values or {}
            message = FAILURES[sentence].format(**values)
        super().__init__(message)
        self.message = message or ""
        self.provider = provider
        self.code = code
        self.sentence = sentence
        self.values = values


class ProviderBusy(ProviderError):
    retryable = True

    def __init__(
        self,
        message: str | None = None,
        *,
        provider: str = "",
        code: str | None = None,
        sentence: str | None = None,
        values: Mapping[str, object] | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message, provider=provider, code=code, sentence=sentence, values=values)
        self.retry_after_s = retry_after_s


class ProviderUnreachable(ProviderError):
    retryable = True


class ProviderRejected(ProviderError):
    pass


class ProviderUnsupported(ProviderError):
    pass


class ProviderMisconfigured(ProviderError):
    pass
