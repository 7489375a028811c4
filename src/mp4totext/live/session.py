"""Transcribes one live session in a worker, and holds credits as it continues."""

import hashlib
import time
from collections.abc import Iterable
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, assert_never

import numpy as np
from pydantic import BaseModel

from mp4totext.credits.errors import InsufficientCredits
from mp4totext.credits.quotes import Quote, per_minute
from mp4totext.events import log as event_log
from mp4totext.jobs.context import Context
from mp4totext.kit.clock import now
from mp4totext.kit.ids import created_at
from mp4totext.live.chunks import ChunkReader, Received
from mp4totext.live.windows import LiveWindows, live_windows
from mp4totext.media.errors import DamagedMedia, MediaError
from mp4totext.media.samples import Pcm
from mp4totext.media.streams import FlacWriter, SoundStream, StreamFormat, open_stream
from mp4totext.providers.base import SAMPLE_RATE, Samples
from mp4totext.providers.errors import ProviderRejected
from mp4totext.providers.speech.decoding.streaming import LiveDecoder, Utterance
from mp4totext.providers.speech.table import live_engine
from mp4totext.providers.vad import Vad
from mp4totext.transcript import Transcript
from mp4totext.transcriptions.files import media_key
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.steps import transcribe_windows

PRICE = "transcription"
POLL_S = 0.06  # adds at most this to the time until words are seen
PROGRESS_EVERY_S = 5.0
BACKLOG_CHUNKS = 8  # arrived since the last read: more than a second and a half of audio
_PER_MS = SAMPLE_RATE // 1000
# How far ahead of real time sound may be. A few bytes of Opus can say that they are hours.
AHEAD_MS_MAX = 600_000
_SAMPLE_BYTES = 2  # of pcm_s16le: only such sessions can be cleared
_VAD = Vad()
_WORD_FIELDS = ("text", "start_ms", "end_ms", "confidence")  # of a word in a live_final event

EndReason = Literal["ended", "idle", "max_length", "insufficient_credits", "damaged"]


class LiveParams(BaseModel):
    """The parameters of a session. They have no duration, as it is unknown at the start."""

    transcription_id: str
    format: StreamFormat
    engine: str
    language: str | None = None
    step_ms: int  # credits are held for this much audio at a time
    max_ms: int
    idle_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRecording:
    """The recording of a session, as it was stored when the session ended."""

    media_key: str
    size_bytes: int
    sha256: str
    duration_ms: int

    def copy_to(self, transcription: Transcription) -> None:
        transcription.media_key = self.media_key
        transcription.media_type = "flac"
        transcription.size_bytes = self.size_bytes
        transcription.sha256 = self.sha256
        transcription.duration_ms = self.duration_ms
        transcription.channels = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveResult:
    transcript: Transcript
    recording: StoredRecording


def transcribe_live(params: LiveParams, ctx: Context) -> LiveResult:
    """Transcribe a session from its first byte to its end.

    A worker that takes over from another one reads all audio again, but publishes only words after
    the last final words of the other. Raises ProviderRejected if there is no audio, or none that
    can be decoded.
    """
    speech = live_engine(params.engine, ctx.runtime.settings)
    speech.load()
    # From here on the client may speak: see service.is_running.
    ctx.progress("live", 0, params.max_ms)
    path = ctx.workdir / "live.flac"
    with ctx.runtime.database.read() as session:
        last_final = event_log.latest(session, ctx.job.id, "live_final")
        last_cleared = event_log.latest(session, ctx.job.id, "live_cleared")
    cleared_bytes = 0 if last_cleared is None else int(last_cleared.body["bytes"])
    done_ms = 0 if last_final is None else int(last_final.body["end_ms"])
    with ExitStack() as stack:
        windows = stack.enter_context(live_windows(speech, ctx, language=params.language))
        live = _LiveSession(
            ctx,
            params,
            reader=ChunkReader(ctx.runtime, ctx.job.id, cleared_bytes=cleared_bytes),
            stream=stack.enter_context(closing(open_stream(params.format))),
            file=stack.enter_context(closing(FlacWriter(path))),
            windows=windows,
            decoder=LiveDecoder(
                speech,
                _VAD,
                language=params.language,
                start_ms=done_ms,
                report=lambda _ms: ctx.check(),
            ),
            done_ms=done_ms,
        )
        live.end(live.run())
        results = windows.finish(live.duration_ms)
    return LiveResult(
        transcript=transcribe_windows.assembled(
            results,
            duration_ms=live.duration_ms,
            engine=params.engine,
            requested_language=params.language,
        ),
        recording=_store(ctx, path, params.transcription_id, live.duration_ms),
    )


def _store(ctx: Context, path: Path, transcription_id: str, duration_ms: int) -> StoredRecording:
    ctx.check()
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    recording = StoredRecording(
        media_key=media_key(transcription_id),
        size_bytes=path.stat().st_size,
        sha256=sha256,
        duration_ms=duration_ms,
    )
    ctx.runtime.storage.adopt(path, recording.media_key)
    return recording


class _LiveSession:
    """Passes the audio of a session to the stored file, the windows and the live decoder."""

    def __init__(
        self,
        ctx: Context,
        params: LiveParams,
        *,
        reader: ChunkReader,
        stream: SoundStream,
        file: FlacWriter,
        windows: LiveWindows,
        decoder: LiveDecoder,
        done_ms: int,
    ) -> None:
        self._ctx = ctx
        self._params = params
        self._reader = reader
        self._stream = stream
        self._file = file
        self._windows = windows
        self._decoder = decoder
        self._done_samples = done_ms * _PER_MS  # their words were published by another worker
        self._samples = 0
        self._open = np.zeros(0, np.int16)  # the last of them, which can still be cleared
        # In whole steps. A worker that takes over continues with the hold of the other.
        minutes_milli = sum(line.quantity_milli for line in ctx.job.quote)
        self._held_ms = round(minutes_milli * 60 / params.step_ms) * params.step_ms
        self._end_message = ""
        self._began = time.monotonic()
        self._progress_at = 0.0

    @property
    def duration_ms(self) -> int:
        return self._samples // _PER_MS

    def run(self) -> EndReason:
        """Transcribe arriving audio until the client ends the session or a limit is reached."""
        began = audio_at = time.monotonic()
        while True:
            self._ctx.check()
            received = self._reader.read()
            if received.cleared_bytes is not None:
                self._clear(received.cleared_bytes)
                continue
            reason = self._process(received)
            at = time.monotonic()
            if reason is not None:
                return reason
            if received.data:
                audio_at = at
            elif at - audio_at > self._params.idle_ms / 1000:
                return self._flush() or "idle"
            else:
                time.sleep(POLL_S)
            if at - began > self._params.max_ms / 1000:
                return self._flush() or "max_length"

    def end(self, reason: EndReason) -> None:
        """Publish the last words and the end. Raises ProviderRejected if there was no audio."""
        self._reader.close()
        if not self._samples:
            raise ProviderRejected(
                "No audio arrived, so there is no transcript and nothing is charged.",
                code="no_audio",
            )
        self._publish(self._decoder.finish())
        self._finish_samples(len(self._open))
        message = self._end_message or _default_end_message(reason, self._params)
        if reason != "ended":
            self._ctx.warnings.append(message)
        self._ctx.publish("live_end", reason=reason, message=message, duration_ms=self.duration_ms)

    def _process(self, received: Received) -> EndReason | None:
        try:
            samples = self._stream.feed(received.data)
        except MediaError as error:
            return self._damaged(error)
        reason = self._transcribe_in_pace(samples, catching_up=received.chunks > BACKLOG_CHUNKS)
        if reason is None and received.is_last and not received.data:
            return self._flush() or "ended"
        return reason

    def _flush(self) -> EndReason | None:
        """Transcribe the samples that are left in the stream's decoder."""
        try:
            for samples in self._stream.finish():
                self._ctx.check()
                reason = self._transcribe_in_pace(samples, catching_up=True)
                if reason is not None:
                    return reason
        except MediaError as error:
            return self._damaged(error)
        return None

    def _transcribe_in_pace(self, samples: Pcm, *, catching_up: bool) -> EndReason | None:
        """Transcribe as much as can have been spoken since the session began; more is damage."""
        # By both clocks: one may be set, and the other knows nothing of an earlier worker.
        since_opened_s = (now() - created_at(self._ctx.job.id)).total_seconds()
        passed_s = max(time.monotonic() - self._began, since_opened_s)
        possible = max(0, (int(passed_s * 1000) + AHEAD_MS_MAX) * _PER_MS - self._samples)
        reason = self._transcribe(samples[:possible], catching_up=catching_up)
        if reason is None and len(samples) > possible:
            error = DamagedMedia("The stream holds far more sound than there was time to speak.")
            return self._damaged(error)
        return reason

    def _damaged(self, error: MediaError) -> EndReason:
        """End the session at damaged audio. The audio before it is transcribed and charged."""
        if not self._samples:
            raise ProviderRejected(error.message, code=error.code) from error
        self._end_message = f"{error.message} The audio before it is transcribed."
        return "damaged"

    def _transcribe(self, samples: Pcm, *, catching_up: bool) -> EndReason | None:
        """Transcribe ``samples``, at most as many as credits are held for."""
        while len(samples):
            paid = min(self._held_ms, self._params.max_ms) * _PER_MS - self._samples
            if paid <= 0 and self._held_ms >= self._params.max_ms:
                return "max_length"
            if paid <= 0:
                if not self._hold_next_step():
                    return "insufficient_credits"
                continue
            self._transcribe_held(samples[:paid], catching_up=catching_up)
            samples = samples[paid:]
        return None

    def _hold_next_step(self) -> bool:
        held_ms = self._held_ms + self._params.step_ms
        line = per_minute(self._ctx.job.prices, PRICE, held_ms)
        try:
            self._ctx.hold_more(Quote(lines=(line,)))
        except InsufficientCredits as error:
            self._end_message = (
                f"The session has ended because there are not enough credits. {error.message}"
            )
            return False
        self._held_ms = held_ms
        return True

    def _transcribe_held(self, samples: Pcm, *, catching_up: bool) -> None:
        new_samples = samples[max(0, self._done_samples - self._samples) :]
        self._open = np.concatenate([self._open, samples])
        self._samples += len(samples)
        if len(new_samples):
            self._publish(self._decoder.add(_as_float(new_samples), catching_up=catching_up))
        open_from = self._samples - len(self._open)
        self._finish_samples(self._decoder.start_ms * _PER_MS - open_from)
        if time.monotonic() - self._progress_at > PROGRESS_EVERY_S:
            self._progress_at = time.monotonic()
            self._ctx.progress("live", self.duration_ms, self._params.max_ms)

    def _finish_samples(self, count: int) -> None:
        """Pass on the first open samples, which can no longer be cleared."""
        finished, self._open = self._open[:count], self._open[count:]
        if len(finished):
            self._file.write(finished)
            self._windows.add(_as_float(finished))

    def _clear(self, to_byte: int) -> None:
        """Turn all audio before ``to_byte`` that is not in final words into silence."""
        start_ms = self._decoder.clear()
        self._open = np.zeros_like(self._open)
        self._reader.clear(start_ms * _PER_MS * _SAMPLE_BYTES, to_byte)
        self._ctx.publish("live_cleared", replacing=("live_partial",), bytes=to_byte)

    def _publish(self, utterances: Iterable[Utterance]) -> None:
        """Publish partial and final words; a final is charged even if the job is cancelled."""
        for utterance in utterances:
            body: dict[str, Any] = {
                "start_ms": utterance.start_ms,
                "end_ms": utterance.end_ms,
                "text": utterance.text,
            }
            if not utterance.final:
                self._ctx.publish("live_partial", replacing=("live_partial",), **body)
                continue
            charge = per_minute(self._ctx.job.prices, PRICE, utterance.end_ms)
            self._ctx.publish(
                "live_final",
                replacing=("live_partial",),
                delivered=(charge,) if utterance.text else None,
                words=[
                    {name: value for name, value in asdict(word).items() if name in _WORD_FIELDS}
                    for word in utterance.words
                ],
                **body,
            )


def _as_float(samples: Pcm) -> Samples:
    return samples.astype(np.float32) / np.float32(32_768)


def _default_end_message(reason: EndReason, params: LiveParams) -> str:
    match reason:
        case "ended":
            return "The session was ended. Its transcript follows."
        case "idle":
            return f"The session has ended: no audio arrived for {params.idle_ms // 1000} seconds."
        case "max_length":
            return f"The session has ended: {params.max_ms // 60_000} minutes are the limit."
        case "insufficient_credits" | "damaged":
            return "The session has ended."  # both set their own message
        case _:
            assert_never(reason)
