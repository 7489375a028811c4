"""How captions look: the events of one cue in each style, with the codes of libass. Pure."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from mp4totext.exports.captions import Cue
from mp4totext.exports.presets import DEFAULT, PRESETS, CaptionPreset
from mp4totext.exports.spoken_words import spoken_words
from mp4totext.exports.timed_pieces import Piece
from mp4totext.kit import unicode
from mp4totext.kit.ass_text import escaped
from mp4totext.media.backgrounds import Colour, Colours, Palette, colours_of, contrast
from mp4totext.media.text_fitting import advance
from mp4totext.media.typeface import MAIN, Font
from mp4totext.videos.storyboard import CONTRAST_MIN, CaptionStyle, Storyboard

_WHITE: Colour = (255, 255, 255)
_BLACK: Colour = (0, 0, 0)
_NEAR_BLACK: Colour = (24, 22, 30)
_YELLOW: Colour = (255, 214, 92)
_RUST: Colour = (168, 62, 22)
# For each speaker in order of appearance; colours also differ in lightness.
_LIGHT = (_WHITE, _YELLOW, (126, 214, 255), (158, 232, 140), (255, 176, 208), (206, 190, 255))
_DARK = ((38, 32, 28), _RUST, (18, 84, 140), (34, 96, 44), (150, 28, 90), (88, 56, 160))
LIT_MS_MIN = 50  # more than a frame at 24 fps, rounded to the hundredths of libass
_LONG_WORD = 8  # characters; in capitals a longer word may be wider than a line
_INVISIBLE, _VISIBLE = r"{\alpha&HFF&}", r"{\alpha&H00&}"

# A few words at a time, mostly two or three.
BIG = replace(
    PRESETS["social"],
    name="big",
    max_columns=12,
    wide_characters=6,
    min_ms=300,
    max_ms=1_600,
    characters_per_second=30,
    wide_characters_per_second=16,
)

# As many words at a time as in other upright videos, and in letters that are larger by a quarter.
TALL = replace(PRESETS["social"], name="tall", max_columns=17, wide_characters=9, max_lines=2)
TALL_BILINGUAL = replace(TALL, max_columns=19, max_lines=4)  # half of the lines are a translation's


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the script. Times count from the start of the video."""

    start_ms: int
    end_ms: int
    text: str  # with ASS override codes
    widest: float = 0.0  # width of the longest word in ems, if that may exceed a line
    plate: str = ""  # drawn above it: the same text with only one word visible, on a plate


@dataclass(frozen=True, slots=True, kw_only=True)
class Inks:
    """The colours of captions. The default suits any picture: light letters, dark outlines."""

    plain: Colour = _WHITE
    spoken: Colour = _YELLOW
    original: Colour = (216, 216, 216)  # of the original words above the translation
    outline: Colour = _BLACK
    speakers: tuple[Colour, ...] = _LIGHT

    @property
    def on_plate(self) -> Colour:
        """The colour of a word on a plate, which has the colour of spoken words."""
        return max(_NEAR_BLACK, _WHITE, key=lambda ink: contrast(ink, self.spoken))

    def of_speaker(self, speaker: str | None) -> Colour:
        """Speakers are "S1", "S2" and so on, in order of appearance."""
        number = int(speaker.removeprefix("S")) if speaker else 1
        return self.speakers[(number - 1) % len(self.speakers)]


ON_ANY_PICTURE = Inks()


def inks(board: Storyboard) -> Inks:
    """The colours of a drawn background's captions; over pictures, those that suit any picture."""
    if any(scene.picture.kind not in ("wave", "card") for scene in board.scenes):
        return ON_ANY_PICTURE
    return inks_on(board.look.ground)


def inks_on(ground: Palette | Colours) -> Inks:
    colours = colours_of(ground)
    behind = colours.spots[0]
    is_light = contrast(_BLACK, behind) > contrast(_WHITE, behind)
    made = ON_ANY_PICTURE
    if is_light:
        made = Inks(
            plain=colours.ink, spoken=_RUST, original=colours.ink, outline=behind, speakers=_DARK
        )
    can_be_read = contrast(colours.accent, made.outline) >= CONTRAST_MIN
    return replace(made, spoken=colours.accent) if can_be_read else made


def preset_of(style: CaptionStyle, *, upright: bool, tall: bool = False) -> CaptionPreset:
    if style == "big":
        return BIG
    if tall:
        return TALL_BILINGUAL if style == "two" else TALL
    return PRESETS["social"] if upright else DEFAULT


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the events of all cues have in common. ``missing``: characters that are left out."""

    style: CaptionStyle = "word"
    inks: Inks = ON_ANY_PICTURE
    missing: frozenset[str] = frozenset()
    font: Font = MAIN


USUAL = Look()


def look(board: Storyboard, font: Font) -> Look:
    return Look(style=board.captions.style, inks=inks(board), font=font)


def events_of(cue: Cue, until_ms: int, look: Look) -> Iterator[Event]:
    """The events of a cue, one after the other; the last one ends at ``until_ms``."""
    cue = replace(cue, words=tuple(tuple(spoken_words(line)) for line in cue.words))
    lines = [[(piece, _drawable(piece.text, look.missing)) for piece in line] for line in cue.words]
    widest = _widest(lines, look)
    whole = Event(start_ms=cue.start_ms, end_ms=until_ms, text=_plain(lines), widest=widest)
    match look.style:
        case "clean":
            yield whole
        case "speakers":
            colour = look.inks.of_speaker(cue.speaker)
            yield replace(whole, text=_coloured(colour) + whole.text)
        case "two":
            shown = [_drawable(line, look.missing) for line in cue.lines]
            text = _bilingual(shown, len(cue.words), look.inks)
            yield replace(whole, text=text, widest=_widest_word(shown, look.font))
        case "sweep" if not _has_right_to_left(whole.text):
            yield replace(whole, text=_swept(lines, cue.start_ms, look.inks))
        case _:
            yield from _word_by_word(cue, whole, lines, look)


def _word_by_word(
    cue: Cue, whole: Event, lines: Sequence[Sequence[tuple[Piece, str]]], look: Look
) -> Iterator[Event]:
    at_ms, until_ms = cue.start_ms, whole.end_ms
    pieces = [piece for line in cue.words for piece in line]
    for number, (piece, following) in enumerate(pairwise([*pieces, None])):
        assert piece is not None
        start_ms = max(at_ms, min(piece.start_ms, until_ms))
        last_ms = until_ms if following is None else min(following.start_ms, until_ms)
        end_ms = max(start_ms, min(max(piece.end_ms, start_ms + LIT_MS_MIN), last_ms))
        if look.style == "sweep":  # spoken words stay coloured
            end_ms = max(start_ms, last_ms)
        if start_ms > at_ms:
            yield replace(whole, start_ms=at_ms, end_ms=start_ms)
        if end_ms > start_ms:
            text, plate = _marked(lines, number, look)
            yield replace(whole, start_ms=start_ms, end_ms=end_ms, text=text, plate=plate)
        at_ms = end_ms
    if until_ms > at_ms:
        yield replace(whole, start_ms=at_ms, end_ms=until_ms)


def _marked(
    lines: Sequence[Sequence[tuple[Piece, str]]], number: int, look: Look
) -> tuple[str, str]:
    """The text with the word of this number marked as spoken, and the plate above it."""
    if look.style == "box":
        plate = _INVISIBLE + _with_codes(lines, number, number, _VISIBLE, _INVISIBLE)
        return _plain(lines), plate
    first = 0 if look.style == "sweep" else number
    spoken, plain = _coloured(look.inks.spoken), _coloured(look.inks.plain)
    return _with_codes(lines, first, number, spoken, plain), ""


def _with_codes(
    lines: Sequence[Sequence[tuple[Piece, str]]], first: int, last: int, before: str, after: str
) -> str:
    """The text with codes before and after each of the words ``first`` to ``last``."""
    rtl = unicode.is_right_to_left("".join(word for line in lines for _, word in line))
    shown, number = [], 0
    for line in lines:
        # Without a mark, a line that begins with a Latin name would run from left to right.
        text = unicode.RIGHT_TO_LEFT_MARK if rtl else ""
        for at, (piece, word) in enumerate(line):
            text += " " if piece.spaced and at else ""
            text += f"{before}{word}{after}" if first <= number <= last else word
            number += 1
        shown.append(text)
    return r"\N".join(shown)


def _plain(lines: Sequence[Sequence[tuple[Piece, str]]]) -> str:
    return _with_codes(lines, 0, -1, "", "")


def _swept(lines: Sequence[Sequence[tuple[Piece, str]]], start_ms: int, made: Inks) -> str:
    """Karaoke: each word is coloured from left to right while it is spoken, and stays so."""
    text = r"{\1c" + _hex(made.spoken) + r"\2c" + _hex(made.plain) + "}"
    at = 0  # in hundredths from the start of the event
    for line_number, line in enumerate(lines):
        text += r"\N" if line_number else ""
        for place, (piece, word) in enumerate(line):
            begin = max(at, (piece.start_ms - start_ms) // 10)
            end = max(begin, (piece.end_ms - start_ms) // 10)
            space = " " if piece.spaced and place else ""
            text += rf"{{\k{begin - at}}}{space}{{\kf{end - begin}}}{word}"
            at = end
    return text


def _bilingual(lines: Sequence[str], original_lines: int, made: Inks) -> str:
    """The original, smaller and less bright, above its translation."""
    lines = [unicode.directed(line) for line in lines]
    original, below = lines[:original_lines], lines[original_lines:]
    if not original or not below:
        return r"\N".join(lines)
    smaller = r"{\fscx76\fscy76\1c" + _hex(made.original) + "}"
    normal = r"{\fscx100\fscy100\1c" + _hex(made.plain) + "}"
    return r"\N".join([f"{smaller}{original[0]}", *original[1:], f"{normal}{below[0]}", *below[1:]])


def _coloured(colour: Colour) -> str:
    return r"{\1c" + _hex(colour) + "}"


def _hex(colour: Colour) -> str:
    """In ASS notation: blue, green, red."""
    return "&H{2:02X}{1:02X}{0:02X}&".format(*colour)


def _has_right_to_left(text: str) -> bool:
    return any(unicodedata.bidirectional(character) in ("R", "AL") for character in text)


def _widest(lines: Sequence[Sequence[tuple[Piece, str]]], look: Look) -> float:
    """The width of the widest line of style `big`; else of the longest word, as lines may break."""
    texts = ["".join(" " * piece.spaced + text for piece, text in line) for line in lines]
    if look.style == "big":
        return max((advance(text.strip(), look.font) for text in texts), default=0.0)
    return _widest_word(texts, look.font)


def _widest_word(texts: Iterable[str], font: Font) -> float:
    words = {word for text in texts for word in text.split() if len(word) > _LONG_WORD}
    return max((advance(word, font) for word in words), default=0.0)


def without_missing(text: str, missing: frozenset[str]) -> str:
    return "".join(character for character in text if character not in missing)


def _drawable(text: str, missing: frozenset[str]) -> str:
    return escaped(without_missing(text, missing))
