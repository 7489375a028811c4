"""Texts requested with an upload: checked and priced before it, submitted after it."""

from collections.abc import Sequence
from typing import cast

from sqlalchemy.orm import Session

from mp4totext.credits.prices import PriceList
from mp4totext.jobs.caller import Caller
from mp4totext.jobs.job_view import JobView
from mp4totext.jobs.models import Job
from mp4totext.kit.errors import AppError
from mp4totext.kit.queue_names import PRIORITIES, Priority
from mp4totext.settings import Settings
from mp4totext.texts import service
from mp4totext.texts.model_choice import LOCAL
from mp4totext.texts.orders import planned_text, refuse_unusable
from mp4totext.texts.planning import TextPlan, plan_text
from mp4totext.texts.prices import text_costs
from mp4totext.transcriptions import queries as transcriptions
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.options import TextOrder
from mp4totext.transcriptions.schemas import TextCosts
from mp4totext.transcriptions.versions import transcript_of
from mp4totext.writing.kinds import KINDS


class TextFollowUps:
    """Implements ``transcriptions.follow_ups.FollowUps``, which has the contracts."""

    def check(
        self, orders: Sequence[TextOrder], *, prices: PriceList, settings: Settings
    ) -> tuple[TextOrder, ...]:
        checked = []
        for order in orders:
            plan = plan_text(order, prices=prices, settings=settings)
            checked.append(
                order.model_copy(update={"provider": plan.provider, "model": plan.model})
            )
        return tuple(checked)

    def costs(
        self,
        orders: Sequence[TextOrder],
        *,
        prices: PriceList,
        duration_ms: int | None,
        metered: bool,
    ) -> TextCosts:
        return text_costs(orders, prices=prices, duration_ms=duration_ms, metered=metered)

    def accept(
        self,
        session: Session,
        job: JobView,
        transcription: Transcription,
        orders: Sequence[TextOrder],
    ) -> None:
        row = session.get_one(Job, job.id)
        caller = Caller(
            user_id=job.user_id,
            metered=row.metered,
            may_hurry=True,  # the priority that was granted for the recording
            request_id=job.request_id,
        )
        version = transcriptions.version(session, transcription)
        transcript = transcript_of(session, version)
        for order in orders:
            kind = KINDS[order.kind]
            plan = TextPlan(
                kind=kind,
                options=kind.options.model_validate(order.options),
                provider=order.provider or LOCAL,
                model=order.model,
            )
            text = planned_text(transcription, version, transcript, plan)
            try:
                refuse_unusable(kind, plan.provider, transcript)
                # A savepoint: a text that cannot be paid must not undo the transcript.
                with session.begin_nested():
                    service.submit_text(
                        session,
                        caller,
                        text,
                        priority=cast("Priority", PRIORITIES[row.priority]),
                        webhook_url=row.webhook_url,
                    )
            except AppError as error:
                row.warnings = [*row.warnings, f"No {kind.title.lower()}: {error.message}"]


FOLLOW_UPS = TextFollowUps()
