"""Another engine transcribes when the chosen one cannot be reached, if the user allows it."""

from collections.abc import Callable
from typing import TypeVar

from mp4totext.jobs.context import Context
from mp4totext.jobs.runner import VENDOR_IN_PROGRESS
from mp4totext.kit.log import get_logger
from mp4totext.providers.errors import ProviderError
from mp4totext.transcriptions.order import TranscriptionOrder

STEP = "fallback"

T = TypeVar("T")
log = get_logger()


def run(
    ctx: Context,
    order: TranscriptionOrder,
    *,
    transcribe: Callable[[TranscriptionOrder], T],
    discard: Callable[[], None],
) -> T:
    """What ``transcribe`` returns with the order's engine, or with the one that takes over.

    Only technical failures count, and only after the job's retries. ``discard`` removes what the
    first engine's vendor still has; nothing of its result is mixed with the other's.
    """
    reason = ctx.step_result(STEP, returns=str)
    if reason is None:
        try:
            return transcribe(order)
        except ProviderError as error:
            if order.fallback is None or not _cannot_be_reached(error) or ctx.job.may_retry:
                raise
            reason = error.message
        discard()
        ctx.start_over(STEP, reason)
    taken_over = order.taken_over()
    first, other = order.engine.engine, taken_over.engine
    log.warning("job.engine_changed", engine=first, instead=other.engine)
    ctx.warnings.append(f"{other.engine} took over from {first}, which failed: {reason}")
    ctx.warnings.extend(f"{other.engine} {what}." for what in other.without)
    return transcribe(taken_over)


def _cannot_be_reached(error: ProviderError) -> bool:
    """Unreachable, failing or busy; not a "no", and not a vendor that is still working on it."""
    return error.retryable and error.code != VENDOR_IN_PROGRESS
