"""Speakers of a telephone recording: each channel is one side of the call, so one speaker."""

from collections.abc import Iterator
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mp4totext.media.decode import AudioReader
from mp4totext.media.sources import Mix
from mp4totext.providers.access import Access
from mp4totext.providers.base import SAMPLE_RATE, Report, Samples
from mp4totext.providers.diarization.base import DiarizationCapabilities, DiarizationRequest
from mp4totext.providers.diarization.joining import joined
from mp4totext.providers.diarization.speaker_limits import check_limits
from mp4totext.providers.errors import ProviderRejected
from mp4totext.providers.vad import FRAME, Vad, VadOptions, regions
from mp4totext.transcript import Turn

WINDOW_MS = 300_000

_CROSS_TALK_DB = 10.0  # voice this far below that of another channel is crosstalk
_SMOOTH_FRAMES = 7  # levels are averaged over 0.2 s, as single frames fluctuate
_JOIN_MS = 800

# Lower than for recognition, as soft beginnings and ends of a turn belong to its speaker.
_SPEECH = VadOptions(onset=0.25, offset=0.12, min_speech_ms=96, min_silence_ms=192, pad_ms=64)
# The network's state drifts on some voices until it finds none: it is reset after each block, and
# gets a second of what came before to settle.
_VAD_BLOCK = 320 * FRAME
_VAD_LEAD = 31 * FRAME

_Channels = NDArray[np.float32]  # (channels, samples)
_Frames = NDArray[np.float32]  # (channels, 32 ms frames)


class ChannelDiarizer:
    """The voice of each channel as turns of its own speaker; both sides may talk at once."""

    @cached_property
    def _vad(self) -> Vad:
        return Vad()

    def diarize(self, request: DiarizationRequest, report: Report) -> tuple[Turn, ...]:
        """Turns in order of their starts, speakers named "channel 1", "channel 2", ...

        Raises ProviderRejected for a recording with one channel, or with voices in more channels
        than ``max_speakers``.
        """
        check_limits(request, provider="channels")
        turns = [turn for window in self._windows(request, report) for turn in window]
        speakers = sorted({turn.speaker for turn in turns})
        if request.limits.max_speakers is not None and len(speakers) > request.limits.max_speakers:
            raise ProviderRejected(
                f"{len(speakers)} channels carry a voice, but max_speakers is "
                f"{request.limits.max_speakers}: raise it, or use the diarizer 'local'.",
                provider="channels",
                code="speaker_limits",
            )
        # One channel at a time: voice on the other side does not end a turn here.
        by_speaker = [
            turn
            for speaker in speakers
            for turn in joined([t for t in turns if t.speaker == speaker], pause_ms=_JOIN_MS)
        ]
        return tuple(sorted(by_speaker, key=lambda turn: (turn.start_ms, turn.speaker)))

    def _windows(self, request: DiarizationRequest, report: Report) -> Iterator[list[Turn]]:
        with AudioReader(request.path) as reader:
            readable = [track.number for track in reader.structure.tracks if track.readable]
            each = Mix.each_channel(reader.structure, *readable)
            if len(each.feeds) < 2:
                raise ProviderRejected(
                    "This recording has one channel, so its speakers cannot be told apart by "
                    "channel: use the diarizer 'local'.",
                    provider="channels",
                    code="one_channel",
                )
            for start_ms in range(0, request.duration_ms, WINDOW_MS):
                end_ms = min(start_ms + WINDOW_MS, request.duration_ms)
                yield self._turns_in(reader.read_feeds(start_ms, end_ms, mix=each), start_ms)
                report(end_ms)

    def _turns_in(self, audio: _Channels, start_ms: int) -> list[Turn]:
        if not audio.shape[1]:
            return []
        length_ms = audio.shape[1] * 1_000 // SAMPLE_RATE
        spoken = np.stack([_speech_probabilities(channel, self._vad) for channel in audio])
        own = np.where(_cross_talk(audio, spoken.shape[1]), np.float32(0.0), spoken)
        return [
            Turn(
                start_ms=start_ms + region.start_ms,
                end_ms=start_ms + region.end_ms,
                speaker=f"channel {number}",
                confidence=_confidence(channel, region.start_ms, region.end_ms),
            )
            for number, channel in enumerate(own, 1)
            for region in regions(channel, length_ms=length_ms, options=_SPEECH)
        ]


def _speech_probabilities(samples: Samples, vad: Vad) -> NDArray[np.float32]:
    """The probability of voice in each 32 ms frame; the network is reset every ten seconds."""
    blocks: list[NDArray[np.float32]] = []
    for at in range(0, len(samples), _VAD_BLOCK):
        lead = min(at, _VAD_LEAD)
        probabilities = vad.probabilities(samples[at - lead : at + _VAD_BLOCK])
        blocks.append(probabilities[lead // FRAME :])
    return np.concatenate(blocks) if blocks else np.zeros(0, np.float32)


def _cross_talk(audio: _Channels, frame_count: int) -> NDArray[np.bool_]:
    """(channels, frames): where a channel is so far below the loudest that it is crosstalk."""
    padded = np.pad(audio, ((0, 0), (0, frame_count * FRAME - audio.shape[1])))
    power = np.mean(np.square(padded.reshape(len(audio), frame_count, FRAME)), axis=2)
    kernel = np.ones(_SMOOTH_FRAMES) / _SMOOTH_FRAMES
    smooth = np.stack([np.convolve(channel, kernel, mode="same") for channel in power])
    level = 10 * np.log10(np.maximum(smooth, 1e-12))
    return np.asarray(level < level.max(axis=0) - _CROSS_TALK_DB)


def _confidence(probabilities: _Frames, start_ms: int, end_ms: int) -> float | None:
    frame_ms = FRAME * 1_000 // SAMPLE_RATE
    inside = probabilities[start_ms // frame_ms : end_ms // frame_ms + 1]
    return round(float(inside.mean()), 3) if len(inside) else None


def build(_access: Access[DiarizationCapabilities]) -> ChannelDiarizer:
    return ChannelDiarizer()
