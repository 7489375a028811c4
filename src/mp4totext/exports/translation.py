"""Combines a transcript with a translation: in place of the original or below it."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from mp4totext.exports.findings import Text
from mp4totext.exports.timed_pieces import Piece, pieces_of
from mp4totext.kit import unicode
from mp4totext.transcript import Segment, Transcript


def translated(transcript: Transcript, text: Text) -> Transcript:
    """The transcript with translated lines at the times of the original ones."""
    segments = tuple(
        Segment(
            id=line.segment_id,
            start_ms=min(line.start_ms, transcript.duration_ms),
            end_ms=min(line.end_ms, transcript.duration_ms),
            text=line.text,
            speaker=line.speaker,
        )
        for line in sorted(text.lines, key=lambda line: line.start_ms)
        if unicode.clean(line.text)
    )
    return replace(transcript, segments=segments, language=text.language)


def parts(
    text: str, sizes: Sequence[int], *, language: str | None, columns: int
) -> list[list[str]]:
    """Split the text into one part for each of ``sizes``, with lengths in proportion to them.

    Each part is a list of lines of at most ``columns``. Parts may be empty if the text is short.
    """
    segment = Segment(id="s1", start_ms=0, end_ms=0, text=text)
    pieces = pieces_of(
        Transcript(duration_ms=0, language=language, segments=(segment,)), widest=columns
    )
    ends = [round(len(pieces) * size / max(1, sum(sizes))) for size in accumulate(sizes)]
    found = []
    for start, end in zip([0, *ends], ends, strict=False):
        lines = _lines(pieces[start:end], columns)
        while len(lines) > 1:  # of about the same width: no word alone in the last one
            narrower = _lines(pieces[start:end], max(map(unicode.width, lines)) - 1)
            if len(narrower) > len(lines) or narrower == lines:  # a single word is the widest
                break
            lines = narrower
        found.append(lines)
    return found


def _lines(pieces: Sequence[Piece], columns: int) -> list[str]:
    lines: list[str] = []
    for piece in pieces:
        longer = f"{lines[-1]}{' ' * piece.spaced}{piece.text}" if lines else piece.text
        if lines and unicode.width(longer) <= columns:
            lines[-1] = longer
        else:
            lines.append(piece.text)
    return lines
