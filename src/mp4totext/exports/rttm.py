"""RTTM (NIST Rich Transcription): who speaks when, for diarization tools."""

from mp4totext.exports.filenames import filename
from mp4totext.exports.options import ExportOptions
from mp4totext.kit.timecode import seconds
from mp4totext.transcript import Transcript, Word

_SAME_TURN_GAP_MS = 500  # a shorter pause is a breath, not the end of a turn


def render(transcript: Transcript, options: ExportOptions) -> bytes:
    name = recording(options)
    rows = [
        f"SPEAKER {name} 1 {seconds(start)} {seconds(end - start)} <NA> <NA> "
        f"{field(speaker)} <NA> <NA>\n"
        for speaker, start, end in turns(transcript)
    ]
    return "".join(rows).encode()


def turns(transcript: Transcript) -> list[tuple[str, int, int]]:
    """Turns as (speaker id, start_ms, end_ms), in order, without words that have no speaker."""
    found: list[tuple[str, int, int]] = []
    for speaker, start, end in _spoken(transcript):
        if speaker is None or end <= start:
            continue
        if found and found[-1][0] == speaker and start - found[-1][2] <= _SAME_TURN_GAP_MS:
            found[-1] = (speaker, found[-1][1], max(end, found[-1][2]))
        else:
            found.append((speaker, start, end))
    return found


def _spoken(transcript: Transcript) -> list[tuple[str | None, int, int]]:
    stretches = []
    for segment in transcript.segments:
        spoken = segment.words or (
            Word(text=segment.text, start_ms=segment.start_ms, end_ms=segment.end_ms),
        )
        stretches += [(w.speaker or segment.speaker, w.start_ms, w.end_ms) for w in spoken]
    return stretches


def recording(options: ExportOptions) -> str:
    """The name of the recording in RTTM, CTM and STM files."""
    return field(filename(options.title, "").rstrip("."))


def field(text: str) -> str:
    """A value without spaces, as spaces separate fields."""
    return "_".join(text.split()) or "recording"
