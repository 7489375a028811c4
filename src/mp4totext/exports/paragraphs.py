"""The parts of a readable transcript: facts for its heading, paragraphs by speaker, notes."""

from dataclasses import dataclass
from datetime import datetime

from mp4totext.editing.speakers import speaking_times
from mp4totext.exports import phrases
from mp4totext.kit import unicode
from mp4totext.kit.timecode import short_clock
from mp4totext.messages import worded
from mp4totext.transcript import CoverageKind, Segment, Transcript

_NEW_PARAGRAPH_PAUSE_MS = 2_000
_LONG_PARAGRAPH = 600  # characters; the next sentence end closes it


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Consecutive speech of one speaker without a long pause."""

    start_ms: int
    end_ms: int
    text: str
    speaker: str | None  # Speaker.id
    label: str | None  # their name
    changed: bool  # the previous paragraph has another speaker


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
    result: list[Paragraph] = []
    for group in groups:
        speaker = group[0].speaker
        result.append(
            Paragraph(
                start_ms=group[0].start_ms,
                end_ms=max(segment.end_ms for segment in group),
                text=unicode.joined(unicode.clean(segment.text) for segment in group),
                speaker=speaker,
                label=unicode.clean(transcript.speaker_label(speaker) or "") or None,
                changed=not result or result[-1].speaker != speaker,
            )
        )
    return result


def _continues(before: Segment, segment: Segment, *, long: bool) -> bool:
    if segment.speaker != before.speaker:
        return False
    if segment.start_ms - before.end_ms >= _NEW_PARAGRAPH_PAUSE_MS:
        return False
    return not (long and phrases.ends_sentence(unicode.clean(before.text)))


def facts(
    transcript: Transcript, *, speakers: bool, made_at: datetime | None = None
) -> list[tuple[str, str]]:
    """The facts about the recording for a heading, as (name, value)."""
    rows = [(worded("Date"), made_at.date().isoformat())] if made_at else []
    rows.append((worded("Duration"), short_clock(transcript.duration_ms, hours=True)))
    if transcript.language:
        rows.append((worded("Language"), unicode.clean(transcript.language)))
    if speakers and transcript.speakers:
        times = speaking_times(transcript.speakers, transcript.segments)
        names = [unicode.clean(time.speaker.label) for time in times]
        if len(times) > 1:  # a share of 100 % says nothing
            shares = (_percent(time.share) for time in times)
            names = [f"{name} ({share})" for name, share in zip(names, shares, strict=True)]
        rows.append((worded("Speakers"), ", ".join(names)))
    return rows


def _percent(share: float) -> str:
    return worded("{percent}%").format(percent=f"{share * 100:.0f}")


def notes(transcript: Transcript) -> list[str]:
    """Notes about parts whose speech is missing in the text, with the reason."""
    reasons = {
        CoverageKind.FAILED: worded("speech here could not be recognised"),
        CoverageKind.QUARANTINED: worded("left out, because the recognised words are not reliable"),
    }
    return [
        f"{short_clock(stretch.start_ms, hours=True)}–{short_clock(stretch.end_ms, hours=True)}: "
        f"{reasons[stretch.kind]}."
        for stretch in transcript.coverage
        if stretch.kind in reasons
    ]


def needs_hours(transcript: Transcript) -> bool:
    return transcript.duration_ms >= 3_600_000
