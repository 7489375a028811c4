"""Read, import and edit the rows. Each function works in its caller's transaction."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from typing import Any, TypeAlias

from pydantic import ValidationError
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mp4totext.catalogue.errors import OlderCatalogue, UnknownModel
from mp4totext.catalogue.models import CatalogueImport, CatalogueModel
from mp4totext.kit import typed_json
from mp4totext.kit.clock import now
from mp4totext.kit.db import Database
from mp4totext.kit.log import get_logger
from mp4totext.providers.model_catalogue import (
    CatalogueFile,
    InvalidCatalogue,
    ModelEntry,
    checked,
    invalid,
    shipped,
)

log = get_logger()

Key: TypeAlias = tuple[str, str, str]  # kind, provider, model
Fields: TypeAlias = dict[str, Any]  # some fields of a ModelEntry, as JSON

_AFTER_RELEASE = 10_000  # the position of models that only an administrator has


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    entry: ModelEntry
    edited: tuple[str, ...]  # fields set by an administrator


def entries(session: Session) -> tuple[ModelEntry, ...]:
    """Every model, in the order of the release's file, then those of administrators."""
    return tuple(row.entry for row in rows(session))


def rows(session: Session) -> list[Row]:
    stored = session.scalars(
        select(CatalogueModel).order_by(
            CatalogueModel.position, CatalogueModel.provider, CatalogueModel.model
        )
    ).all()
    # The file of this release is used until it is imported; imported rows may be of a newer one.
    released = _shipped_fields() | {_key(row): row.released for row in stored if row.released}
    edits = {_key(row): row.edits for row in stored if row.edits}
    return [
        Row(
            entry=_entry(key, released.get(key, {}), edits.get(key, {})),
            edited=tuple(sorted(edits.get(key, {}))),
        )
        for key in dict.fromkeys([*released, *edits])
    ]


def find(session: Session, key: Key) -> Row:
    """Raises UnknownModel with similar names."""
    kind, provider, model = key
    all_rows = rows(session)
    for row in all_rows:
        if row.entry.key == key:
            return row
    models = [row.entry.model for row in all_rows if row.entry.key[:2] == (kind, provider)]
    raise UnknownModel(model, known=models, of=f" of {provider!r} for {kind}")


def import_shipped(database: Database) -> bool:
    """Import this release's rows unless these or newer ones are there. True if it did."""
    file = shipped()
    with database.read() as session:
        if _is_imported(session, file) or _newest(session) > file.dated:
            return False
    try:
        with database.write() as session:
            return import_file(session, file)
    except IntegrityError:  # another process imported the same rows at the same moment
        return False


def import_file(session: Session, file: CatalogueFile) -> bool:
    """Replace the rows of the last import, except what an administrator has set.

    Returns whether it did. Raises OlderCatalogue for a file with an earlier date than the imported
    rows: a process of an old release must not undo a newer one.
    """
    if _is_imported(session, file):
        return False
    newest = _newest(session)
    if newest > file.dated:
        raise OlderCatalogue(file.dated, newest)
    for position, entry in enumerate(file.models):
        row = _row(session, entry.key)
        row.released = typed_json.dump(ModelEntry, entry)
        row.position = position
    session.add(CatalogueImport(digest=_digest(file), dated=file.dated, imported_at=now()))
    session.flush()
    log.info("catalogue.imported", dated=file.dated.isoformat(), models=len(file.models))
    return True


def edit(session: Session, key: Key, fields: Fields) -> Row:
    """Set some fields of a model, or add it. Accepted jobs keep their model and price.

    Raises InvalidCatalogue if the row would be unusable.
    """
    row = _row(session, key)
    row.edits = _over(row.edits or {}, fields)
    entry = _entry(key, row.released or _shipped_fields().get(key, {}), row.edits)
    if entry.kind == "text" and fields.get("default"):  # there is only one default
        for other in entries(session):
            if other.kind == "text" and other.default and other.key != key:
                edit(session, other.key, {"default": False})
    checked(CatalogueFile(dated=now().date(), models=(entry,)))
    session.flush()
    return Row(entry=entry, edited=tuple(sorted(row.edits)))


def forget_edits(session: Session, key: Key) -> ModelEntry | None:
    """Restore the release's row; None if only an administrator had the model, which is deleted."""
    find(session, key)
    row = _row(session, key)
    released = row.released or _shipped_fields().get(key)
    row.edits = None
    if released is None:
        session.delete(row)
    session.flush()
    return None if released is None else _entry(key, released, {})


def dated(session: Session) -> date:
    """The date of the newest imported file."""
    return max(shipped().dated, _newest(session))


def _is_imported(session: Session, file: CatalogueFile) -> bool:
    return session.get(CatalogueImport, _digest(file)) is not None


def _newest(session: Session) -> date:
    return session.scalar(select(func.max(CatalogueImport.dated))) or date.min


def _digest(file: CatalogueFile) -> str:
    return sha256(repr(file).encode()).hexdigest()


def _row(session: Session, key: Key) -> CatalogueModel:
    """The model's row, created if it does not exist."""
    row = session.get(CatalogueModel, key)
    if row is None:
        kind, provider, model = key
        row = CatalogueModel(kind=kind, provider=provider, model=model, position=_AFTER_RELEASE)
        session.add(row)
    row.updated_at = now()
    return row


def _entry(key: Key, released: Fields, edits: Fields) -> ModelEntry:
    kind, provider, model = key
    fields = {"kind": kind, "provider": provider, "model": model}
    try:
        return typed_json.load(ModelEntry, _over(released, edits) | fields)
    except ValidationError as error:
        raise InvalidCatalogue(invalid(error)) from error


def _over(fields: Fields, edits: Fields) -> Fields:
    """The fields with the edits applied. Limits of a language model are edited one by one."""
    merged = fields | edits
    if isinstance(fields.get("text"), dict) and isinstance(edits.get("text"), dict):
        merged["text"] = fields["text"] | edits["text"]
    return merged


def _key(row: CatalogueModel) -> Key:
    return row.kind, row.provider, row.model


@cache
def _shipped_fields() -> dict[Key, Fields]:
    return {entry.key: typed_json.dump(ModelEntry, entry) for entry in shipped().models}
