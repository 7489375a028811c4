"""Writes the prompts for pictures of a recording: by a language model, or from its words."""

from pydantic import BaseModel
from sqlalchemy.orm import Session

from mp4totext.credits.prices import PriceList
from mp4totext.credits.quotes import Line
from mp4totext.images.errors import ImageCannot, NoRecording
from mp4totext.images.schemas import ImageOptions
from mp4totext.jobs.context import Context
from mp4totext.kit import unicode
from mp4totext.runtime import Runtime
from mp4totext.texts.model_choice import ModelChoice, choice_line, model_choice, model_session
from mp4totext.transcriptions import queries as transcriptions
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.versions import transcript_of
from mp4totext.writing.generate.long_document import LongDocument
from mp4totext.writing.generate.source import characters_of
from mp4totext.writing.kinds.pictures import PICTURES, PicturesAnswer, PicturesOptions
from mp4totext.writing.picture_prompts import picture_prompt, without_people
from mp4totext.writing.prompts import brief

PROMPT_CHARACTERS_MAX = 500  # of a prompt that a model writes


class Describer(BaseModel):
    """The language model that writes the prompts. Fixed when the job is accepted."""

    choice: ModelChoice
    version: int  # of the transcript
    characters: int


def describer_of(
    session: Session,
    runtime: Runtime,
    order: ImageOptions,
    recording: Transcription | None,
    prices: PriceList,
) -> Describer | None:
    """The model that describes the pictures; None: no model. Raises AppError 422."""
    choice = model_choice(order.describer, prices=prices, settings=runtime.settings)
    if choice is None:
        return None
    if order.prompt:
        raise ImageCannot("The picture is described already: leave out `prompt` or `describer`.")
    if recording is None or recording.version is None:
        raise NoRecording("A model describes pictures of a recording that is transcribed: name it.")
    stored = transcriptions.version(session, recording)
    characters = characters_of(transcript_of(session, stored))
    if not characters:
        raise ImageCannot("There is no speech in the recording: describe the picture in `prompt`.")
    return Describer(choice=choice, version=stored.number, characters=characters)


def local_description(session: Session, recording: Transcription) -> str:
    """A prompt from the words of the recording; empty without speech."""
    if recording.version is None:
        return ""
    spoken = transcript_of(session, transcriptions.version(session, recording))
    return picture_prompt(spoken, 0, spoken.duration_ms)


def description_line(prices: PriceList, describer: Describer) -> Line:
    return choice_line(prices, "text.pictures", describer.choice, describer.characters)


def descriptions(describer: Describer, recording_id: str, count: int, ctx: Context) -> list[str]:
    """One to ``count`` prompts of the model. Raises ProviderRejected when it gives none."""
    with ctx.runtime.database.read() as session:
        row = session.get_one(Transcription, recording_id)
        title = row.title
        spoken = transcript_of(session, transcriptions.version(session, row, describer.version))

    model = model_session(describer.choice, ctx, steps="describe")
    options = PicturesOptions(count=count)
    draft = LongDocument(
        model=model,
        kind=PICTURES,
        options=options,
        about=brief(spoken, options, title=title),
        transcript=spoken,
    ).write()
    assert isinstance(draft.answer, PicturesAnswer)
    cleaned = [
        without_people(unicode.shortened(unicode.clean(text), PROMPT_CHARACTERS_MAX), english=True)
        for text in draft.answer.pictures
    ]
    prompts = [text for text in cleaned if any(character.isalnum() for character in text)]
    if not prompts:
        raise model.unusable("described no picture")
    return prompts[:count]
