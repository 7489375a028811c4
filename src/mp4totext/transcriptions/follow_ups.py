"""The interface for texts that are written once a transcript is stored; ``texts`` implements it."""

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy.orm import Session

from mp4totext.credits.prices import PriceList
from mp4totext.jobs.job_view import JobView
from mp4totext.settings import Settings
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.options import TextOrder
from mp4totext.transcriptions.schemas import TextCosts


class FollowUps(Protocol):
    def check(
        self, orders: Sequence[TextOrder], *, prices: PriceList, settings: Settings
    ) -> tuple[TextOrder, ...]:
        """The orders with provider and model chosen. Raises AppError saying what is accepted."""
        ...

    def costs(
        self,
        orders: Sequence[TextOrder],
        *,
        prices: PriceList,
        duration_ms: int | None,
        metered: bool,
    ) -> TextCosts:
        """The highest cost of checked orders, before anything is transcribed."""
        ...

    def accept(
        self,
        session: Session,
        job: JobView,
        transcription: Transcription,
        orders: Sequence[TextOrder],
    ) -> None:
        """Submit them in the transaction that stores the transcript.

        What cannot be written or paid becomes a warning of the transcription, which stays valid.
        """
        ...
