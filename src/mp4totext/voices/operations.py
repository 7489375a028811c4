"""The operation ``speech``: speaks a text piece by piece, checks it, stores sound and times."""

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import BaseModel
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from mp4totext.credits.prices import PriceList
from mp4totext.credits.quotes import Line, Quote, per_1000_characters
from mp4totext.jobs.context import Context
from mp4totext.jobs.job_view import JobView
from mp4totext.jobs.operation import Operation
from mp4totext.jobs.quotes import QuoteContext
from mp4totext.jobs.stored_files import remove_folder
from mp4totext.kit.clock import now
from mp4totext.kit.db import after_commit
from mp4totext.media.sound import decoded, encoded
from mp4totext.providers.voice.base import SpokenWord
from mp4totext.runtime import Runtime
from mp4totext.voices import files, speaking
from mp4totext.voices.models import Speech
from mp4totext.voices.pieces import pieces_of
from mp4totext.voices.planning import PlannedVoice, plan_voice
from mp4totext.voices.schemas import SpeechQuote, SpeechQuoteRequest
from mp4totext.voices.speaking import Spoken

_MARGIN_S = 600
_SECONDS_A_CHARACTER = 0.5  # on a busy machine; a voice usually needs a twentieth of this


class SpeechParams(BaseModel):
    """The parameters of a job; frozen when it is accepted."""

    speech_id: str
    text: str
    provider: str
    model: str
    voice: str
    language: str
    speed: float
    direction: str

    @property
    def planned(self) -> PlannedVoice:
        return PlannedVoice(
            provider=self.provider,
            model=self.model,
            voice=self.voice,
            language=self.language,
            speed=self.speed,
            direction=self.direction,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPiece:
    """A piece whose sound is in storage."""

    words: tuple[SpokenWord, ...]
    heard_back: bool
    spoken: int
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechResult:
    speech_id: str
    words: tuple[SpokenWord, ...]
    heard_back: bool
    missing: int
    duration_ms: int
    size_bytes: int


class Speak(Operation[SpeechParams, SpeechResult]):
    name = "speech"
    params = SpeechParams
    files = (files.SPEECH_FILES,)
    quote_request = SpeechQuoteRequest
    quote_answer = SpeechQuote

    def time_limit_s(self, params: SpeechParams) -> int:
        return _MARGIN_S + round(len(params.text) * _SECONDS_A_CHARACTER)

    def quote(self, params: SpeechParams, prices: PriceList) -> Quote:
        line = speech_line(prices, params.provider, params.model, characters=len(params.text))
        return Quote(lines=(line,))

    def estimate(self, request: SpeechQuoteRequest, ctx: QuoteContext) -> SpeechQuote:
        planned = plan_voice(
            request.order(),
            "a" * request.characters,
            prices=ctx.prices,
            settings=ctx.runtime.settings,
            today=now().date(),
        )
        line = speech_line(
            ctx.prices, planned.provider, planned.model, characters=request.characters
        )
        return SpeechQuote.of(
            ctx,
            Quote(lines=(line,)),
            provider=planned.provider,
            model=planned.model,
            voice=planned.voice,
        )

    def run(self, params: SpeechParams, ctx: Context) -> SpeechResult:
        pieces = pieces_of(params.text)
        stored = []
        for number, piece in enumerate(pieces):
            ctx.progress("speak", number, len(pieces), unit="items")
            stored.append(_stored_piece(params, number, piece, ctx))
        ctx.progress("speak", len(pieces), len(pieces), unit="items")
        whole = speaking.assembled(
            [_with_sound(params, number, piece, ctx) for number, piece in enumerate(stored)]
        )
        storage = ctx.runtime.storage
        wav, mp3 = encoded(whole.sound, "wav"), encoded(whole.sound, "mp3")
        storage.put(files.key(params.speech_id, files.WAV), wav)
        storage.put(files.key(params.speech_id, files.MP3), mp3)
        storage.delete_prefix(files.key(params.speech_id, "pieces"))
        return SpeechResult(
            speech_id=params.speech_id,
            words=whole.words,
            heard_back=whole.heard_back,
            missing=whole.missing,
            duration_ms=whole.sound.duration_ms,
            size_bytes=len(wav) + len(mp3),
        )

    def save(self, session: Session, job: JobView, result: SpeechResult) -> tuple[Line, ...]:
        session.execute(
            update(Speech)
            .where(Speech.id == result.speech_id)
            .values(
                words=[
                    {"text": word.text, "start_ms": word.start_ms, "end_ms": word.end_ms}
                    for word in result.words
                ],
                heard_back=result.heard_back,
                duration_ms=result.duration_ms,
                size_bytes=result.size_bytes,
                finished_at=now(),
            )
        )
        return job.quote  # by the characters of the text, all of which was spoken

    def on_delete(self, session: Session, runtime: Runtime, transcription_id: str) -> None:
        ids = session.scalars(
            select(Speech.id).where(Speech.transcription_id == transcription_id)
        ).all()
        session.execute(delete(Speech).where(Speech.transcription_id == transcription_id))
        after_commit(session, lambda: remove_sound(runtime, ids))


def remove_sound(runtime: Runtime, speech_ids: Iterable[str]) -> None:
    """Delete the sound of speeches. Call it after the rows were deleted."""
    for speech_id in speech_ids:
        remove_folder(runtime, files.folder(speech_id))


def speech_line(prices: PriceList, provider: str, model: str, *, characters: int) -> Line:
    """The price line; ``model`` is "" for a voice of this machine. Raises UnknownPrice."""
    if model:
        key, rate_uc = f"voice.{provider}", prices.voice(provider, model).per_1000_chars_uc
    else:
        key = "voice.local"
        rate_uc = prices.amount_uc(key)
    return per_1000_characters(key, rate_uc, characters)


def _stored_piece(params: SpeechParams, number: int, piece: str, ctx: Context) -> StoredPiece:
    """The sound is stored before the step is finished, so a restarted job does not pay twice."""

    def make() -> StoredPiece:
        settings = ctx.runtime.settings
        spoken = speaking.speak_piece(piece, params.planned, settings, check=ctx.check)
        ctx.runtime.storage.put(_piece_key(params, number), encoded(spoken.sound, "wav"))
        return StoredPiece(
            words=spoken.words,
            heard_back=spoken.heard_back,
            spoken=spoken.spoken,
            missing=spoken.missing,
        )

    return ctx.step(f"piece:{number}", make, returns=StoredPiece)


def _with_sound(params: SpeechParams, number: int, piece: StoredPiece, ctx: Context) -> Spoken:
    path = ctx.runtime.storage.fetch(_piece_key(params, number), ctx.workdir / f"{number}.wav")
    return Spoken(
        sound=decoded(path.read_bytes(), rate=speaking.RATE),
        words=piece.words,
        heard_back=piece.heard_back,
        spoken=piece.spoken,
        missing=piece.missing,
    )


def _piece_key(params: SpeechParams, number: int) -> str:
    return files.key(params.speech_id, f"pieces/{number}.wav")


SPEAK = Speak()
