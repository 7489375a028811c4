"""A daily check of the vendors' own lists: models offered here but not listed are a warning."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from mp4totext.catalogue import service
from mp4totext.catalogue.models import VendorList
from mp4totext.kit.clock import now
from mp4totext.kit.log import get_logger
from mp4totext.providers import registry
from mp4totext.providers.errors import ProviderError
from mp4totext.providers.model_catalogue import ModelEntry
from mp4totext.providers.retirement import verdict
from mp4totext.providers.text.table import TEXT, text_model
from mp4totext.runtime import Runtime

ASK_EVERY = timedelta(days=1)
ASK_AGAIN = timedelta(hours=1)  # after a vendor that did not answer
_ERROR_CHARACTERS = 300

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A vendor's last list. ``ends``: name -> end date; None: never received."""

    provider: str
    asked_at: datetime
    ends: dict[str, date | None] | None
    error: str | None


def ask_one(runtime: Runtime) -> None:
    """A chore: request one list that is a day old. Only one, so that no sweep waits long."""
    at = now()
    with runtime.database.read() as session:
        sold = {entry.provider for entry in _offered(service.entries(session), at.date())}
        by_provider = {listing.provider: listing for listing in listings(session)}
    for provider, entry in TEXT.items():
        listing = by_provider.get(provider)
        pause = ASK_EVERY if listing is None or listing.error is None else ASK_AGAIN
        if listing is not None and listing.asked_at > at - pause:
            continue
        if provider in sold and registry.missing(entry, runtime.settings) is None:
            ask(runtime, provider)
            return


def ask(runtime: Runtime, provider: str) -> Listing:
    """Read a vendor's list now and store it, or the error if the vendor does not answer."""
    listed, failure = None, None
    try:
        lines = text_model(provider, runtime.settings).models()
        listed = {line.name: line.ends_on and line.ends_on.isoformat() for line in lines}
    except ProviderError as error:
        failure = error.message[:_ERROR_CHARACTERS]
        log.warning("catalogue.vendor_silent", provider=provider, reason=failure)
    with runtime.database.write() as session:
        row = session.get(VendorList, provider) or VendorList(provider=provider)
        row.asked_at, row.error = now(), failure
        if listed is not None:
            row.listed = listed
        session.add(row)
        session.flush()
        return _listing(row)


def listings(session: Session) -> list[Listing]:
    return [_listing(row) for row in session.scalars(select(VendorList))]


def findings(
    entries: Iterable[ModelEntry], listings: Iterable[Listing], *, today: date
) -> list[str]:
    """The differences between the rows and the vendors' lists, in words."""
    by_provider = {listing.provider: listing for listing in listings}
    differences = [
        f"{listing.provider} did not give its list of models on {listing.asked_at:%Y-%m-%d}: "
        f"{listing.error}"
        for listing in by_provider.values()
        if listing.error is not None
    ]
    for entry in _offered(entries, today):
        ends = by_provider[entry.provider].ends if entry.provider in by_provider else None
        if ends is None:
            continue
        name = f"{entry.provider}'s {entry.model!r}"
        if entry.model not in ends:
            differences.append(
                f"{name} is offered here, and the vendor lists it no more: retire it."
            )
            continue
        day = ends[entry.model]
        if day is not None and day != entry.retires_at:
            end = entry.retires_at or "no end"
            differences.append(f"{name}: the vendor's list says it ends on {day}, and here {end}.")
    return differences


def _offered(entries: Iterable[ModelEntry], today: date) -> list[ModelEntry]:
    return [
        entry
        for entry in entries
        if entry.active
        and entry.kind in ("text", "speech")
        and verdict(entry, today).state != "refused"
    ]


def _listing(row: VendorList) -> Listing:
    ends = None
    if row.listed is not None:
        ends = {
            name: None if day is None else date.fromisoformat(day)
            for name, day in row.listed.items()
        }
    return Listing(provider=row.provider, asked_at=row.asked_at, ends=ends, error=row.error)
