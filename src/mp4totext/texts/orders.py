"""Plans a text from a request, and refuses what cannot be written before anything is held."""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from sqlalchemy.orm import Session

from mp4totext.credits import prices
from mp4totext.runtime import Runtime
from mp4totext.texts.errors import EmptyTranscript, TooShort
from mp4totext.texts.model_choice import LOCAL
from mp4totext.texts.planning import TextPlan, must_run_locally, plan_text
from mp4totext.texts.schemas import TextEstimate
from mp4totext.transcript import Transcript
from mp4totext.transcriptions import queries as transcriptions
from mp4totext.transcriptions.models import Transcription, TranscriptVersion
from mp4totext.transcriptions.versions import transcript_of
from mp4totext.writing.generate.source import characters_of
from mp4totext.writing.kinds.base import TextKind

CHARACTERS_PER_WORD = 6  # with its space, to estimate words in scripts without spaces


class ChosenSegments(BaseModel):
    """Segments of one version of a recording."""

    transcription_id: str
    version: int
    segment_ids: tuple[str, ...] | None = None  # None: all


class WriteTextParams(BaseModel):
    """Fixed when the job is accepted."""

    text_id: str
    user_id: str
    recordings: tuple[ChosenSegments, ...]  # one, or those with passages for a question
    kind: str
    options: dict[str, Any] = {}
    provider: str
    model: str | None = None
    characters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedText:
    """A text that can be written, and from what."""

    plan: TextPlan
    transcript: Transcript
    recordings: tuple[ChosenSegments, ...]
    transcription_id: str | None  # None: from several recordings
    version: int | None

    @property
    def characters(self) -> int:
        return characters_of(self.transcript)


def planned_text(
    transcription: Transcription, version: TranscriptVersion, transcript: Transcript, plan: TextPlan
) -> PlannedText:
    """A text from one whole recording."""
    return PlannedText(
        plan=plan,
        transcript=transcript,
        recordings=(ChosenSegments(transcription_id=transcription.id, version=version.number),),
        transcription_id=transcription.id,
        version=version.number,
    )


def plan_request(
    runtime: Runtime, session: Session, user_id: str, transcription_id: str, body: TextEstimate
) -> PlannedText:
    transcription = transcriptions.get(session, user_id=user_id, transcription_id=transcription_id)
    version = transcriptions.version(session, transcription, body.version)
    plan = plan_text(body, prices=prices.current(session), settings=runtime.settings)
    transcript = transcript_of(session, version)
    refuse_unusable(plan.kind, plan.provider, transcript)
    return planned_text(transcription, version, transcript, plan)


def refuse_unusable(kind: TextKind, provider: str, transcript: Transcript) -> None:
    """Raises EmptyTranscript, TooShort or NeedsModel."""
    segments = transcript.segments
    if not any(segment.text.strip() for segment in segments):
        raise EmptyTranscript("The recording has no speech, so there is nothing to write from.")
    spaced = sum(len(segment.words) or len(segment.text.split()) for segment in segments)
    words = max(spaced, characters_of(transcript) // CHARACTERS_PER_WORD)
    if words < kind.min_words:
        raise TooShort(
            f"{kind.title} needs a recording of at least {kind.min_words} words. This one has "
            f"{words}: choose another kind.",
            needed=kind.min_words,
            words=words,
        )
    if provider == LOCAL:
        must_run_locally(kind, transcript.language)


def write_params(text: PlannedText, *, text_id: str, user_id: str) -> WriteTextParams:
    options: dict[str, object] = text.plan.options.model_dump(mode="json", exclude_none=True)
    return WriteTextParams(
        text_id=text_id,
        user_id=user_id,
        recordings=text.recordings,
        kind=text.plan.kind.name,
        options=options,
        provider=text.plan.provider,
        model=text.plan.model,
        characters=text.characters,
    )
