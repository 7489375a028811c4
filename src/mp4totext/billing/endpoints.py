"""Routes of credits. None of them adds credits: only an administrator's grant does."""

from typing import Annotated, Any, Union

from fastapi import APIRouter, Path
from pydantic import Discriminator, Tag
from sqlalchemy.orm import Session

from mp4totext.auth.dependencies import RuntimeDep, rate_limit, reads
from mp4totext.auth.identity import Identity
from mp4totext.billing.history import entries_of, totals_of
from mp4totext.billing.schemas import (
    BalanceOut,
    EntryOut,
    HistoryOut,
    ModelPriceOut,
    PriceOut,
    PricingOut,
    entry_out,
)
from mp4totext.credits import ledger, prices
from mp4totext.credits.models import CreditEntry
from mp4totext.credits.prices import PriceList
from mp4totext.jobs import queries as jobs
from mp4totext.jobs.caller import Caller
from mp4totext.jobs.dependencies import caller_without_key
from mp4totext.jobs.operation import Operations
from mp4totext.jobs.quotes import QuoteContext, QuoteOut, QuoteRequest
from mp4totext.kit.clock import now
from mp4totext.kit.errors import NotFound
from mp4totext.kit.http import ReadSession, problems
from mp4totext.kit.pagination import Page, fetch_page
from mp4totext.kit.request_fields import PageDep
from mp4totext.messages import worded
from mp4totext.providers.retirement import verdict

router = APIRouter(prefix="/api/v1/credits", tags=["credits"])
DEFAULT_OPERATION = "transcribe"  # for a quote request without an operation


def quote_router(operations: Operations) -> APIRouter:
    """The route of quotes: its body is the quote request of one of the operations."""
    priced = [operation for operation in operations.values() if operation.quote_request]
    bodies = tuple(Annotated[operation.quote_request, Tag(operation.name)] for operation in priced)
    answers = tuple(dict.fromkeys(operation.quote_answer for operation in priced))

    def quote(
        body: QuoteRequest,
        caller: Annotated[Caller, caller_without_key("credits:read")],
        runtime: RuntimeDep,
        session: ReadSession,
    ) -> QuoteOut:
        ctx = QuoteContext(
            session=session, runtime=runtime, caller=caller, prices=prices.current(session)
        )
        return operations[body.operation].estimate(body, ctx)

    # FastAPI validates and documents by the annotation: a union of all operations' bodies.
    quote.__annotations__["body"] = Annotated[Union[bodies], Discriminator(_operation_of)]  # noqa: UP007
    quotes = APIRouter(prefix="/api/v1/credits", tags=["credits"])
    quotes.add_api_route(
        "/quote",
        quote,
        methods=["POST"],
        response_model=Union[answers],  # noqa: UP007
        responses=problems(400, 401, 403, 404, 409),
        dependencies=[rate_limit("expensive")],
        summary="Get the maximum price of an operation",
    )
    return quotes


def _operation_of(body: Any) -> str:  # any JSON value
    """The operation of a body. FastAPI calls it before validation, so the body may be anything."""
    name = body.get("operation") if isinstance(body, dict) else None
    return str(name or DEFAULT_OPERATION)


@router.get("/balance", responses=problems(401, 403), summary="Get available and held credits")
@reads("credits:read")
def balance(session: Session, user: Identity) -> BalanceOut:
    return BalanceOut.of(ledger.balance(session, user.user_id))


@router.get(
    "/history",
    responses=problems(401, 403),
    summary="List the entries of your ledger, newest first",
)
@reads("credits:read")
def history(session: Session, user: Identity, page: PageDep) -> HistoryOut:
    rows, cursor = fetch_page(session, entries_of(user.user_id), by=CreditEntry.id, page=page)
    return HistoryOut(
        items=[entry_out(row) for row in rows],
        next_cursor=cursor,
        totals=totals_of(session, user.user_id),
    )


@router.get(
    "/transactions/transcription/{transcription_id}",
    responses=problems(401, 403, 404),
    summary="List the credits spent on a recording, also after its deletion",
)
@reads("credits:read")
def transactions(
    session: Session,
    user: Identity,
    transcription_id: Annotated[str, Path(pattern=r"^trn_[0-9a-z]{26}$")],
    page: PageDep,
) -> Page[EntryOut]:
    # Its jobs outlive a recording, and belong to whoever owned it.
    if not jobs.has_jobs(session, user_id=user.user_id, subject_id=transcription_id):
        values = {"transcription_id": transcription_id}
        raise NotFound(code="transcription_not_found", values=values)
    statement = entries_of(user.user_id).where(CreditEntry.subject_id == transcription_id)
    rows, cursor = fetch_page(session, statement, by=CreditEntry.id, page=page)
    return Page(items=[entry_out(row) for row in rows], next_cursor=cursor)


@router.get("/pricing", responses=problems(), summary="List today's prices")
def pricing(session: ReadSession) -> PricingOut:
    return pricing_out(prices.current(session))


def pricing_out(current: PriceList) -> PricingOut:
    today = now().date()
    return PricingOut(
        prices=[
            PriceOut(
                key=price.key,
                amount=current.amount_uc(price.key) / 1_000_000,
                unit=price.unit,
                description=worded(price.description),
            )
            for price in prices.DEFAULT_PRICES
        ],
        models=[
            ModelPriceOut(
                provider=model.provider,
                model=model.model,
                multiplier=model.multiplier_milli / 1000,
                per_1000_characters=model.per_1000_chars_uc / 1_000_000,
                default=model.default,
                retires_at=model.retires_at,
                replaced_by=model.replaced_by,
            )
            for model in current.models
            if verdict(model, today).state != "refused"
        ],
    )
