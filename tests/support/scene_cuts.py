"""Counts where the scenes of a storyboard begin: at the ends of phrases, or inside words."""

from dataclasses import dataclass, field

from mp4totext.kit.errors import AppError
from mp4totext.transcript import Transcript, Word
from mp4totext.videos.planning import storyboard
from mp4totext.videos.presets import Preset
from mp4totext.videos.schemas import VideoOptions

PRESETS: tuple[Preset, ...] = ("captioned", "audiogram", "clip", "slideshow", "lesson")
PAUSE_MS = 180  # ends a phrase where there is no mark
MARKS = ".?!…,;:—。，、？！"
# Words that begin a phrase, in English: conjunctions and prepositions.
BEGINNINGS = frozenset(
    {"and", "but", "or", "so", "because", "although", "though", "while", "when", "where", "which",
     "who", "whose", "if", "unless", "since", "then", "however", "that", "of", "to", "in", "on",
     "at", "by", "for", "from", "with", "into", "onto", "over", "under", "about", "between",
     "through", "during", "after", "before", "against", "without"}
)  # fmt: skip


@dataclass
class Cuts:
    count: int = 0
    elsewhere: list[str] = field(default_factory=list)  # words around cuts that part a phrase
    inside: list[str] = field(default_factory=list)  # words that are cut

    def add(self, at_ms: int, words: list[Word]) -> None:
        self.count += 1
        self.inside += [word.text for word in words if word.start_ms < at_ms < word.end_ms]
        before = max((word for word in words if word.end_ms <= at_ms), key=_end, default=None)
        after = min((word for word in words if word.start_ms >= at_ms), key=_start, default=None)
        if before is None or after is None:  # before the first word or after the last one
            return
        ends = before.text.rstrip("\"'”’»)")[-1:] in MARKS
        begins = after.text.casefold() in BEGINNINGS
        if not (ends or begins or after.start_ms - before.end_ms >= PAUSE_MS):
            self.elsewhere.append(f"{before.text} | {after.text}")

    @property
    def at_phrase_ends(self) -> float:
        return 1 - len(self.elsewhere) / self.count if self.count else 1.0


def _start(word: Word) -> int:
    return word.start_ms


def _end(word: Word) -> int:
    return word.end_ms


def cuts_of(spoken: Transcript, made: Cuts, *, has_video: bool) -> None:
    """Add those of the local storyboards of all presets, the ends of a clip among them.

    A recording of which a preset makes nothing, as it is too short, has none of that preset.
    """
    words = [word for segment in spoken.segments for word in segment.words]
    for preset in PRESETS:
        options = VideoOptions(preset=preset)
        try:
            board = storyboard(options, spoken, recording_id="trn_1", title="", has_video=has_video)
        except AppError:
            continue
        for at_ms in {board.from_ms, *(scene.start_ms for scene in board.scenes), board.to_ms}:
            if 0 < at_ms < spoken.duration_ms:
                made.add(at_ms, words)
