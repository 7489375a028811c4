"""Calls picture providers: several at once, each paid once, and each result checked."""

from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial

import numpy as np

from mp4totext.images import files
from mp4totext.images.files import SavedPicture
from mp4totext.images.orders import ImageParams
from mp4totext.images.planning import facts_of
from mp4totext.images.styles import full_negative, full_prompt, style_of
from mp4totext.jobs.context import Context
from mp4totext.kit.ids import new_id
from mp4totext.media.errors import MediaError
from mp4totext.media.stills import Still, read_still
from mp4totext.providers.errors import ProviderError, ProviderUnreachable
from mp4totext.providers.image.base import ImageRequest, Picture, size_of
from mp4totext.providers.image.table import IMAGE, image_model

_LOOK_S = 0.2  # interval of checks for a cancelled job
_ASPECT_OFF_MAX = 0.06  # deviation from the requested aspect
_FLAT = 2.0  # standard deviation in levels, below which a picture shows nothing
_GONE = "output_gone"  # error code: the vendor made the picture but no longer has it


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredPicture:
    """A picture that was delivered."""

    kept: SavedPicture
    kind: str
    seed: int | None = None
    source_ms: int | None = None
    prompt: str = ""


def draw_all(
    calls: Mapping[str, ImageParams], ctx: Context
) -> tuple[dict[str, tuple[DeliveredPicture, ...]], ProviderError | None]:
    """Run ``draw`` for each named call of one provider, as many at once as it allows.

    Returns what arrived, in the order of ``calls``, and the last permanent error. A temporary error
    is raised once all started calls have ended, so that their results are stored. Calls of a
    cancelled job notice it and leave nothing behind.
    """
    arrived: dict[str, tuple[DeliveredPicture, ...]] = {}
    failed: dict[str, ProviderError] = {}
    later: ProviderError | None = None
    pool = ThreadPoolExecutor(_at_once(calls, ctx), thread_name_prefix="pictures")
    try:
        under_way = {
            # A context for each, so that log lines of a thread name the job, too.
            pool.submit(copy_context().run, partial(draw, call, ctx, name=name)): name
            for name, call in calls.items()
        }
        left = set(under_way)
        while left:
            ctx.progress("draw", len(calls) - len(left), len(calls), unit="items")
            ended, left = wait(left, timeout=_LOOK_S, return_when=FIRST_COMPLETED)
            for future in ended:
                try:
                    arrived[under_way[future]] = future.result()
                except ProviderError as error:
                    failed[under_way[future]] = error
                    if error.retryable and ctx.job.may_retry:
                        later = error  # pictures that exist are not made again
                        left -= {each for each in left if each.cancel()}
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    if later is not None:
        raise later
    ctx.progress("draw", len(calls), len(calls), unit="items")
    errors = [failed[name] for name in calls if name in failed]
    ordered = {name: arrived[name] for name in calls if name in arrived}
    return ordered, errors[-1] if errors else None


def _at_once(calls: Mapping[str, ImageParams], ctx: Context) -> int:
    """How many calls run at once; halved each time the job was postponed, as for a busy vendor."""
    most = min((IMAGE[call.provider].capabilities.at_once for call in calls.values()), default=1)
    put_off = ctx.job.attempt // 2  # a claim and a return to the queue each raise it by one
    return max(1, most >> min(put_off, 8))


def draw(params: ImageParams, ctx: Context, *, name: str) -> tuple[DeliveredPicture, ...]:
    """One call of a provider, for as many pictures as there are ids. Raises ProviderError.

    The pictures are in storage before the step ``name`` is done: a restarted job does not pay
    twice.
    """
    facts = facts_of(params.provider, params.model)
    style = style_of(params.style)
    width, height = size_of(params.aspect, facts)

    started = _Started(ctx, f"started:{name}")

    def call_provider() -> tuple[DeliveredPicture, ...]:
        result = image_model(params.provider, ctx.runtime.settings).generate(
            ImageRequest(
                model=params.model,
                prompt=params.prompt if facts.typeset else full_prompt(params.prompt, style),
                negative=full_negative(params.negative, style) if facts.negative else "",
                width=width,
                height=height,
                aspect=params.aspect,
                seed=params.seed,
                count=len(params.image_ids),
                palette=params.palette,
                language=params.language,
                check=ctx.check,
                once=started,
            )
        )
        started.has_ended = True
        ctx.check()  # before anything is stored for a job that has been cancelled
        shape = width / height
        return tuple(
            DeliveredPicture(
                kept=files.save(ctx.runtime, image_id, _checked(picture, shape, params, ctx)),
                kind="card" if facts.typeset else "generated",
                seed=picture.seed,
                prompt=params.prompt,
            )
            for image_id, picture in zip(params.image_ids, result.pictures, strict=False)
        )

    def make() -> tuple[DeliveredPicture, ...]:
        try:
            return call_provider()
        except ProviderError as error:
            if not started.is_over(error) or started.is_new or ctx.job.run == 1:
                raise
        return call_provider()  # the work that an earlier run started failed, or was cancelled

    return ctx.step(f"picture:{name}", make, returns=tuple[DeliveredPicture, ...])


class _Started:
    """The reference of work that a vendor started. It is kept while the work may still succeed."""

    def __init__(self, ctx: Context, name: str) -> None:
        self._ctx = ctx
        self._name = name
        self.is_new = True  # started by this attempt
        self.has_ended = False  # its result has arrived

    def __call__(self, work: Callable[[], str]) -> str:
        self.is_new = False

        def begin() -> str:
            self.is_new = True
            return work()

        return self._ctx.step(self._name, begin, returns=str)

    def is_over(self, error: ProviderError) -> bool:
        """Whether the work has failed for good; its reference is then forgotten."""
        may_pass = error.retryable and self._ctx.job.may_retry
        if may_pass and not self.has_ended and error.code != _GONE:
            return False
        self._ctx.forget([self._name])
        return True


def _checked(picture: Picture, shape: float, params: ImageParams, ctx: Context) -> Still:
    """Decode a picture as an untrusted file. Raises ProviderUnreachable for an empty one."""
    path = ctx.workdir / new_id("img")  # several are checked at once
    path.write_bytes(picture.data)
    try:
        still = read_still(path)
    except MediaError as error:
        raise _bad(params, "a file that is no picture") from error
    if abs(still.width / still.height / shape - 1) > _ASPECT_OFF_MAX:
        raise _bad(params, f"a picture of {still.width} x {still.height}, not {params.aspect}")
    if float(np.std(still.pixels)) < _FLAT:
        raise _bad(params, "a picture of one colour")
    return still


def _bad(params: ImageParams, what: str) -> ProviderUnreachable:
    return ProviderUnreachable(
        f"{params.provider} sent {what}.", provider=params.provider, code="bad_answer"
    )
