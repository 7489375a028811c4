"""Whether a model may be used on a day: vendors retire models, announced months ahead."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

WARN_DAYS = 60
"""Before the end. Vendors announce it three to six months ahead, and a change needs a release."""


class Model(Protocol):
    """The fields that a verdict needs: of a catalogue row, or of prices stored with a job."""

    @property
    def provider(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def retires_at(self) -> date | None: ...  # the first day without it
    @property
    def replaced_by(self) -> str | None: ...  # a model of the same provider


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a model may be used on a day. ``message`` is for users; "" if no end is known."""

    state: Literal["sold", "warns", "refused"]
    message: str = ""


SOLD = Verdict(state="sold")


def verdict(model: Model, today: date) -> Verdict:
    """The one rule for quotes, jobs, lists, warnings and refusals."""
    if model.retires_at is None:
        return SOLD
    days = (model.retires_at - today).days
    name = f"{model.provider}'s {model.model!r}"
    instead = f"choose {model.replaced_by!r}" if model.replaced_by else "choose another model"
    if days <= 0:
        message = f"{name} ended on {model.retires_at}: {instead}."
        return Verdict(state="refused", message=message)
    if days <= WARN_DAYS:
        left = "1 day" if days == 1 else f"{days} days"
        message = f"{name} ends on {model.retires_at}, in {left}: {instead}."
        return Verdict(state="warns", message=message)
    return SOLD
