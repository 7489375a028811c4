"""``mp4totext admin``: changes models and prices on the server itself. Each change is audited."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from mp4totext.auth import audit
from mp4totext.catalogue import service as catalogue
from mp4totext.catalogue import vendor_lists
from mp4totext.catalogue.warnings import catalogue_warnings
from mp4totext.commands.messages import note, print_json
from mp4totext.commands.output import open_runtime, print_table
from mp4totext.credits.prices import current
from mp4totext.kit.clock import now
from mp4totext.kit.errors import Invalid
from mp4totext.providers import registry
from mp4totext.providers.model_catalogue import parse
from mp4totext.providers.retirement import verdict
from mp4totext.providers.text.table import TEXT


def list_models(kind: str | None, as_json: bool, data: Path | None) -> None:  # noqa: FBT001
    with open_runtime(data) as runtime, runtime.database.read() as session:
        rows = [row for row in catalogue.rows(session) if kind in (None, row.entry.kind)]
        prices = {(price.provider, price.model): price for price in current(session).models}
        warnings = catalogue_warnings(session, runtime.settings)
    lines = [_line(row, prices) for row in rows]
    if as_json:
        print_json({"models": lines, "warnings": warnings})
        return
    header = ("kind", "provider", "model", "credits", "state", "ends", "then", "edited")
    print_table(header, [tuple(map(_shown, line.values())) for line in lines])
    _warn(warnings)


def _line(row: catalogue.Row, prices: dict[tuple[str, str], Any]) -> dict[str, Any]:
    entry = row.entry
    price = prices.get((entry.provider, entry.model)) if entry.kind == "text" else None
    state = verdict(entry, now().date()).state if entry.active else "off"
    return {
        "kind": entry.kind,
        "provider": entry.provider,
        "model": entry.model,
        "credits": None if price is None else price.per_1000_chars_uc / 1_000_000,
        "state": f"{state}, default" if entry.default else state,
        "retires_at": None if entry.retires_at is None else entry.retires_at.isoformat(),
        "replaced_by": entry.replaced_by,
        "edited": list(row.edited),
    }


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def set_model(kind: str, provider: str, model: str, data: Path | None, **given: Any) -> None:
    fields = _fields(given)
    with open_runtime(data) as runtime, runtime.database.write() as session:
        row = catalogue.edit(session, (kind, provider, model), fields)
        audit.record(
            session,
            actor_id=audit.COMMAND,
            action="model.set",
            target=f"{kind}/{provider}/{model}",
            facts=fields,
        )
    result = verdict(row.entry, now().date())
    note(f"{provider}'s {model!r} is set. {result.message}".rstrip(), warning=bool(result.message))


def _fields(given: dict[str, Any]) -> dict[str, Any]:
    """The fields of a row from the options of the command line."""
    day, default = given.pop("retires_at"), given.pop("default")
    limits = {name: given.pop(name) for name in ("context_tokens", "output_tokens")}
    limits = {name: value for name, value in limits.items() if value is not None}
    fields = {name: value for name, value in given.items() if value is not None}
    if day is not None:
        fields["retires_at"] = day.date().isoformat()
    if default:
        fields["default"] = True
    if limits:
        fields["text"] = limits
    return fields


def reset(kind: str, provider: str, model: str, data: Path | None) -> None:
    with open_runtime(data) as runtime, runtime.database.write() as session:
        entry = catalogue.forget_edits(session, (kind, provider, model))
        audit.record(
            session,
            actor_id=audit.COMMAND,
            action="model.reset",
            target=f"{kind}/{provider}/{model}",
        )
    gone = " It is not part of the release, so it is deleted." if entry is None else ""
    note(f"{provider}'s {model!r} is reset.{gone}")


def import_models(file: Any, data: Path | None) -> None:
    try:
        catalogue_file = parse(file.read())
    except UnicodeDecodeError as error:
        raise Invalid(f"{file.name} is not UTF-8 text.") from error
    with open_runtime(data) as runtime, runtime.database.write() as session:
        imported = catalogue.import_file(session, catalogue_file)
        audit.record(
            session,
            actor_id=audit.COMMAND,
            action="catalogue.imported",
            target=catalogue_file.dated.isoformat(),
            facts={"models": len(catalogue_file.models), "imported": imported},
        )
    count = len(catalogue_file.models)
    note(
        f"{count} models of {catalogue_file.dated} imported."
        if imported
        else f"The catalogue of {catalogue_file.dated} is already imported."
    )


def check(providers: tuple[str, ...], data: Path | None) -> None:
    context = click.get_current_context()
    with open_runtime(data) as runtime:
        for provider in providers or registry.available(TEXT, runtime.settings):
            registry.row(TEXT, provider)
            listing = vendor_lists.ask(runtime, provider)
            count = None if listing.ends is None else len(listing.ends)
            note(f"{provider}: {listing.error or f'{count} models listed.'}")
        with runtime.database.read() as session:
            warnings = catalogue_warnings(session, runtime.settings)
    _warn(warnings)
    context.exit(1 if warnings else 0)


def _warn(warnings: Iterable[str]) -> None:
    for warning in warnings:
        note(warning, warning=True)
