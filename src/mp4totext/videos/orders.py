"""Plans a video from a request, and refuses impossible ones before credits are held."""

from dataclasses import dataclass

from pydantic import BaseModel
from sqlalchemy.orm import Session

from mp4totext.credits import prices as price_list
from mp4totext.credits.prices import PriceList
from mp4totext.credits.quotes import Quote, per_item, per_minute
from mp4totext.exports.findings import Text
from mp4totext.kit.clock import now
from mp4totext.kit.errors import Invalid
from mp4totext.providers.voice.table import VOICE
from mp4totext.runtime import Runtime
from mp4totext.transcript import Transcript
from mp4totext.transcriptions.order import RecordingRef
from mp4totext.videos import pieces, translations
from mp4totext.videos.brands import service as brands
from mp4totext.videos.brands.branding import Branding
from mp4totext.videos.model_orders import (
    NO_MODELS,
    MadeByModels,
    ModelOrders,
    picture_order,
    planner_order,
)
from mp4totext.videos.planning import cut
from mp4totext.videos.presets import Preset
from mp4totext.videos.schemas import PictureChoice, VideoOptions, VoiceChoice
from mp4totext.videos.sound import line_voices
from mp4totext.videos.sources import music_of, source_of
from mp4totext.videos.storyboard import Sound, Speaker, Storyboard
from mp4totext.voices.openai_voices import ready_voice
from mp4totext.voices.planning import AUTO, VoiceOrder, plan_voice

SHORT_MS = 90_000  # clips up to this length have their own price
VOICE_PRICE = "video.voice"  # key of the price of spoken lines


class RenderParams(BaseModel):
    """Fixed when the job is accepted."""

    video_id: str
    revision: int = 1  # of the storyboard
    preset: Preset
    recording: RecordingRef
    version: int
    title: str
    storyboard: Storyboard
    translation: Text | None = None  # of the whole recording
    again: bool = False  # it was rendered recently, which makes it cheaper
    to_pay_ms: int = 0  # length of the spoken lines to pay for
    models: ModelOrders = NO_MODELS
    branding: Branding = Branding()
    music: RecordingRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedVideo:
    """A video that can be made, and from what."""

    preset: Preset
    recording: RecordingRef
    version: int
    title: str
    storyboard: Storyboard
    branded: Storyboard  # with the values of its brand
    translation: Text | None = None  # of the whole recording
    script: Text | None = None  # the spoken lines of the range
    models: ModelOrders = NO_MODELS

    def params(
        self,
        session: Session,
        user_id: str,
        *,
        video_id: str,
        revision: int = 1,
        again: bool = False,
    ) -> RenderParams:
        return RenderParams(
            video_id=video_id,
            revision=revision,
            preset=self.preset,
            recording=self.recording,
            version=self.version,
            title=self.title,
            storyboard=self.branded,
            translation=self.translation,
            again=again,
            to_pay_ms=to_pay_ms(session, user_id, self.branded.sound, self.script),
            models=self.models,
            branding=brands.branding_of(session, user_id, self.branded, ordered=True),
            music=music_of(session, user_id, self.branded),
        )


def plan_request(
    session: Session,
    runtime: Runtime,
    user_id: str,
    transcription_id: str,
    options: VideoOptions,
    *,
    pictures: PictureChoice | None = None,
) -> PlannedVideo:
    """Raises AppError: no such recording, no transcript yet, or a video that cannot be made."""
    source = source_of(session, user_id, transcription_id, options.version)
    # First, as it is of no use to ask for a translation whose language no voice speaks.
    sound = _sound(session, runtime, source.transcript, options)
    translation = None
    if options.translation is not None:
        translation = translations.in_language(session, source.stored, options.translation)
    board = source.board(options, sound=sound, translation=translation)
    music_of(session, user_id, board)
    models = ModelOrders(
        planner=planner_order(
            session,
            runtime,
            options.planner,
            board,
            cut(source.transcript, board.from_ms, board.to_ms),
            has_video=source.has_video,
        ),
        pictures=picture_order(session, runtime, user_id, transcription_id, pictures, board),
        style=pictures.style if pictures else None,
    )
    return PlannedVideo(
        preset=options.preset,
        recording=source.recording,
        version=source.stored.number,
        title=source.title,
        storyboard=board,
        branded=brands.applied(session, user_id, board),
        translation=translation,
        script=line_voices.script(board, source.transcript, translation),
        models=models,
    )


def _sound(
    session: Session, runtime: Runtime, transcript: Transcript, options: VideoOptions
) -> Sound:
    """Raises AppError for an unknown speaker or voice, and where no voice speaks the language."""
    mode, music = options.sound_mode, options.music
    if not options.is_spoken:
        return Sound(mode=mode, music=music)
    language = options.translation or transcript.language or "en"
    voice = speaker(session, runtime, options.voice or VoiceChoice(), language)
    voices = _voices(session, runtime, transcript, options, voice, language)
    return Sound(mode=mode, voice=voice, voices=voices, music=music)


def _voices(
    session: Session,
    runtime: Runtime,
    transcript: Transcript,
    options: VideoOptions,
    first: Speaker,
    language: str,
) -> dict[str, Speaker]:
    """The speakers' own voices. Raises AppError for an unknown speaker or voice."""
    chosen = {
        _speaker_id(transcript, name): speaker(session, runtime, choice, language)
        for name, choice in options.voices.items()
    }
    if options.voice is not None and options.voice.voice is not None:
        return chosen  # the others use the first voice
    primary = language.partition("-")[0]
    can = VOICE[first.provider].capabilities
    names = [name for name, voice in can.voices.items() if primary in voice.languages]
    return line_voices.cast(line_voices.by_speech(transcript), first, names, chosen)


def _speaker_id(transcript: Transcript, name: str) -> str:
    for person in transcript.speakers:
        if name.casefold() == person.id.casefold() or person.is_called(name):
            return person.id
    known = ", ".join(person.label for person in transcript.speakers) or "none"
    raise Invalid(
        f"No speaker has the id or the name {name!r}. Speakers of the recording: {known}.",
        code="unknown_speaker",
    )


def speaker(
    session: Session, runtime: Runtime, choice: VoiceChoice | Speaker, language: str
) -> Speaker:
    """Raises AppError: no voice speaks the language, or the chosen one does not."""
    name = choice.voice
    if name is not None and choice.provider == AUTO and not choice.model:
        name = ready_voice(name, language, runtime.settings)
    planned = plan_voice(
        VoiceOrder(
            provider=choice.provider,
            model=choice.model or None,
            voice=name,
            language=language,
        ),
        "a",  # any word: what is said is in this language
        prices=price_list.current(session),
        settings=runtime.settings,
        today=now().date(),
    )
    return Speaker(provider=planned.provider, model=planned.model, voice=planned.voice)


def render_quote(
    preset: Preset,
    board: Storyboard,
    prices: PriceList,
    *,
    spoken_ms: int,
    again: bool = False,
    models: ModelOrders = NO_MODELS,
    made: MadeByModels | None = None,
) -> Quote:
    """The highest possible price; with ``made``, the actual one, of ``board`` as it was made.

    Pictures of the account cost nothing here: they were paid when they were made. ``spoken_ms``:
    of the lines that are spoken and were not paid before.
    """
    short = preset == "clip" and board.length_ms <= SHORT_MS
    key = "video.again" if again else "video.clip" if short else "video"
    lines = [per_item(prices, key)]
    if made is None:
        lines += models.lines(preset, board, prices)
    else:
        lines += models.lines_of(board, prices, made)
    if spoken_ms:
        lines.append(per_minute(prices, VOICE_PRICE, spoken_ms))
    return Quote(lines=tuple(lines))


def to_pay_ms(session: Session, user_id: str, sound: Sound, script: Text | None) -> int:
    """The length of the originals of spoken lines that were not paid for before."""
    lengths_ms = line_voices.lengths_ms(sound, script) if script else {}
    paid = pieces.paid_lines(session, user_id, lengths_ms)
    return sum(
        length_ms for fingerprint, length_ms in lengths_ms.items() if fingerprint not in paid
    )
