"""Routes for administrators: users, credits, prices, jobs, audit log. Each change is audited."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, EmailStr, Field, field_validator
from sqlalchemy.orm import Session

from mp4totext.auth import audit, invitations
from mp4totext.auth import service as auth
from mp4totext.auth.dependencies import AdminUser, RuntimeDep
from mp4totext.auth.identity import Identity
from mp4totext.auth.models import Role, User
from mp4totext.auth.queries import count_users, users_matching
from mp4totext.auth.schemas import AuditOut, FullName, UserOut
from mp4totext.billing.endpoints import pricing_out
from mp4totext.billing.schemas import BalanceOut, ModelPriceChange, PriceChange, PricingOut
from mp4totext.catalogue import service as catalogue
from mp4totext.credits import ledger, prices
from mp4totext.credits.money import to_credits, to_uc
from mp4totext.jobs import queries as job_queries
from mp4totext.jobs import service as jobs
from mp4totext.jobs.acceptance import accept
from mp4totext.jobs.dependencies import caller_of
from mp4totext.jobs.errors import JobNotFound
from mp4totext.jobs.models import Job, JobState
from mp4totext.jobs.schemas import JobOut, job_out
from mp4totext.jobs.webhooks import WEBHOOK
from mp4totext.kit.clock import now
from mp4totext.kit.http import ReadSession, WriteSession, problems
from mp4totext.kit.ids import new_id
from mp4totext.kit.pagination import Page, fetch_page
from mp4totext.kit.request_fields import IdempotencyKey, PageDep
from mp4totext.kit.text import CleanStr
from mp4totext.messages import worded
from mp4totext.providers import registry
from mp4totext.providers.kinds import entries
from mp4totext.transcriptions import queries as transcriptions

router = APIRouter(prefix="/api/v1/admin", tags=["admin"], responses=problems(401, 403))

UserId = Annotated[str, Path(pattern=r"^usr_[0-9a-z]{26}$")]
JobId = Annotated[str, Path(pattern=r"^job_[0-9a-z]{26}$")]


class Stats(BaseModel):
    users: int
    transcriptions: int
    audio_hours: float
    jobs: dict[str, int]
    credits_in_accounts: float
    credits_held: float


class DayStats(BaseModel):
    day: date
    jobs: int = Field(description="Number of jobs that succeeded.")
    audio_hours: float = Field(description="Hours of audio added on this day and not deleted.")
    credits: float = Field(description="Credits spent minus refunds.")


class UserChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    active: bool | None = None
    role: Role | None = None


class InvitationRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    email: EmailStr
    full_name: FullName = ""
    role: Role = Role.USER


class InvitationOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    user: UserOut
    code: str = Field(
        description="Code that is shown once. It opens the web page with #password-code={code} at "
        "the end of the address."
    )
    expires_at: datetime


class Grant(BaseModel):
    model_config = ConfigDict(extra="forbid")

    amount: float = Field(
        ge=-1_000_000,
        le=1_000_000,
        strict=True,
        description="Number of credits, with up to two decimals. A negative number deducts "
        "credits.",
    )
    reason: Annotated[CleanStr, Field(min_length=1, max_length=200)]

    @field_validator("amount")
    @classmethod
    def _has_effect(cls, amount: float) -> float:
        if round(amount, 2) != amount or amount == 0:
            raise ValueError("must be a number of hundredths of a credit, such as 0.01, and not 0")
        return amount


class ProviderOut(BaseModel):
    kind: str
    name: str
    title: str
    ready: bool
    missing: str | None


@router.get("/stats", summary="Get totals of the service")
def stats(admin: AdminUser, session: ReadSession) -> Stats:  # noqa: ARG001  who may see it
    accounts = ledger.balance_of_all(session)
    recordings, audio_ms = transcriptions.totals(session)
    return Stats(
        users=count_users(session),
        transcriptions=recordings,
        audio_hours=round(audio_ms / 3_600_000, 2),
        jobs=job_queries.counts_by_state(session),
        credits_in_accounts=to_credits(accounts.balance_uc),
        credits_held=to_credits(accounts.held_uc),
    )


@router.get("/stats/days", summary="Get totals of each UTC day, oldest first")
def stats_of_days(
    admin: AdminUser,  # noqa: ARG001  who may see it
    session: ReadSession,
    days: Annotated[int, Query(ge=1, le=366, description="Number of days, including today.")] = 30,
) -> list[DayStats]:
    today = now().date()
    dates = [today - timedelta(days=back) for back in reversed(range(days))]
    since = datetime.combine(dates[0], time.min, tzinfo=UTC)
    ended = job_queries.ended_by_day(session, since, excluding=WEBHOOK.name)
    audio_ms = transcriptions.audio_ms_by_day(session, since)
    spent_uc = ledger.spent_by_day(session, since)
    return [
        DayStats(
            day=day,
            jobs=ended.get(day, 0),
            audio_hours=round(audio_ms.get(day, 0) / 3_600_000, 2),
            credits=to_credits(spent_uc.get(day, 0)),
        )
        for day in dates
    ]


@router.get("/users", summary="List or search users")
def list_users(
    admin: AdminUser,  # noqa: ARG001
    session: ReadSession,
    page: PageDep,
    search: Annotated[CleanStr | None, Query(max_length=200)] = None,
) -> Page[UserOut]:
    rows, cursor = fetch_page(session, users_matching(search=search), by=User.id, page=page)
    return Page(items=[UserOut.model_validate(row) for row in rows], next_cursor=cursor)


@router.post(
    "/users",
    status_code=201,
    responses=problems(409),
    summary="Create an account; its owner sets the password with the code",
)
def invite_user(body: InvitationRequest, admin: AdminUser, session: WriteSession) -> InvitationOut:
    return InvitationOut.model_validate(
        invitations.invite(
            session,
            actor_id=admin.user_id,
            email=body.email,
            full_name=body.full_name,
            role=body.role,
        )
    )


@router.post(
    "/users/{user_id}/password-link",
    responses=problems(404, 409),
    summary="Create a code for setting a new password; earlier codes stop working",
)
def make_password_link(user_id: UserId, admin: AdminUser, session: WriteSession) -> InvitationOut:
    return InvitationOut.model_validate(
        invitations.password_link(session, actor_id=admin.user_id, user_id=user_id)
    )


@router.patch(
    "/users/{user_id}",
    responses=problems(404, 409),
    summary="Activate or deactivate a user, or change the role",
)
def change_user(
    user_id: UserId, body: UserChange, admin: AdminUser, session: WriteSession
) -> UserOut:
    user = auth.get_user(session, user_id)
    if body.active is not None:
        user = auth.set_active(session, actor_id=admin.user_id, user_id=user_id, active=body.active)
    if body.role is not None:
        user = auth.set_role(session, actor_id=admin.user_id, user_id=user_id, role=body.role)
    return UserOut.model_validate(user)


@router.post("/users/{user_id}/credits", responses=problems(404), summary="Grant or remove credits")
def grant_credits(
    user_id: UserId,
    body: Grant,
    request: Request,
    admin: AdminUser,
    session: WriteSession,
    key: IdempotencyKey = None,
) -> BalanceOut:
    caller = caller_of(request, admin, key)
    parts = ("grant", user_id, body.model_dump(mode="json"))
    return accept(session, caller, parts, BalanceOut, lambda: _grant(session, admin, user_id, body))


def _grant(session: Session, admin: Identity, user_id: str, body: Grant) -> BalanceOut:
    auth.get_user(session, user_id)
    amount_uc = to_uc(str(body.amount))
    ledger.grant(
        session,
        user_id=user_id,
        amount_uc=amount_uc,
        key=f"admin:{admin.user_id}:{new_id('grant')}",
        reason="admin",
        facts={"reason": body.reason, "by": admin.user_id},
    )
    audit.record(
        session,
        actor_id=admin.user_id,
        action="credits.granted",
        target=user_id,
        facts={"amount": to_credits(amount_uc), "reason": body.reason},
    )
    return BalanceOut.of(ledger.balance(session, user_id))


@router.get("/prices", summary="List today's prices")
def list_prices(admin: AdminUser, session: ReadSession) -> PricingOut:  # noqa: ARG001
    return pricing_out(prices.current(session))


@router.put("/prices/{key}", summary="Set a price; accepted jobs keep theirs")
def set_price(
    key: Annotated[str, Path(max_length=80, pattern=r"^[a-z0-9_.-]+$")],
    body: PriceChange,
    admin: AdminUser,
    session: WriteSession,
) -> PricingOut:
    prices.set_price(session, key=key, amount_uc=to_uc(str(body.amount)))
    _record(session, admin.user_id, "price.set", key, {"amount": body.amount})
    session.flush()
    return pricing_out(prices.current(session))


@router.put("/model-prices/{provider}/{model:path}", summary="Set a language model's price")
def set_model_price(
    provider: Annotated[str, Path(max_length=40, pattern=r"^[a-z0-9-]+$")],
    model: Annotated[str, Path(max_length=120, pattern=r"^[A-Za-z0-9._:/-]+$")],
    body: ModelPriceChange,
    admin: AdminUser,
    session: WriteSession,
) -> PricingOut:
    fields = {
        "multiplier": str(body.multiplier),
        "rate": str(body.per_1000_characters),
        "active": body.active,
    }
    catalogue.edit(session, ("text", provider, model), fields)
    _record(session, admin.user_id, "model_price.set", f"{provider}/{model}", body.model_dump())
    session.flush()
    return pricing_out(prices.current(session))


@router.get("/jobs", summary="List the jobs of all users")
def list_jobs(
    admin: AdminUser,  # noqa: ARG001
    session: ReadSession,
    page: PageDep,
    state: JobState | None = None,
    stuck: Annotated[bool, Query(description="Only running jobs whose worker has died.")] = False,  # noqa: FBT002
    user_id: Annotated[CleanStr | None, Query(max_length=40)] = None,
) -> Page[JobOut]:
    statement = job_queries.listed(state=state, user_id=user_id, stuck=stuck)
    rows, cursor = fetch_page(session, statement, by=Job.id, page=page)
    return Page(items=[job_out(row) for row in rows], next_cursor=cursor)


@router.post("/jobs/{job_id}/cancel", responses=problems(404, 409), summary="Cancel any user's job")
def cancel_job(job_id: JobId, admin: AdminUser, session: WriteSession) -> JobOut:
    job = jobs.cancel(session, _job(session, job_id))
    _record(session, admin.user_id, "job.cancelled", job_id, {})
    return job_out(job)


@router.post(
    "/jobs/{job_id}/requeue",
    responses=problems(404, 409),
    summary="Take a running job from its worker and queue it again",
)
def requeue_job(job_id: JobId, admin: AdminUser, session: WriteSession) -> JobOut:
    job = jobs.requeue(session, _job(session, job_id))
    _record(session, admin.user_id, "job.requeued", job_id, {})
    session.flush()
    return job_out(job)


@router.get("/providers", summary="List the providers and what is missing for each")
def list_providers(admin: AdminUser, runtime: RuntimeDep) -> list[ProviderOut]:  # noqa: ARG001
    rows = []
    for kind, name, entry in entries():
        missing = registry.missing(entry, runtime.settings)
        rows.append(
            ProviderOut(
                kind=kind,
                name=name,
                title=worded(entry.title),
                ready=missing is None,
                missing=missing,
            )
        )
    return rows


@router.get("/audit", summary="List the entries of the audit log")
def list_audit(admin: AdminUser, session: ReadSession, page: PageDep) -> Page[AuditOut]:  # noqa: ARG001
    rows, cursor = audit.page_of_entries(session, page=page)
    return Page(items=[AuditOut.model_validate(row) for row in rows], next_cursor=cursor)


def _job(session: WriteSession, job_id: str) -> Job:
    job = session.get(Job, job_id)
    if job is None:
        raise JobNotFound(job_id)
    return job


def _record(
    session: WriteSession, actor_id: str, action: str, target: str, facts: dict[str, Any]
) -> None:
    audit.record(session, actor_id=actor_id, action=action, target=target, facts=facts)
