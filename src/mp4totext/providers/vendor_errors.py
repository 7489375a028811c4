"""Translates vendors' HTTP errors to provider errors; adapters use it for errors of their SDKs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from mp4totext.kit.clock import now
from mp4totext.providers.errors import (
    ProviderBusy,
    ProviderError,
    ProviderMisconfigured,
    ProviderRejected,
    ProviderUnreachable,
)

_LONGEST_MESSAGE = 300
# Seconds; a vendor that asks for a longer pause is called again after this.
_LONGEST_PAUSE_S = 3_600.0
# Vendors quote the key in responses, also cut or masked: whatever looks like one is removed.
_KEY_LIKE = re.compile(
    r"(?i)\b(?:sk|gsk|pk|ak|as|hf|r8|tvly)[-_][\w*.-]{4,}|\bbearer\s+\S+|\b[0-9a-f]{32,}\b"
)
# Codes of OpenAI and similar vendors for an account without credit.
_NO_MONEY = frozenset({"insufficient_quota", "billing_hard_limit_reached", "insufficient_funds"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """The vendor of a call."""

    name: str  # key of its row
    title: str  # for messages
    key_setting: str  # the setting that has its key


def from_status(
    vendor: Vendor,
    *,
    status: int,
    message: str,
    code: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> ProviderError:
    """The error for a status. ``message`` and ``code`` are the vendor's own."""
    pause_s = retry_after_s(headers or {})
    if code in _NO_MONEY or status == 402:
        return ProviderMisconfigured(
            sentence="vendor_no_credit",
            values={"vendor": vendor.title, "setting": vendor.key_setting},
            provider=vendor.name,
            code=code or "payment_required",
        )
    code = code or str(status)
    if status in (401, 403):
        return ProviderMisconfigured(
            sentence="vendor_key",
            values={"vendor": vendor.title, "setting": vendor.key_setting},
            provider=vendor.name,
            code=code,
        )
    if status == 429 or (status == 503 and pause_s is not None):
        return ProviderBusy(
            sentence="vendor_busy",
            values={"vendor": vendor.title},
            provider=vendor.name,
            code=code,
            retry_after_s=pause_s,
        )
    # Not the request's fault: a time-out, a conflict with another request, or sent too early.
    if status in (408, 409, 425) or status >= 500:
        return ProviderUnreachable(
            sentence="vendor_failed",
            values={"vendor": vendor.title, "status": status},
            provider=vendor.name,
            code=code,
        )
    return ProviderRejected(
        sentence="vendor_refused",
        values={"vendor": vendor.title, "status": status, "reason": readable(message)},
        provider=vendor.name,
        code=code,
    )


def unreachable(vendor: Vendor, *, timed_out: bool = False) -> ProviderUnreachable:
    return ProviderUnreachable(
        sentence="vendor_timeout" if timed_out else "vendor_unreachable",
        values={"vendor": vendor.title},
        provider=vendor.name,
        code="timeout" if timed_out else "connection",
    )


def unreadable(vendor: Vendor) -> ProviderUnreachable:
    """For responses that are cut off or malformed: a retry may succeed."""
    return ProviderUnreachable(
        sentence="vendor_unreadable",
        values={"vendor": vendor.title},
        provider=vendor.name,
        code="bad_answer",
    )


def readable(message: object) -> str:
    """One line of limited length, without anything that looks like a key."""
    line = " ".join(str(message).split()) or "no reason given"
    clean = _KEY_LIKE.sub("***", line)
    return clean if len(clean) <= _LONGEST_MESSAGE else clean[: _LONGEST_MESSAGE - 1] + "…"


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds by Retry-After (seconds or a date) or retry-after-ms; at most an hour."""
    lowered = {name.lower(): value for name, value in headers.items()}
    if (pause_ms := _digits(lowered.get("retry-after-ms"))) is not None:
        return min(pause_ms / 1_000, _LONGEST_PAUSE_S)
    value = lowered.get("retry-after")
    if value is None:
        return None
    pause_s = _digits(value)
    if pause_s is None:
        pause_s = _seconds_until(value)
    return None if pause_s is None else min(max(pause_s, 0.0), _LONGEST_PAUSE_S)


def _digits(value: str | None) -> float | None:
    if value is None or not re.fullmatch(r"\s*\d{1,9}(\.\d+)?\s*", value):
        return None
    return float(value)


def _seconds_until(value: str) -> float | None:
    try:
        moment: datetime = parsedate_to_datetime(value)
    except ValueError:
        return None
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - now()).total_seconds()
