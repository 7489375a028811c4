"""Routes for administrators: the catalogue of models. Each change is audited."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from mp4totext.auth import audit
from mp4totext.auth.dependencies import AdminUser, RuntimeDep
from mp4totext.catalogue import service as catalogue
from mp4totext.catalogue.service import Row
from mp4totext.catalogue.warnings import catalogue_warnings
from mp4totext.credits.money import UC_PER_CREDIT
from mp4totext.credits.prices import ModelPrice, current
from mp4totext.kit.clock import now
from mp4totext.kit.http import ReadSession, WriteSession, problems
from mp4totext.kit.text import CleanStr
from mp4totext.providers.model_catalogue import Effort, ListPrice, ModelKind, TextModelFacts, parse
from mp4totext.providers.retirement import verdict

router = APIRouter(prefix="/api/v1/admin/models", tags=["admin"], responses=problems(401, 403))

MAX_FILE_CHARACTERS = 1_000_000

Kind = Annotated[ModelKind, Path()]
Provider = Annotated[str, Path(max_length=40, pattern=r"^[a-z0-9-]+$")]
Model = Annotated[str, Path(max_length=120, pattern=r"^[A-Za-z0-9._:/-]+$")]
Credits = Annotated[Decimal, Field(ge=0, le=10_000, max_digits=11, decimal_places=6)]


class ModelOut(BaseModel):
    kind: ModelKind
    provider: str
    model: str
    default: bool
    active: bool
    state: Literal["sold", "warns", "refused"] = Field(
        description="`warns` if the model is retired within 60 days, `refused` if it is retired."
    )
    message: str = Field(description="Human-readable explanation of the state. Empty for `sold`.")
    retires_at: date | None = Field(
        description="First day on which the model is no longer available."
    )
    replaced_by: str | None
    multiplier: float | None = Field(
        description="Multiplier in effect today. null if it is not a text model or is not offered."
    )
    per_1000_characters: float | None
    list_prices: list[ListPrice]
    text: TextModelFacts | None
    source: str
    note: str
    edited: list[str] = Field(description="Names of fields set by an administrator.")


class CatalogueOut(BaseModel):
    dated: date = Field(description="Date of the newest catalogue file in use.")
    warnings: list[str]
    models: list[ModelOut]


class TextLimits(BaseModel):
    """Limits of a language model. Omitted fields keep their values."""

    model_config = ConfigDict(extra="forbid")

    context_tokens: int = Field(32_768, ge=2_048, le=100_000_000)
    output_tokens: int = Field(4_096, ge=256, le=100_000_000)
    reasoning_tokens: int = Field(0, ge=0, le=100_000_000)
    reasoning_effort: Effort | None = None
    limits_reasoning: bool = False
    temperature: Literal["always", "without reasoning", "never"] = "always"
    strict_schema: bool = True


class ModelChange(BaseModel):
    """Changes to a model. Omitted fields keep their values; null removes a value."""

    model_config = ConfigDict(extra="forbid")

    default: bool = False
    active: bool = Field(default=True, description="Whether the model is offered.")
    retires_at: date | None = None
    replaced_by: Annotated[CleanStr, Field(max_length=120)] | None = None
    rate: Credits | None = Field(
        None,
        description="Price in credits per 1,000 characters. null derives it from the list price.",
    )
    multiplier: Annotated[Decimal, Field(gt=0, le=1000, decimal_places=3)] | None = None
    list_prices: Annotated[list[ListPrice], Field(max_length=20)] = []
    text: TextLimits | None = None
    source: Annotated[CleanStr, Field(max_length=500)] = ""
    note: Annotated[CleanStr, Field(max_length=500)] = ""


class CatalogueImport(BaseModel):
    model_config = ConfigDict(extra="forbid")

    toml: str = Field(
        max_length=MAX_FILE_CHARACTERS,
        description="Model catalogue in the format of the `models.toml` of a release.",
    )


class ImportOut(BaseModel):
    imported: bool = Field(description="Whether rows were imported. false if they already exist.")
    dated: date
    models: int


@router.get("", summary="List all models with their end dates and warnings")
def list_models(
    admin: AdminUser,  # noqa: ARG001  who may see it
    runtime: RuntimeDep,
    session: ReadSession,
    kind: Annotated[ModelKind | None, Query()] = None,
) -> CatalogueOut:
    return CatalogueOut(
        dated=catalogue.dated(session),
        warnings=catalogue_warnings(session, runtime.settings),
        models=models_out(session, kind=kind),
    )


@router.put(
    "/{kind}/{provider}/{model:path}",
    responses=problems(422),
    summary="Set some fields of a model, or add one; accepted jobs keep their model",
)
def set_model(
    kind: Kind,
    provider: Provider,
    model: Model,
    body: ModelChange,
    admin: AdminUser,
    session: WriteSession,
) -> ModelOut:
    fields = body.model_dump(mode="json", exclude_unset=True)
    catalogue.edit(session, (kind, provider, model), fields)
    _note(session, admin.user_id, "model.set", f"{kind}/{provider}/{model}", fields)
    return model_out(session, (kind, provider, model))


@router.delete(
    "/{kind}/{provider}/{model:path}",
    status_code=204,
    responses=problems(422),
    summary="Reset a model; one that is not part of the release is deleted",
)
def reset_model(
    kind: Kind, provider: Provider, model: Model, admin: AdminUser, session: WriteSession
) -> None:
    catalogue.forget_edits(session, (kind, provider, model))
    _note(session, admin.user_id, "model.reset", f"{kind}/{provider}/{model}", {})


@router.post(
    "/import",
    responses=problems(409, 422),
    summary="Import a dated catalogue; fields set by administrators are kept",
)
def import_models(body: CatalogueImport, admin: AdminUser, session: WriteSession) -> ImportOut:
    file = parse(body.toml)
    imported = catalogue.import_file(session, file)
    facts = {"models": len(file.models), "imported": imported}
    _note(session, admin.user_id, "catalogue.imported", file.dated.isoformat(), facts)
    return ImportOut(imported=imported, dated=file.dated, models=len(file.models))


def models_out(session: Session, *, kind: ModelKind | None = None) -> list[ModelOut]:
    today = now().date()
    prices = {(price.provider, price.model): price for price in current(session).models}
    return [
        _out(row, prices, today=today)
        for row in catalogue.rows(session)
        if kind in (None, row.entry.kind)
    ]


def model_out(session: Session, key: catalogue.Key) -> ModelOut:
    prices = {(price.provider, price.model): price for price in current(session).models}
    return _out(catalogue.find(session, key), prices, today=now().date())


def _out(row: Row, prices: dict[tuple[str, str], ModelPrice], *, today: date) -> ModelOut:
    entry = row.entry
    result = verdict(entry, today)
    price = prices.get((entry.provider, entry.model)) if entry.kind == "text" else None
    return ModelOut(
        kind=entry.kind,
        provider=entry.provider,
        model=entry.model,
        default=entry.default,
        active=entry.active,
        state=result.state,
        message=result.message,
        retires_at=entry.retires_at,
        replaced_by=entry.replaced_by,
        multiplier=None if price is None else price.multiplier_milli / 1000,
        per_1000_characters=None if price is None else price.per_1000_chars_uc / UC_PER_CREDIT,
        list_prices=list(entry.list_prices),
        text=entry.text,
        source=entry.source,
        note=entry.note,
        edited=list(row.edited),
    )


def _note(session: Session, actor_id: str, action: str, target: str, facts: dict[str, Any]) -> None:
    audit.record(session, actor_id=actor_id, action=action, target=target, facts=facts)
