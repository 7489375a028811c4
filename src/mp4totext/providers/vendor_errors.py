"""What a vendor's HTTP answer means for a job. Each vendor's file translates its SDK to this."""

import re
from collections.abc import Mapping
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
_LONGEST_PAUSE_S = 3_600.0
# Answers quote keys, also cut or masked ones: anything that looks like one is taken out.
_KEY_LIKE = re.compile(
    r"(?i)\b(?:sk|gsk|pk|ak|as|hf|r8|tvly)[-_][\w*.-]{4,}|\bbearer\s+\S+|\b[0-9a-f]{32,}\b"
)
_NO_MONEY = frozenset({"insufficient_quota", "billing_hard_limit_reached", "insufficient_funds"})


def from_status(
    *,
    provider: str,
    title: str,
    setting: str,
    status: int,
    message: str,
    code: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> ProviderError:
    """``title`` names the vendor to people, ``setting`` the variable that holds its key."""
    pause = retry_after_s(headers or {})
    if code in _NO_MONEY or status == 402:
        return ProviderMisconfigured(
            f"{title} wants to be paid before it works on: check the plan of the account "
            f"behind {setting}.",
            provider=provider,
            code=code or "payment_required",
        )
    code = code or str(status)
    if status in (401, 403):
        return ProviderMisconfigured(
            f"{title} does not accept the key in {setting}, or it may not do this.",
            provider=provider,
            code=code,
        )
    if status == 429 or (status == 503 and pause is not None):
        return ProviderBusy(
            f"{title} is busy and asks to wait.", provider=provider, code=code, retry_after_s=pause
        )
    if status in (408, 409, 425) or status >= 500:
        return ProviderUnreachable(f"{title} failed ({status}).", provider=provider, code=code)
    return ProviderRejected(
        f"{title} refused the request ({status}): {readable(message)}", provider=provider, code=code
    )


def unreachable(provider: str, title: str, *, timed_out: bool = False) -> ProviderUnreachable:
    what = "did not answer in time" if timed_out else "could not be reached"
    return ProviderUnreachable(
        f"{title} {what}.", provider=provider, code="timeout" if timed_out else "connection"
    )


def not_understood(provider: str, title: str) -> ProviderUnreachable:
    """For answers that are cut off or not what the vendor publishes: another try may be whole."""
    return ProviderUnreachable(
        f"{title} sent an answer that cannot be read.", provider=provider, code="bad_answer"
    )


def readable(message: object) -> str:
    """One line without anything that looks like a key, of bounded length."""
    line = " ".join(str(message).split()) or "no reason given"
    clean = _KEY_LIKE.sub("***", line)
    return clean if len(clean) <= _LONGEST_MESSAGE else clean[: _LONGEST_MESSAGE - 1] + "…"


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait by Retry-After (seconds or a date) or retry-after-ms; at most an hour."""
    lowered = {name.lower(): value for name, value in headers.items()}
    if (exact := _seconds(lowered.get("retry-after-ms"))) is not None:
        return min(exact / 1_000, _LONGEST_PAUSE_S)
    given = lowered.get("retry-after")
    if given is None:
        return None
    pause = _seconds(given)
    if pause is None:
        pause = _until(given)
    return None if pause is None else min(max(pause, 0.0), _LONGEST_PAUSE_S)


def _seconds(value: str | None) -> float | None:
    if value is None or not re.fullmatch(r"\s*\d{1,9}(\.\d+)?\s*", value):
        return None
    return float(value)


def _until(value: str) -> float | None:
    try:
        moment: datetime = parsedate_to_datetime(value)
    except ValueError:
        return None
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - now()).total_seconds()
