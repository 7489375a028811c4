"""What can go wrong at an engine or a vendor.

ProviderError
├── ProviderBusy           try again after retry_after seconds
├── ProviderUnreachable    network or 5xx: try again
├── ProviderRejected       the vendor refuses this input; its code is kept
├── ProviderUnsupported    the request needs something it cannot do
└── ProviderMisconfigured  a key, a model or a package is missing; the message names it
"""


class ProviderError(Exception):
    """Base of every failure at a provider's border. Messages never carry a key."""

    retryable = False
    retry_after_s: float | None = None

    def __init__(self, message: str, *, provider: str = "", code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.provider = provider
        self.code = code


class ProviderBusy(ProviderError):
    retryable = True

    def __init__(
        self,
        message: str,
        *,
        provider: str = "",
        code: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message, provider=provider, code=code)
        self.retry_after_s = retry_after_s


class ProviderUnreachable(ProviderError):
    retryable = True


class ProviderRejected(ProviderError):
    pass


class ProviderUnsupported(ProviderError):
    pass


class ProviderMisconfigured(ProviderError):
    pass
