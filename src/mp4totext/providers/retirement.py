"""When a vendor ends a model, and what takes its place. Vendors announce both months ahead."""

from dataclasses import dataclass
from datetime import date

from mp4totext.providers.errors import ProviderMisconfigured


@dataclass(frozen=True, slots=True, kw_only=True)
class Retirement:
    on: date  # the first day without it
    replacement: str  # a model that is there after it


def refuse_retired(
    provider: str, model: str, retirement: Retirement | None, *, today: date
) -> None:
    """Raises ProviderMisconfigured naming the replacement, which is never taken silently."""
    if retirement is None or today < retirement.on:
        return
    raise ProviderMisconfigured(
        f"{provider} ended {model!r} on {retirement.on}: choose {retirement.replacement!r}.",
        provider=provider,
        code="model_retired",
    )
