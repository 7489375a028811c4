"""Translates a vendor's refusal of a picture: forbidden content, a retired model, or bad input."""

from collections.abc import Iterator
from contextlib import contextmanager

from mp4totext.providers.errors import ProviderMisconfigured, ProviderRejected
from mp4totext.providers.vendor_errors import Vendor, readable

_BY_RULES = frozenset(
    {"moderation_blocked", "content_policy_violation", "content_filter", "content_policy"}
)
_NO_MODEL = frozenset({"model_not_found", "not_found", "404", "410"})


@contextmanager
def translated_refusals(vendor: Vendor, model: str) -> Iterator[None]:
    """Translate ProviderRejected errors of the block, which have the vendor's own codes."""
    try:
        yield
    except ProviderRejected as error:
        code = (error.code or "").lower()
        if code in _BY_RULES:
            raise content_refused(vendor, error.message) from error
        if code in _NO_MODEL:
            raise ProviderMisconfigured(
                f"{vendor.title} has no model {model!r}, or the key may not use it.",
                provider=vendor.name,
                code="model_not_found",
            ) from error
        raise


def content_refused(vendor: Vendor, reason: str) -> ProviderRejected:
    return ProviderRejected(
        f"{vendor.title} refused to make this picture: {readable(reason)} Change the prompt.",
        provider=vendor.name,
        code="content_refused",
    )
