"""Who spoke when, and which word is whose."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from mp4totext.editing.assign_speakers import assign
from mp4totext.jobs.context import Context
from mp4totext.media.channels import independent_channels
from mp4totext.media.decode import AudioReader
from mp4totext.providers import registry
from mp4totext.providers.diarization.base import DiarizationRequest
from mp4totext.transcript import Transcript, Turn

_TURNS = TypeAdapter(tuple[Turn, ...])


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked of a diarizer."""

    diarizer: str
    media_key: str
    duration_ms: int
    min_speakers: int | None
    max_speakers: int | None
    link_lives_s: int


def turns(
    wanted: Wanted, path: Path, ctx: Context, *, weights: list[float] | None
) -> list[dict[str, Any]]:
    """JSON of the turns, kept as a checkpoint; tells when the sides of a call could be used."""
    found: list[dict[str, Any]] = ctx.step(
        "diarize", lambda: _found(wanted, path, ctx, weights=weights)
    )
    if _has_sides(wanted, path, ctx):
        ctx.warnings.append(
            "The two channels of this recording carry different voices, like the sides of a call: "
            "the diarizer 'channels' tells them apart exactly."
        )
    return found


def _found(
    wanted: Wanted, path: Path, ctx: Context, *, weights: list[float] | None
) -> list[dict[str, Any]]:
    diarizer = registry.diarizer(wanted.diarizer, ctx.runtime.settings)
    url = ctx.runtime.storage.signed_url(wanted.media_key, expires_s=wanted.link_lives_s)
    with AudioReader(path, weights=None if weights is None else tuple(weights)) as reader:
        found = diarizer.diarize(
            DiarizationRequest(
                path=path,
                duration_ms=wanted.duration_ms,
                read=reader.read,
                min_speakers=wanted.min_speakers,
                max_speakers=wanted.max_speakers,
                media_url=url,
                once=_kept_in(ctx),
            ),
            lambda done_ms: ctx.progress("diarize", done_ms, wanted.duration_ms),
        )
    dumped: list[dict[str, Any]] = _TURNS.dump_python(found, mode="json")
    return dumped


def _kept_in(ctx: Context) -> Callable[[Callable[[], str]], str]:
    return lambda work: str(ctx.step("diarizer's vendor", work))


def _has_sides(wanted: Wanted, path: Path, ctx: Context) -> bool:
    if registry.diarization_capabilities(wanted.diarizer).needs_channels:
        return False
    return bool(
        ctx.step("sides", lambda: independent_channels(path, duration_ms=wanted.duration_ms))
    )


def with_speakers(transcript: Transcript, turns: list[dict[str, Any]]) -> Transcript:
    segments, speakers = assign(transcript.segments, _TURNS.validate_python(turns))
    return replace(transcript, segments=segments, speakers=speakers)
