"""Who spoke when, and which word is whose."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from mp4totext.editing.assign_speakers import assign
from mp4totext.jobs.context import Context
from mp4totext.media.channels import independent_channels
from mp4totext.media.decode import AudioReader
from mp4totext.providers.diarization.base import DiarizationRequest
from mp4totext.providers.diarization.table import diarization_capabilities, diarizer
from mp4totext.transcript import Transcript, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class DiarizationOrder:
    """What is asked of a diarizer."""

    diarizer: str
    media_key: str
    duration_ms: int
    min_speakers: int | None
    max_speakers: int | None
    link_lives_s: int  # how long a vendor may fetch the recording


@dataclass(frozen=True, slots=True)
class Turns:
    """A checkpoint."""

    turns: tuple[Turn, ...]


def speaker_turns(
    order: DiarizationOrder, path: Path, ctx: Context, *, weights: tuple[float, ...] | None
) -> tuple[Turn, ...]:
    """Kept as a checkpoint; warns when the channels of a call would do better."""
    found = ctx.step(
        "diarize", lambda: Turns(_diarized(order, path, ctx, weights=weights)), returns=Turns
    )
    if _could_use_channels(order, path, ctx):
        ctx.warnings.append(
            "The two channels of this recording carry different voices, like the sides of a call: "
            "the diarizer 'channels' tells them apart exactly."
        )
    return found.turns


def _diarized(
    order: DiarizationOrder, path: Path, ctx: Context, *, weights: tuple[float, ...] | None
) -> tuple[Turn, ...]:
    engine = diarizer(order.diarizer, ctx.runtime.settings)
    url = ctx.runtime.storage.signed_url(order.media_key, expires_s=order.link_lives_s)
    with AudioReader(path, weights=weights) as reader:
        return engine.diarize(
            DiarizationRequest(
                path=path,
                duration_ms=order.duration_ms,
                read=reader.read,
                min_speakers=order.min_speakers,
                max_speakers=order.max_speakers,
                media_url=url,
                once=_once(ctx),
            ),
            lambda done_ms: ctx.progress("diarize", done_ms, order.duration_ms),
        )


def _once(ctx: Context) -> Callable[[Callable[[], str]], str]:
    """A vendor is paid once: its reference is a checkpoint."""
    return lambda work: ctx.step("diarizer's vendor", work, returns=str)


def _could_use_channels(order: DiarizationOrder, path: Path, ctx: Context) -> bool:
    if diarization_capabilities(order.diarizer).needs_channels:
        return False
    return ctx.step(
        "independent channels",
        lambda: independent_channels(path, duration_ms=order.duration_ms),
        returns=bool,
    )


def with_speakers(transcript: Transcript, turns: tuple[Turn, ...]) -> Transcript:
    segments, speakers = assign(transcript.segments, turns)
    return replace(transcript, segments=segments, speakers=speakers)
