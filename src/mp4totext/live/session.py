"""One live session in its worker: sound in, words out, and credits held as it goes on."""

import hashlib
import time
from collections.abc import Iterable
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, assert_never

import numpy as np

from mp4totext.credits.errors import InsufficientCredits
from mp4totext.credits.quotes import Quote, per_minute
from mp4totext.events import log as event_log
from mp4totext.jobs.context import Context
from mp4totext.live.chunks import Inbox, Received
from mp4totext.live.windows import LiveWindows, live_windows
from mp4totext.media.errors import MediaError
from mp4totext.media.streams import FlacWriter, Pcm, SoundStream, StreamFormat, open_stream
from mp4totext.providers.base import SAMPLE_RATE
from mp4totext.providers.errors import ProviderRejected
from mp4totext.providers.speech.decoding.streaming import LiveDecoder, Utterance
from mp4totext.providers.speech.table import live_engine
from mp4totext.providers.vad import Vad
from mp4totext.transcript import Transcript
from mp4totext.transcriptions.files import media_key
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.steps import transcribe_windows

PRICE = "transcription"
POLL_S = 0.06
PROGRESS_EVERY_S = 5.0
BACKLOG_CHUNKS = 8  # waiting at once: more than a second and a half of sound
_PER_MS = SAMPLE_RATE // 1000
_VAD = Vad()

Reason = Literal["ended", "idle", "max_length", "insufficient_credits", "damaged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    step_ms: int
    max_ms: int
    idle_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSound:
    """The recording a session leaves."""

    media_key: str
    size_bytes: int
    sha256: str
    duration_ms: int

    def describe(self, transcription: Transcription) -> None:
        transcription.media_key = self.media_key
        transcription.media_type = "flac"
        transcription.size_bytes = self.size_bytes
        transcription.sha256 = self.sha256
        transcription.duration_ms = self.duration_ms
        transcription.channels = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveResult:
    transcript: Transcript
    media: KeptSound


def hear(
    ctx: Context,
    limits: Limits,
    *,
    form: StreamFormat,
    engine: str,
    language: str | None,
    transcription_id: str,
) -> LiveResult:
    """From the session's first byte, also when another worker began it: that one's finals are in
    the event log, and are not told again."""
    speech = live_engine(engine, ctx.runtime.settings)
    speech.load()
    ctx.progress("live", 0, limits.max_ms)  # from here on it is heard: see service.is_running
    path = ctx.workdir / "live.flac"
    last = _last_final(ctx)
    with ExitStack() as stack:
        windows = stack.enter_context(live_windows(speech, ctx, language=language))
        file = stack.enter_context(closing(FlacWriter(path)))
        session = _Session(
            ctx,
            limits,
            stream=stack.enter_context(closing(open_stream(form))),
            file=file,
            windows=windows,
            decoder=LiveDecoder(
                speech, _VAD, language=language, start_ms=last, report=lambda _ms: ctx.check()
            ),
            heard_ms=last,
        )
        session.end(session.listen())
        results = windows.finish(session.duration_ms)
    return LiveResult(
        transcript=transcribe_windows.assembled(
            results, duration_ms=session.duration_ms, engine=engine
        ),
        media=_stored(ctx, path, transcription_id, session.duration_ms),
    )


def _last_final(ctx: Context) -> int:
    with ctx.runtime.database.read() as session:
        found = event_log.latest(session, ctx.job.id, "live_final")
    return 0 if found is None else int(found.body["end_ms"])


def _stored(ctx: Context, path: Path, transcription_id: str, duration_ms: int) -> KeptSound:
    ctx.check()
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    kept = KeptSound(
        media_key=media_key(transcription_id),
        size_bytes=path.stat().st_size,
        sha256=sha256,
        duration_ms=duration_ms,
    )
    ctx.runtime.storage.adopt(path, kept.media_key)
    return kept


class _Session:
    def __init__(
        self,
        ctx: Context,
        limits: Limits,
        *,
        stream: SoundStream,
        file: FlacWriter,
        windows: LiveWindows,
        decoder: LiveDecoder,
        heard_ms: int,
    ) -> None:
        self._ctx = ctx
        self._limits = limits
        self._inbox = Inbox(ctx.runtime, ctx.job.id)
        self._stream = stream
        self._file = file
        self._windows = windows
        self._decoder = decoder
        self._skipped = heard_ms * _PER_MS  # samples that were told about before
        self._samples = 0
        self._held_ms = _held_ms(ctx, limits)
        self._message = ""
        self._told_at = 0.0

    @property
    def duration_ms(self) -> int:
        return self._samples // _PER_MS

    def listen(self) -> Reason:
        """Until the client ends it, or something else does."""
        began = heard_at = time.monotonic()
        while True:
            self._ctx.check()
            got = self._inbox.read()
            reason = self._hear_received(got)
            at = time.monotonic()
            if reason is not None:
                return reason
            if got.data:
                heard_at = at
            elif at - heard_at > self._limits.idle_ms / 1000:
                return self._flush() or "idle"
            else:
                time.sleep(POLL_S)
            if at - began > self._limits.max_ms / 1000:
                return self._flush() or "max_length"

    def end(self, reason: Reason) -> None:
        """Says so at once; the transcript follows."""
        self._inbox.close()
        if not self._samples:
            raise ProviderRejected(
                "No sound came, so there is nothing to transcribe and nothing to pay.",
                code="no_audio",
            )
        self._tell(self._decoder.finish())
        message = self._message or _words(reason, self._limits)
        if reason != "ended":
            self._ctx.warnings.append(message)
        self._ctx.publish("live_end", reason=reason, message=message, duration_ms=self.duration_ms)

    def _hear_received(self, got: Received) -> Reason | None:
        try:
            samples = self._stream.feed(got.data)
        except MediaError as error:
            return self._damaged(error)
        reason = self._take(samples, hurry=got.chunks > BACKLOG_CHUNKS)
        if reason is None and got.is_last and not got.data:
            return self._flush() or "ended"
        return reason

    def _flush(self) -> Reason | None:
        """What the decoder still had."""
        try:
            return self._take(self._stream.finish(), hurry=True)
        except MediaError as error:
            return self._damaged(error)

    def _damaged(self, error: MediaError) -> Reason:
        """What came before is good, and is kept and paid for."""
        if not self._samples:
            raise ProviderRejected(error.message, code=error.code) from error
        self._message = f"{error.message} What came before it is transcribed."
        return "damaged"

    def _take(self, samples: Pcm, *, hurry: bool) -> Reason | None:
        """Hears no more than is held for."""
        while len(samples):
            room = min(self._held_ms, self._limits.max_ms) * _PER_MS - self._samples
            if room <= 0 and self._held_ms >= self._limits.max_ms:
                return "max_length"
            if room <= 0:
                if not self._hold_more():
                    return "insufficient_credits"
                continue
            self._hear(samples[:room], hurry=hurry)
            samples = samples[room:]
        return None

    def _hold_more(self) -> bool:
        wanted_ms = self._held_ms + self._limits.step_ms
        line = per_minute(self._ctx.job.prices, PRICE, wanted_ms)
        try:
            self._ctx.hold_more(Quote(lines=(line,)))
        except InsufficientCredits as error:
            self._message = (
                f"The session ends here, as credits do not reach further. {error.message}"
            )
            return False
        self._held_ms = wanted_ms
        return True

    def _hear(self, samples: Pcm, *, hurry: bool) -> None:
        self._file.write(samples)
        sound = samples.astype(np.float32) / np.float32(32_768)
        self._windows.add(sound)
        fresh = sound[max(0, self._skipped - self._samples) :]
        self._samples += len(samples)
        if len(fresh):
            self._tell(self._decoder.add(fresh, catching_up=hurry))
        if time.monotonic() - self._told_at > PROGRESS_EVERY_S:
            self._told_at = time.monotonic()
            self._ctx.progress("live", self.duration_ms, self._limits.max_ms)

    def _tell(self, utterances: Iterable[Utterance]) -> None:
        for said in utterances:
            facts: dict[str, Any] = {
                "start_ms": said.start_ms,
                "end_ms": said.end_ms,
                "text": said.text,
            }
            if not said.final:
                self._ctx.publish("live_partial", replacing=("live_partial",), **facts)
                continue
            paid = per_minute(self._ctx.job.prices, PRICE, said.end_ms)
            self._ctx.publish(
                "live_final",
                replacing=("live_partial",),
                delivered=(paid,) if said.text else None,
                words=[
                    {name: value for name, value in asdict(word).items() if name in _WORD}
                    for word in said.words
                ],
                **facts,
            )


_WORD = ("text", "start_ms", "end_ms", "confidence")


def _held_ms(ctx: Context, limits: Limits) -> int:
    """In whole steps, by what the job is held for; another worker may have held some of them."""
    minutes_milli = sum(line.quantity_milli for line in ctx.job.quote)
    return round(minutes_milli * 60 / limits.step_ms) * limits.step_ms


def _words(reason: Reason, limits: Limits) -> str:
    match reason:
        case "ended":
            return "The session was ended; its transcript follows."
        case "idle":
            return f"No sound came for {limits.idle_ms // 1000} seconds, so the session has ended."
        case "max_length":
            return f"A session takes {limits.max_ms // 60_000} minutes at most, and has ended."
        case "insufficient_credits" | "damaged":
            return "The session has ended."  # its own message says more
        case _:
            assert_never(reason)
