"""Diarize again; suggest names. Each function works in its caller's transaction."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from mp4totext.editing.carry_over import successors_of
from mp4totext.jobs.acceptance import accept, submit
from mp4totext.jobs.caller import Caller
from mp4totext.kit.clock import now
from mp4totext.providers.base import SpeakerLimits
from mp4totext.runtime import Runtime
from mp4totext.transcript import Speaker, Transcript
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.edits.schemas import Rename
from mp4totext.transcriptions.engines import Engines
from mp4totext.transcriptions.models import Transcription, TranscriptVersion
from mp4totext.transcriptions.order import RecordingRef
from mp4totext.transcriptions.planning import queue_of, ready_diarizer, refuse_one_channel
from mp4totext.transcriptions.schemas import TranscriptionAccepted
from mp4totext.transcriptions.speaker_profiles.suggestions import suggestions_of
from mp4totext.transcriptions.speakers.operations import DIARIZE, DiarizeParams
from mp4totext.transcriptions.speakers.schemas import (
    DiarizeRequest,
    EvidenceOut,
    SuggestionOut,
    SuggestionsOut,
)
from mp4totext.transcriptions.versions import recognised_of, transcript_of
from mp4totext.writing import speaker_names


def accept_diarize(
    runtime: Runtime,
    session: Session,
    caller: Caller,
    transcription_id: str,
    body: DiarizeRequest,
) -> TranscriptionAccepted:
    """Submit the job of a new version with the same words. Raises StillRunning during another."""

    def make() -> TranscriptionAccepted:
        transcription = queries.get(
            session, user_id=caller.user_id, transcription_id=transcription_id, lock=True
        )
        params = _params(runtime, session, transcription, body)
        job = submit(
            session, caller, DIARIZE, params, subject_id=transcription.id, priority=body.priority
        )
        transcription.job_id = job.id
        transcription.updated_at = now()
        return TranscriptionAccepted.of(job, id=transcription.id)

    request = ("diarize", transcription_id, body.model_dump(mode="json"))
    return accept(session, caller, request, TranscriptionAccepted, make)


def _params(
    runtime: Runtime, session: Session, transcription: Transcription, body: DiarizeRequest
) -> DiarizeParams:
    queries.refuse_while_running(session, transcription)
    version = queries.version(session, transcription, body.version)
    recording = RecordingRef.of(transcription)
    engines = Engines.of(runtime.settings)
    diarizer = ready_diarizer(body.diarizer, engines)
    refuse_one_channel(diarizer, transcription.channels, engines)
    return DiarizeParams(
        recording=recording,
        version=version.number,
        diarizer=diarizer,
        limits=SpeakerLimits(min_speakers=body.min_speakers, max_speakers=body.max_speakers),
        queue=queue_of(engines, diarizer),
    )


def suggestions(session: Session, transcription: Transcription, *, names: bool) -> SuggestionsOut:
    """Suggested names for the nameless speakers of the current version.

    ``names``: also those that are mentioned in the text.
    """
    version = queries.version(session, transcription)
    transcript = transcript_of(session, version)
    nameless = {each.id: each for each in transcript.speakers if each.name is None}
    suggestions_found = [*_by_voice(session, version, transcript, nameless)]
    if names:
        suggestions_found += _by_mention(transcript, nameless)
    return SuggestionsOut(
        version=version.number, revision=version.revision, suggestions=suggestions_found
    )


def _by_voice(
    session: Session,
    version: TranscriptVersion,
    transcript: Transcript,
    nameless: dict[str, Speaker],
) -> Iterator[SuggestionOut]:
    """Suggestions refer to recognised speakers, which may have been merged or moved since."""
    stored = suggestions_of(session, version)
    successors = successors_of(recognised_of(session, version), transcript) if stored else {}
    named: set[tuple[str, str]] = set()
    for suggestion, profile in stored:
        speaker = nameless.get(successors.get(suggestion.speaker, ""))
        if speaker is None or (speaker.id, profile.name) in named:
            continue  # several profiles may have one name: the likeliest is used
        named.add((speaker.id, profile.name))
        yield SuggestionOut(
            speaker=speaker.id,
            label=speaker.label,
            name=profile.name,
            source="voice",
            score=suggestion.score,
            profile_id=profile.id,
            edit=Rename(action="rename", speaker=speaker.id, name=profile.name),
        )


def _by_mention(transcript: Transcript, nameless: dict[str, Speaker]) -> Iterator[SuggestionOut]:
    for guess in speaker_names.guesses(transcript):
        speaker = nameless.get(guess.speaker)
        if speaker is None:
            continue
        yield SuggestionOut(
            speaker=speaker.id,
            label=speaker.label,
            name=guess.name,
            source="said",
            score=guess.score,
            evidence=[
                EvidenceOut(
                    segment_id=segment.id,
                    start_ms=segment.start_ms,
                    end_ms=segment.end_ms,
                    quote=segment.text,
                )
                for segment in guess.evidence
            ],
            edit=Rename(action="rename", speaker=speaker.id, name=guess.name),
        )
