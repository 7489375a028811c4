"""Turns a vendor's HTTP errors into ours; adapters translate their SDK's errors with these."""

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
_LONGEST_PAUSE_S = 3_600.0  # a vendor that asks for a longer pause is asked again after this
# Vendors quote the key in their answers, also cut or masked: whatever looks like one is removed.
_KEY_LIKE = re.compile(
    r"(?i)\b(?:sk|gsk|pk|ak|as|hf|r8|tvly)[-_][\w*.-]{4,}|\bbearer\s+\S+|\b[0-9a-f]{32,}\b"
)
# OpenAI's codes, and those of vendors that follow it, for an account without money.
_NO_MONEY = frozenset({"insufficient_quota", "billing_hard_limit_reached", "insufficient_funds"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """Who was called."""

    name: str  # of its row
    title: str  # in messages
    key_setting: str  # the variable that holds its key


def from_status(
    vendor: Vendor,
    *,
    status: int,
    message: str,
    code: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> ProviderError:
    """``message`` and ``code`` are the vendor's own."""
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
    """For answers that are cut off or not what the vendor publishes: another try may be whole."""
    return ProviderUnreachable(
        sentence="vendor_unreadable",
        values={"vendor": vendor.title},
        provider=vendor.name,
        code="bad_answer",
    )


def readable(message: object) -> str:
    """One line without anything that looks like a key, of bounded length."""
    line = " ".join(str(message).split()) or "no reason given"
    clean = _KEY_LIKE.sub("***", line)
    return clean if len(clean) <= _LONGEST_MESSAGE else clean[: _LONGEST_MESSAGE - 1] + "…"


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait by Retry-After (seconds or a date) or retry-after-ms; at most an hour."""
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
