from collections.abc import Iterable
from datetime import date

from mp4totext.kit.errors import Invalid, WrongState
from mp4totext.providers.model_catalogue import near_names
from mp4totext.providers.retirement import Model, Verdict


class ModelRetired(Invalid):
    """The vendor has retired the model. The replacement is named, but never used silently."""

    code = "model_retired"

    def __init__(self, model: Model, verdict: Verdict) -> None:
        super().__init__(
            verdict.message,
            provider=model.provider,
            model=model.model,
            retires_at=None if model.retires_at is None else model.retires_at.isoformat(),
            replaced_by=model.replaced_by,
        )


class OlderCatalogue(WrongState):
    code = "older_catalogue"

    def __init__(self, dated: date, newest: date) -> None:
        super().__init__(
            f"This catalogue is of {dated}, and the rows here are of {newest}: import a newer one, "
            "or set single models.",
            dated=dated.isoformat(),
            newest=newest.isoformat(),
        )


class UnknownModel(Invalid):
    """No row has the model, so it has no price and is refused."""

    code = "unknown_model"

    def __init__(self, model: str, *, known: Iterable[str], of: str = "") -> None:
        names = sorted(set(known))
        near = near_names(model, names)
        if near:
            hint = f"Did you mean {' or '.join(map(repr, near))}?"
        else:
            hint = f"Models: {', '.join(names) or 'none'}."
        super().__init__(f"There is no model {model!r}{of}. {hint}", near=near, models=names)
