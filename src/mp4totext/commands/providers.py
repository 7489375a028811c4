"""``mp4totext providers``: lists ready engines and vendors, and what the others need."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from mp4totext.catalogue import service as catalogue_rows
from mp4totext.commands.messages import note, print_json
from mp4totext.commands.output import print_table, quiet_logs, settings_for
from mp4totext.kit.clock import now
from mp4totext.kit.errors import Invalid
from mp4totext.providers import registry
from mp4totext.providers.errors import ProviderMisconfigured
from mp4totext.providers.kinds import KINDS, entries
from mp4totext.providers.model_catalogue import ModelEntry, shipped
from mp4totext.providers.retirement import Verdict, verdict
from mp4totext.runtime import Runtime
from mp4totext.settings import Settings


def list_providers(as_json: bool, data: Path | None) -> None:  # noqa: FBT001  click passes names
    settings = settings_for(data)
    today, catalogue = now().date(), _catalogue(settings)
    rows = []
    for kind, name, entry in entries():
        own = [row for row in catalogue if row.active and row.key[:2] == (kind, name)]
        verdicts = {row.model: verdict(row, today) for row in own}
        rows.append((kind, name, entry.title, registry.missing(entry, settings), verdicts))
    if as_json:
        print_json([_facts(*row) for row in rows])
        return
    shown = []
    for kind, name, title, missing, verdicts in rows:
        usable = [model for model, result in verdicts.items() if result.state != "refused"]
        shown.append((kind, name, title, missing or "ready", ", ".join(usable)))
    print_table(("kind", "name", "what it is", "state", "models"), shown)
    for *_, missing, verdicts in rows:
        for result in verdicts.values():
            if missing is None and result.state == "warns":
                note(result.message, warning=True)


def _facts(
    kind: str, name: str, title: str, missing: str | None, verdicts: dict[str, Verdict]
) -> dict[str, Any]:
    models = [
        {"model": model, "state": result.state, "message": result.message}
        for model, result in verdicts.items()
    ]
    return {
        "kind": kind,
        "name": name,
        "title": title,
        "missing": missing,
        "ready": missing is None,
        "models": models,
    }


def _catalogue(settings: Settings) -> Sequence[ModelEntry]:
    """The catalogue in the service's database, or that of the release if there is none yet."""
    runtime = Runtime(settings)
    try:
        file = make_url(settings.database_url).database
        if runtime.database.is_sqlite and not Path(file or "").is_file():
            return shipped().models
        with runtime.database.read() as session:
            if not inspect(session.connection()).get_table_names():  # as `doctor` leaves it
                return shipped().models
            return catalogue_rows.entries(session)
    # The database is down or of another release; the command must work nevertheless.
    except SQLAlchemyError:
        note("The database could not be read: these are the models of this release.", warning=True)
        return shipped().models
    finally:
        runtime.close()


def check(name: str, data: Path | None) -> None:
    quiet_logs()
    settings = settings_for(data)
    tables = {kind: table for kind, table in KINDS.items() if name in table}
    if not tables:
        known = ", ".join(sorted({known for _, known, _ in entries()}))
        raise Invalid(f"There is no provider {name!r}: choose one of {known}.")
    for kind, table in tables.items():
        missing = registry.missing(table[name], settings)  # `build` lets requests choose the model
        if missing is not None:
            raise ProviderMisconfigured(f"{name}: {missing}", provider=name)
        registry.build(table, name, settings)
        note(f"{name} ({kind}) is ready.")
