"""Transcribes with another engine if the chosen one is unreachable and the user allows it."""

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
    """Call ``transcribe`` with the order's engine or, after a technical failure, with the fallback.

    Only failures after the job's retries count. ``discard`` deletes what the first engine's vendor
    still has; none of its results is used.
    """
    reason = ctx.step_result(STEP, returns=str)
    if reason is None:
        try:
            return transcribe(order)
        except ProviderError as error:
            unreachable = error.retryable and error.code != VENDOR_IN_PROGRESS
            if order.fallback is None or not unreachable or ctx.job.may_retry:
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
