"""Tables of the catalogue. Only service.py and vendor_lists.py write them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from mp4totext.kit.db import Base


class CatalogueModel(Base):
    """A model: its row in the release's file, and the changes by an administrator."""

    __tablename__ = "catalogue_models"

    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    provider: Mapped[str] = mapped_column(String(40), primary_key=True)
    model: Mapped[str] = mapped_column(String(120), primary_key=True)
    # Fields of a ModelEntry. NULL: no release has this model.
    released: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    # The fields set by an administrator, which imports do not change.
    edits: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    position: Mapped[int] = mapped_column(Integer)  # in the file: the order of lists
    updated_at: Mapped[datetime]


class CatalogueImport(Base):
    """A release's imported file: an older release does not restore its own."""

    __tablename__ = "catalogue_imports"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)  # SHA-256 of the rows
    dated: Mapped[date] = mapped_column(Date)  # the file's own date
    imported_at: Mapped[datetime]


class VendorList(Base):
    """A vendor's list at the last request."""

    __tablename__ = "vendor_lists"

    provider: Mapped[str] = mapped_column(String(40), primary_key=True)
    asked_at: Mapped[datetime]
    # Name -> end date, or None. NULL: the vendor has never answered.
    listed: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    error: Mapped[str | None] = mapped_column(String(500))  # of the last request; the list is older
