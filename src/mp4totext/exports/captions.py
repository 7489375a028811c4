"""Makes captions: cues cut at phrases, with balanced lines and enough time to be read."""

from bisect import bisect_right
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from mp4totext.exports.cue_cuts import Measured, cuts, line_starts, measured, reading_ms
from mp4totext.exports.findings import Text
from mp4totext.exports.options import ExportOptions
from mp4totext.exports.presets import CaptionPreset, SpeakerMark
from mp4totext.exports.timed_pieces import Piece, pieces_of
from mp4totext.exports.translation import parts
from mp4totext.kit import unicode
from mp4totext.transcript import Transcript

_SLOT_MS = 300  # cues begin at least this far apart, also where an engine's times are all the same
_LONGEST_NAME = 16  # columns of a speaker's name, above which it is shortened


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """One caption on screen. ``lines`` are in logical order and begin with ``mark``."""

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]
    speaker: str | None = None  # Speaker.id
    label: str | None = None  # the speaker's name
    mark: str = ""  # "- " or "Ada: " when the speaker changed
    words: tuple[tuple[Piece, ...], ...] = ()  # of each line, with the times they are spoken at

    @property
    def characters(self) -> int:
        """Characters to read, the mark included."""
        return sum(map(unicode.count, self.lines))


def of(transcript: Transcript, options: ExportOptions) -> list[Cue]:
    """Make the cues of an export."""
    preset, below = options.preset, options.translation
    if below is not None:
        # Half of the lines are for the translation.
        preset = replace(preset, max_lines=max(1, preset.max_lines // 2))
    return build(transcript, preset, speakers=options.speakers, below=below)


def build(
    transcript: Transcript,
    preset: CaptionPreset,
    *,
    speakers: bool = True,
    below: Text | None = None,
) -> list[Cue]:
    """The whole text as cues that never overlap, reorder or lose a word.

    A rule that cannot hold (speech too fast to read, one word wider than a line) is broken, not
    the text. ``speakers`` marks changes of speaker. Each cue has the lines ``below`` that
    translate it; then none goes beyond its segment.
    """
    widest = min(preset.max_columns, preset.wide_characters * 2)
    pieces = pieces_of(transcript, widest=widest)
    marks = _marks(pieces, transcript, preset, speakers=speakers)
    first_pieces = [] if below is None else _first_pieces(transcript, widest)
    marks = dict(sorted((dict.fromkeys(first_pieces, "") | marks).items()))
    text = measured(pieces, marks, preset, until_ms=transcript.duration_ms)
    drafts = [
        _draft(text, start, stop, transcript, mark=marks.get(start, ""))
        for start, stop in cuts(text)
    ]
    if below is not None:
        drafts = _with_lines_below(drafts, below, transcript, first_pieces, preset)
    return _timed(drafts, preset, transcript.duration_ms)


def _first_pieces(transcript: Transcript, widest: int) -> list[int]:
    """The first piece of each segment; of a segment without pieces, the next one."""
    counts = [
        len(pieces_of(replace(transcript, segments=(segment,)), widest=widest))
        for segment in transcript.segments
    ]
    total = sum(counts)
    return [at for at in accumulate(counts, initial=0) if at < total]


def _with_lines_below(
    drafts: list[Cue],
    text: Text,
    transcript: Transcript,
    first_pieces: list[int],
    preset: CaptionPreset,
) -> list[Cue]:
    """Distributes each segment's translation over its cues, by their share of the segment."""
    lines = {line.segment_id: line.text for line in text.lines}
    cues: dict[str, list[int]] = {}  # of each segment, as positions in drafts
    at = 0
    for position, cue in enumerate(drafts):
        segment = transcript.segments[bisect_right(first_pieces, at) - 1]
        cues.setdefault(segment.id, []).append(position)
        at += sum(map(len, cue.words))
    bilingual = list(drafts)
    for segment_id, positions in cues.items():
        shares = parts(
            lines.get(segment_id, ""),
            [drafts[position].characters for position in positions],
            language=text.language,
            columns=preset.max_columns,
        )
        for position, share in zip(positions, shares, strict=True):
            cue = drafts[position]
            bilingual[position] = replace(cue, lines=(*cue.lines, *share))
    return bilingual


def _marks(
    pieces: list[Piece], transcript: Transcript, preset: CaptionPreset, *, speakers: bool
) -> dict[int, str]:
    """The first piece of each run, and the speaker's mark if the speaker changes there.

    A run has one speaker and no long silence.
    """
    several = len({piece.speaker for piece in pieces}) > 1
    marks = {}
    for at, piece in enumerate(pieces):
        before = pieces[at - 1] if at else None
        changed = before is None or piece.speaker != before.speaker
        silent = before is not None and piece.start_ms - before.end_ms >= preset.pause_ms
        if changed or silent:
            marks[at] = ""
        if changed and speakers and several:
            label = transcript.speaker_label(piece.speaker)
            marks[at] = _mark(label, preset, first=before is None)
    return marks


def _mark(label: str | None, preset: CaptionPreset, *, first: bool) -> str:
    match preset.speaker_mark:
        case SpeakerMark.NAME if label:
            limit = min(_LONGEST_NAME, preset.max_columns // 2)
            return f"{unicode.shortened(unicode.clean(label), limit)}: "
        case SpeakerMark.DASH if not first:
            return "- "
        case _:
            return ""


def _draft(text: Measured, start: int, stop: int, transcript: Transcript, *, mark: str) -> Cue:
    """A cue with the times of its words."""
    words = tuple(
        tuple(text.pieces[begin:end])
        for begin, end in pairwise([*line_starts(text, start, stop), stop])
    )
    lines = [
        "".join((" " if piece.spaced and at else "") + piece.text for at, piece in enumerate(line))
        for line in words
    ]
    speaker = text.pieces[start].speaker
    return Cue(
        start_ms=text.pieces[start].start_ms,
        end_ms=max(piece.end_ms for piece in text.pieces[start:stop]),
        lines=(mark + lines[0], *lines[1:]),
        speaker=speaker,
        label=unicode.clean(transcript.speaker_label(speaker) or "") or None,
        mark=mark,
        words=words,
    )


def _timed(drafts: list[Cue], preset: CaptionPreset, duration_ms: int) -> list[Cue]:
    """The cues with display times: separated, and extended where there is room."""
    starts = _apart([cue.start_ms for cue in drafts], duration_ms)
    cues = []
    for position, (cue, start) in enumerate(zip(drafts, starts, strict=True)):
        following = starts[position + 1] if position + 1 < len(starts) else None
        end = _end(cue, start, following, preset, duration_ms)
        # Not replace(), which takes twice as long: long recordings have thousands of cues.
        cues.append(
            Cue(
                start_ms=start,
                end_ms=end,
                lines=cue.lines,
                speaker=cue.speaker,
                label=cue.label,
                mark=cue.mark,
                words=cue.words,
            )
        )
    return cues


def _apart(starts: list[int], duration_ms: int) -> list[int]:
    """The starts, moved as little as possible to be a slot apart and inside the recording."""
    count = len(starts)
    slot = max(2, min(_SLOT_MS, duration_ms // max(1, count)))
    earliest = -slot
    moved = []
    for at, start in enumerate(starts):
        earliest = max(start, earliest + slot)
        latest = max(at * slot, duration_ms - (count - at) * slot)
        moved.append(min(earliest, latest))
    return moved


def _end(
    cue: Cue, start_ms: int, following_ms: int | None, preset: CaptionPreset, duration_ms: int
) -> int:
    spoken_until = max(cue.end_ms, start_ms + 1)
    wide = is_wide(cue)
    read_until = start_ms + reading_ms(cue.characters, preset, wide=wide)
    best = max(
        spoken_until,
        min(read_until, spoken_until + preset.linger_ms),
        start_ms + preset.min_ms,
    )
    free_until = duration_ms if following_ms is None else following_ms - preset.gap_ms
    latest = max(start_ms + 1, min(free_until, start_ms + preset.max_ms))
    end = min(best, latest)
    if following_ms is not None and following_ms - end < preset.chain_ms:
        return latest  # a shorter gap before the next cue would look like flicker
    return end


def is_wide(cue: Cue) -> bool:
    """Whether the limits for full-width characters apply to a cue."""
    wide, characters = unicode.wide_and_all("".join(cue.lines)[len(cue.mark) :])
    return wide * 2 > characters
