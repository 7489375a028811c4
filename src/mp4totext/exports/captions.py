"""Captions from a transcript: cut at phrases, broken into balanced lines, timed to be read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from mp4totext.exports import phrases
from mp4totext.exports.presets import CaptionPreset, SpeakerMark
from mp4totext.exports.timed_pieces import Piece, pieces_of
from mp4totext.kit import unicode
from mp4totext.transcript import Transcript

_SLOT_MS = 300  # cues begin at least this far apart, also when the recogniser's times collapse
_LONGEST_NAME = 16  # columns of a speaker's name before it is shortened

# What a cue costs when choosing where to cut; in the units of phrases.break_cost.
_ONE_MORE_CUE, _SECOND_SENTENCE, _CUT_SENTENCE, _TINY = 20, 12, 30, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """One caption on the screen; ``lines`` are in logical order and begin with ``mark``."""

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]
    speaker: str | None = None  # Speaker.id
    label: str | None = None  # the speaker's name
    mark: str = ""  # "- " or "Ada: " when the speaker changed

    @property
    def characters(self) -> int:
        """Characters to read, the mark included."""
        return sum(len(unicode.clusters(line)) for line in self.lines)


@dataclass(frozen=True, slots=True)
class _Run:
    """Pieces by one speaker without a long silence, with what the search needs ready."""

    pieces: Sequence[Piece]
    mark: str
    until_ms: int  # the next run begins here
    preset: CaptionPreset
    costs: Sequence[int]  # of a break before piece k; 0 for the first
    columns: Sequence[int]  # running sums: width with the space before,
    wide: Sequence[int]  # wide characters,
    shown: Sequence[int]  # characters,
    sentences: Sequence[int]  # and sentence ends before piece k

    def width(self, start: int, stop: int) -> int:
        leading = self.pieces[start].spaced
        mark = unicode.width(self.mark) if start == 0 else 0
        return self.columns[stop] - self.columns[start] - leading + mark

    def is_wide(self, start: int, stop: int) -> bool:
        wide = self.wide[stop] - self.wide[start]
        return wide * 2 > self.shown[stop] - self.shown[start]


def line_limit(preset: CaptionPreset, *, wide: bool) -> int:
    return preset.wide_characters * 2 if wide else preset.max_columns


def reading_ms(characters: int, preset: CaptionPreset, *, wide: bool) -> int:
    """The shortest time in which so many characters can be read, rounded up."""
    speed = preset.wide_characters_per_second if wide else preset.characters_per_second
    return -(-characters * 1000 // speed)


def build(transcript: Transcript, preset: CaptionPreset, *, speakers: bool = True) -> list[Cue]:
    """The whole text as cues that never overlap, reorder or lose a word.

    A rule that cannot hold (speech too fast to read, one word wider than a line) is broken, not
    the text; ``caption_rules.check`` reports it. ``speakers`` marks changes of speaker.
    """
    pieces = pieces_of(transcript, widest=min(preset.max_columns, preset.wide_characters * 2))
    drafts: list[Cue] = []
    for run in _runs(pieces, transcript, preset, speakers=speakers):
        for start, stop in _cut(run):
            drafts.append(_draft(run, start, stop, transcript))
    return _timed(drafts, preset, transcript.duration_ms)


def _runs(
    pieces: list[Piece], transcript: Transcript, preset: CaptionPreset, *, speakers: bool
) -> Iterator[_Run]:
    borders = [0] if pieces else []
    for at, (left, right) in enumerate(pairwise(pieces), 1):
        silent = right.start_ms - left.end_ms >= preset.pause_ms
        if silent or right.speaker != left.speaker:
            borders.append(at)
    several = len({piece.speaker for piece in pieces}) > 1
    for start, stop in pairwise([*borders, len(pieces)]):
        until = pieces[stop].start_ms if stop < len(pieces) else transcript.duration_ms
        changed = start == 0 or pieces[start].speaker != pieces[start - 1].speaker
        mark = ""
        if speakers and several and changed:
            mark = _mark(transcript.speaker_label(pieces[start].speaker), preset, first=start == 0)
        yield _run(pieces[start:stop], mark, until, preset)


def _mark(label: str | None, preset: CaptionPreset, *, first: bool) -> str:
    match preset.speaker_mark:
        case SpeakerMark.NAME if label:
            limit = min(_LONGEST_NAME, preset.max_columns // 2)
            return f"{unicode.shortened(unicode.clean(label), limit)}: "
        case SpeakerMark.DASH if not first:
            return "- "
        case _:
            return ""


def _run(pieces: Sequence[Piece], mark: str, until_ms: int, preset: CaptionPreset) -> _Run:
    breaks = (
        phrases.break_cost(
            a.text, b.text, language=b.language, spaced=b.spaced, word_edge=b.word_edge
        )
        for a, b in pairwise(pieces)
    )
    counts = [unicode.wide_and_all(piece.text) for piece in pieces]
    ends = (phrases.ends_sentence(piece.text) for piece in pieces)
    return _Run(
        pieces,
        mark,
        until_ms,
        preset,
        [0, *breaks],
        list(accumulate((unicode.width(p.text) + p.spaced for p in pieces), initial=0)),
        list(accumulate((wide for wide, _ in counts), initial=0)),
        list(accumulate((shown for _, shown in counts), initial=0)),
        list(accumulate(map(int, ends), initial=0)),
    )


def _cut(run: _Run) -> list[tuple[int, int]]:
    """The cheapest way to cut a run into cues: shortest path over all places to cut."""
    preset, count = run.preset, len(run.pieces)
    widest = preset.max_lines * max(preset.max_columns, preset.wide_characters * 2)
    best: list[tuple[int, int]] = [(0, 0)]  # cost of the pieces so far, where its last cue begins
    for stop in range(1, count + 1):
        options = []
        for start in range(stop - 1, -1, -1):
            single = stop - start == 1
            spoken = run.pieces[stop - 1].end_ms - run.pieces[start].start_ms
            if not single and (run.width(start, stop) > widest or spoken > preset.max_ms):
                break
            cost = _cue_cost(run, start, stop)
            if cost is not None:
                options.append((best[start][0] + cost, start))
        best.append(min(options))
    cuts, stop = [], count
    while stop:
        cuts.append((best[stop][1], stop))
        stop = best[stop][1]
    return cuts[::-1]


def _cue_cost(run: _Run, start: int, stop: int) -> int | None:
    """None when the pieces do not fit a cue."""
    lines = _lines(run, start, stop)
    if lines is None:
        return None
    pieces, preset = run.pieces, run.preset
    last = stop == len(pieces)
    following = run.until_ms if last else pieces[stop].start_ms
    free = min(following - pieces[start].start_ms - preset.gap_ms, preset.max_ms)
    characters = run.columns[stop] - run.columns[start]
    wide = run.is_wide(start, stop)
    needed = max(preset.min_ms, reading_ms(characters // (2 if wide else 1), preset, wide=wide))
    cost = _ONE_MORE_CUE + lines[0] + max(0, needed - free) // 40
    begun = run.sentences[stop - 1] - run.sentences[start]
    whole = last or phrases.ends_sentence(pieces[stop - 1].text)
    fresh = start == 0 or phrases.ends_sentence(pieces[start - 1].text)
    cost += begun * (_SECOND_SENTENCE if whole and fresh else _CUT_SENTENCE)
    if not last:
        pause = max(0, following - pieces[stop - 1].end_ms)
        cost += 2 * run.costs[stop] - min(pause, 600) // 60
        if characters < 10 and not whole:
            cost += _TINY
    return cost


def _lines(run: _Run, start: int, stop: int) -> tuple[int, list[int]] | None:
    """The cost and the starts of the best lines for these pieces; None when they do not fit."""
    limit = line_limit(run.preset, wide=run.is_wide(start, stop))
    return _broken(run, start, stop, limit, run.preset.max_lines)


def _broken(
    run: _Run, start: int, stop: int, limit: int, lines: int
) -> tuple[int, list[int]] | None:
    if run.width(start, stop) <= limit or stop - start == 1:
        return 0, [start]
    if lines == 1:
        return None
    best: tuple[int, list[int]] | None = None
    for at in range(start + 1, stop):
        first = run.width(start, at)
        if first > limit and at - start > 1:
            break
        rest = _broken(run, at, stop, limit, lines - 1)
        if rest is None:
            continue
        # Balanced lines read faster; of two equal ones the longer belongs below.
        difference = first - run.width(at, stop)
        cost = rest[0] + run.costs[at] + abs(difference) // 6 + (difference > 0)
        if best is None or cost < best[0]:
            best = cost, [start, *rest[1]]
    return best


def _draft(run: _Run, start: int, stop: int, transcript: Transcript) -> Cue:
    """The cue with its spoken times."""
    found = _lines(run, start, stop)
    assert found is not None  # _cut only chose what fits
    mark = run.mark if start == 0 else ""
    lines = [
        "".join(
            (" " if piece.spaced and at > begin else "") + piece.text
            for at, piece in enumerate(run.pieces[begin:end], begin)
        )
        for begin, end in pairwise([*found[1], stop])
    ]
    speaker = run.pieces[start].speaker
    return Cue(
        start_ms=run.pieces[start].start_ms,
        end_ms=max(piece.end_ms for piece in run.pieces[start:stop]),
        lines=(mark + lines[0], *lines[1:]),
        speaker=speaker,
        label=unicode.clean(transcript.speaker_label(speaker) or "") or None,
        mark=mark,
    )


def _timed(drafts: list[Cue], preset: CaptionPreset, duration_ms: int) -> list[Cue]:
    """The cues with times to be read by: longer into silence, joined over flicker, apart."""
    starts = _apart([cue.start_ms for cue in drafts], duration_ms)
    found = []
    for position, (cue, start) in enumerate(zip(drafts, starts, strict=True)):
        following = starts[position + 1] if position + 1 < len(starts) else None
        end = _end(cue, start, following, preset, duration_ms)
        found.append(
            Cue(
                start_ms=start,
                end_ms=end,
                lines=cue.lines,
                speaker=cue.speaker,
                label=cue.label,
                mark=cue.mark,
            )
        )
    return found


def _apart(starts: list[int], duration_ms: int) -> list[int]:
    """The starts moved as little as keeps them a slot apart and inside the recording."""
    count = len(starts)
    slot = max(2, min(_SLOT_MS, duration_ms // max(1, count)))
    earliest = -slot
    found = []
    for at, start in enumerate(starts):
        earliest = max(start, earliest + slot)
        latest = max(at * slot, duration_ms - (count - at) * slot)
        found.append(min(earliest, latest))
    return found


def _end(
    cue: Cue, start_ms: int, following_ms: int | None, preset: CaptionPreset, duration_ms: int
) -> int:
    spoken = max(cue.end_ms, start_ms + 1)
    wide = is_wide(cue)
    readable = start_ms + reading_ms(cue.characters, preset, wide=wide)
    wanted = max(
        spoken,
        min(readable, spoken + preset.linger_ms),
        start_ms + preset.min_ms,
    )
    room = duration_ms if following_ms is None else following_ms - preset.gap_ms
    latest = max(start_ms + 1, min(room, start_ms + preset.max_ms))
    end = min(wanted, latest)
    if following_ms is not None and following_ms - end < preset.chain_ms:
        return latest  # so near to the next cue that leaving would flicker
    return end


def is_wide(cue: Cue) -> bool:
    """Whether the limits for full-width characters apply to a cue."""
    wide, shown = unicode.wide_and_all("".join(cue.lines)[len(cue.mark) :])
    return wide * 2 > shown
