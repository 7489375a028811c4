"""Warnings for administrators: models in use that end, or that their vendor does not list."""

from collections.abc import Iterable, Iterator
from datetime import date

from sqlalchemy.orm import Session

from mp4totext.catalogue import service, vendor_lists
from mp4totext.kit.clock import now
from mp4totext.providers import registry
from mp4totext.providers.kinds import KINDS
from mp4totext.providers.model_catalogue import ModelEntry
from mp4totext.providers.retirement import verdict
from mp4totext.providers.speech.table import configured_models
from mp4totext.settings import Settings


def catalogue_warnings(session: Session, settings: Settings) -> list[str]:
    """Warnings about models of providers that are ready here; the others cannot be used."""
    today, entries = now().date(), service.entries(session)
    ready = []
    for entry in entries:
        provider = KINDS[entry.kind].get(entry.provider)
        if entry.active and provider and registry.missing(provider, settings) is None:
            ready.append(entry)
    listings = vendor_lists.listings(session)
    return [
        *endings(ready, settings, today=today),
        *vendor_lists.findings(ready, listings, today=today),
    ]


def endings(entries: Iterable[ModelEntry], settings: Settings, *, today: date) -> Iterator[str]:
    """Models that end within 60 days, and those that a setting names after their end."""
    named = configured_models(settings)
    for entry in entries:
        result = verdict(entry, today)
        setting, models = named.get(entry.provider, ("", ()))
        if entry.kind == "speech" and entry.model in models and result.state != "sold":
            yield f"{result.message} {setting} names it."
        elif result.state == "warns":
            yield result.message
