"""The transcript as a reader takes it in: heading facts, paragraphs by speaker, closing notes."""

from dataclasses import dataclass
from datetime import datetime

from mp4totext.editing.speakers import speaking_times
from mp4totext.exports import phrases
from mp4totext.kit import unicode
from mp4totext.kit.timecode import short_clock
from mp4totext.transcript import CoverageKind, Segment, Transcript

_NEW_PARAGRAPH_PAUSE_MS = 2_000
_LONG_PARAGRAPH = 600  # characters; the next sentence end closes it


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """What one speaker says without a long pause."""

    start_ms: int
    end_ms: int
    text: str
    speaker: str | None  # Speaker.id
    label: str | None  # their name
    changed: bool  # the paragraph before was somebody else's


def paragraphs(transcript: Transcript) -> list[Paragraph]:
    groups: list[list[Segment]] = []
    characters = 0  # of the last group
    for segment in transcript.segments:
        if not unicode.clean(segment.text):
            continue
        if groups and _continues(groups[-1][-1], segment, long=characters >= _LONG_PARAGRAPH):
            groups[-1].append(segment)
            characters += len(segment.text)
        else:
            groups.append([segment])
            characters = len(segment.text)
    found: list[Paragraph] = []
    for group in groups:
        speaker = group[0].speaker
        found.append(
            Paragraph(
                start_ms=group[0].start_ms,
                end_ms=max(segment.end_ms for segment in group),
                text=unicode.joined(unicode.clean(segment.text) for segment in group),
                speaker=speaker,
                label=unicode.clean(transcript.speaker_label(speaker) or "") or None,
                changed=not found or found[-1].speaker != speaker,
            )
        )
    return found


def _continues(before: Segment, segment: Segment, *, long: bool) -> bool:
    if segment.speaker != before.speaker:
        return False
    if segment.start_ms - before.end_ms >= _NEW_PARAGRAPH_PAUSE_MS:
        return False
    return not (long and phrases.ends_sentence(unicode.clean(before.text)))


def facts(
    transcript: Transcript, *, speakers: bool, made_at: datetime | None = None
) -> list[tuple[str, str]]:
    """Name and value of what a heading says about the recording."""
    found = [("Date", made_at.date().isoformat())] if made_at else []
    found.append(("Duration", short_clock(transcript.duration_ms, hours=True)))
    if transcript.language:
        found.append(("Language", unicode.clean(transcript.language)))
    if speakers and transcript.speakers:
        found.append(("Speakers", ", ".join(_with_shares(transcript))))
    return found


def _with_shares(transcript: Transcript) -> list[str]:
    """Each name with how much of the speech is theirs, when there is somebody to compare with."""
    times = speaking_times(transcript.speakers, transcript.segments)
    names = [unicode.clean(spoken.speaker.label) for spoken in times]
    if len(times) < 2:
        return names
    return [f"{name} ({spoken.share:.0%})" for name, spoken in zip(names, times, strict=True)]


def notes(transcript: Transcript) -> list[str]:
    """What a reader should know is not in the text."""
    said = {
        CoverageKind.FAILED: "speech here could not be recognised",
        CoverageKind.QUARANTINED: "left out, because the recognised words are not reliable",
    }
    return [
        f"{short_clock(stretch.start_ms, hours=True)}–{short_clock(stretch.end_ms, hours=True)}: "
        f"{said[stretch.kind]}."
        for stretch in transcript.coverage
        if stretch.kind in said
    ]


def needs_hours(transcript: Transcript) -> bool:
    return transcript.duration_ms >= 3_600_000
