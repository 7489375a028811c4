"""Who spoke when, and which word is whose."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from mp4totext.editing.assign_speakers import assign
from mp4totext.jobs.context import Context
from mp4totext.media.channels import independent_channels
from mp4totext.media.decode import AudioReader
from mp4totext.providers.base import SpeakerLimits
from mp4totext.providers.diarization import table
from mp4totext.providers.diarization.base import DiarizationRequest
from mp4totext.transcript import Transcript, Turn
from mp4totext.transcriptions.order import RecordingRef


@dataclass(frozen=True, slots=True)
class Turns:
    """A checkpoint."""

    turns: tuple[Turn, ...]


def speaker_turns(
    diarizer: str,
    recording: RecordingRef,
    limits: SpeakerLimits,
    path: Path,
    ctx: Context,
    *,
    weights: tuple[float, ...] | None,
) -> tuple[Turn, ...]:
    """Kept as a checkpoint; warns when the channels of a call would do better.

    ``weights``: of the channels of the file at ``path``, None for one channel.
    """

    def diarized() -> Turns:
        url = ctx.runtime.storage.signed_url(recording.media_key, expires_s=recording.link_lives_s)
        with AudioReader(path, weights=weights) as reader:
            request = DiarizationRequest(
                path=path,
                duration_ms=recording.duration_ms,
                read=reader.read,
                limits=limits,
                media_url=url,
                once=_once(ctx),
            )
            return Turns(
                table.diarizer(diarizer, ctx.runtime.settings).diarize(
                    request,
                    lambda done_ms: ctx.progress("diarize", done_ms, recording.duration_ms),
                )
            )

    found = ctx.step("diarize", diarized, returns=Turns)
    if _could_use_channels(diarizer, recording.duration_ms, path, ctx):
        ctx.warnings.append(
            "The two channels of this recording carry different voices, like the sides of a call: "
            "the diarizer 'channels' tells them apart exactly."
        )
    return found.turns


def _once(ctx: Context) -> Callable[[Callable[[], str]], str]:
    """A vendor is paid once: its reference is a checkpoint."""
    return lambda work: ctx.step("diarizer's vendor", work, returns=str)


def _could_use_channels(diarizer: str, duration_ms: int, path: Path, ctx: Context) -> bool:
    if table.diarization_capabilities(diarizer).needs_channels:
        return False
    return ctx.step(
        "independent channels",
        lambda: independent_channels(path, duration_ms=duration_ms),
        returns=bool,
    )


def with_speakers(transcript: Transcript, turns: tuple[Turn, ...]) -> Transcript:
    segments, speakers = assign(transcript.segments, turns)
    return replace(transcript, segments=segments, speakers=speakers)
