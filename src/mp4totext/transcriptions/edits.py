"""A person's edits on a transcript. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from mp4totext.editing import speakers
from mp4totext.editing.word_times import retimed
from mp4totext.transcript import Segment, Transcript
from mp4totext.transcriptions.errors import NoSuchSegment
from mp4totext.transcriptions.schemas import Merge, Reassign, Rename, SpeakerAction, Split


def with_texts(transcript: Transcript, texts: Mapping[str, str]) -> Transcript:
    """Segments by id get new text; an empty text takes the segment out of what readers see."""
    known = {segment.id for segment in transcript.segments}
    missing = sorted(set(texts) - known)
    if missing:
        raise NoSuchSegment(f"There is no segment {missing[0]!r} in this version.", missing=missing)
    return replace(
        transcript,
        segments=tuple(
            _with_text(segment, texts[segment.id]) if segment.id in texts else segment
            for segment in transcript.segments
        ),
    )


def _with_text(segment: Segment, text: str) -> Segment:
    recognised = segment.text if segment.recognised_text is None else segment.recognised_text
    edited = replace(segment, text=text, recognised_text=None if text == recognised else recognised)
    return retimed(edited)


def with_speaker_action(transcript: Transcript, action: SpeakerAction) -> Transcript:
    match action:
        case Rename():
            return speakers.rename(transcript, action.speaker, action.name)
        case Merge():
            return speakers.merge(transcript, into=action.into, gone=action.speakers)
        case Split():
            return speakers.split(transcript, action.speaker, segment_ids=action.segment_ids)
        case Reassign():
            return _reassigned(transcript, action)
    assert_never(action)


def _reassigned(transcript: Transcript, action: Reassign) -> Transcript:
    if action.segment_ids is not None:
        return speakers.reassign_segments(
            transcript, segment_ids=action.segment_ids, speaker=action.to
        )
    assert action.start_ms is not None
    assert action.end_ms is not None
    return speakers.reassign_range(
        transcript, start_ms=action.start_ms, end_ms=action.end_ms, speaker=action.to
    )
