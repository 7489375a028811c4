"""Determines who spoke when, and assigns the words."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from mp4totext.editing.assign_speakers import assign
from mp4totext.jobs.context import Context
from mp4totext.media.decode import AudioReader
from mp4totext.providers.base import SpeakerLimits
from mp4totext.providers.diarization import table
from mp4totext.providers.diarization.base import DiarizationRequest
from mp4totext.providers.errors import ProviderError
from mp4totext.transcript import Transcript, Turn
from mp4totext.transcriptions.order import RecordingRef

_VENDOR = "diarizer's vendor"  # the step with the vendor's reference


@dataclass(frozen=True, slots=True)
class Turns:
    """A checkpoint."""

    turns: tuple[Turn, ...]
    channels: int = 1  # number of channels with different voices


def speaker_turns(
    diarizer: str,
    recording: RecordingRef,
    limits: SpeakerLimits,
    ctx: Context,
    *,
    open_reader: Callable[[], AudioReader],
) -> tuple[Turn, ...]:
    """The speakers' turns, as a checkpoint; warns when separate channels would be better."""

    def diarized() -> Turns:
        url = ctx.runtime.storage.signed_url(recording.media_key, expires_s=recording.link_lives_s)
        with open_reader() as reader:
            request = DiarizationRequest(
                path=reader.path,
                duration_ms=recording.duration_ms,
                read=reader.read,
                limits=limits,
                media_url=url,
                once=lambda work: ctx.step(_VENDOR, work, returns=str),  # pays the vendor once
            )
            try:
                turns = table.diarizer(diarizer, ctx.runtime.settings).diarize(
                    request,
                    lambda done_ms: ctx.progress("diarize", done_ms, recording.duration_ms),
                )
            except ProviderError as error:
                if not (error.retryable and ctx.job.may_retry):
                    ctx.forget([_VENDOR])  # a job that is run again starts from the beginning
                raise
            return Turns(turns, channels=reader.mix.voices)

    found = ctx.step("diarize", diarized, returns=Turns)
    by_channel = table.diarization_capabilities(diarizer).needs_channels
    if found.channels > 1 and not by_channel:
        ctx.warnings.append(
            f"{found.channels} channels of this recording carry different voices, like the sides "
            "of a call or a microphone each: the diarizer 'channels' tells them apart exactly."
        )
    return found.turns


def with_speakers(transcript: Transcript, turns: tuple[Turn, ...]) -> Transcript:
    segments, speakers = assign(transcript.segments, turns)
    return replace(transcript, segments=segments, speakers=speakers)
