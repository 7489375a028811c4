"""Captions as an ASS script, which FFmpeg draws with libass.

Events never overlap: libass would stack two at once in an order that depends on what it drew
before, so a part of the video rendered by itself would differ from the whole.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from mp4totext.exports import captions
from mp4totext.exports.captions import Cue
from mp4totext.exports.findings import Text
from mp4totext.exports.options import ExportOptions
from mp4totext.exports.presets import DEFAULT, PRESETS
from mp4totext.exports.timed_pieces import Piece
from mp4totext.kit import unicode
from mp4totext.kit.ass_text import escaped
from mp4totext.kit.timecode import hundredths_clock
from mp4totext.media.backgrounds import Colours, Palette, colours_of
from mp4totext.media.cards import Card, placed
from mp4totext.media.text_fitting import advance, line_advance
from mp4totext.media.typeface import MAIN, Font, fonts_for
from mp4totext.transcript import Transcript
from mp4totext.videos.canvas import Canvas
from mp4totext.videos.storyboard import CaptionStyle, Scene, Storyboard

_SPOKEN = r"{\1c&H5CD6FF&}"  # a warm yellow, in the order blue, green, red
_PLAIN = r"{\1c&HFFFFFF&}"
_SMALLER = r"{\fscx76\fscy76\1c&HD8D8D8&}"
_NORMAL = r"{\fscx100\fscy100\1c&HFFFFFF&}"
_TITLE_COLUMNS = 90
_LIT_MS_MIN = 50  # a frame of 24 a second, and the hundredths of libass
_LONG_WORD = 10  # characters; in capitals that many may be wider than a line
_RESERVED = 0.22  # of the height below a card, for two lines of captions


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the script. Times count from the start of the video."""

    start_ms: int
    end_ms: int
    text: str  # with the script's own codes
    widest: float = 0.0  # its longest word in ems, where that may be wider than a line


def events(
    transcript: Transcript,
    style: CaptionStyle,
    *,
    upright: bool,
    translation: Text | None = None,
    font: Font = MAIN,
) -> tuple[tuple[Event, ...], frozenset[str]]:
    """All captions in order, and the characters that are left out because no font draws them.

    ``upright``: one short line at a time. ``translation``: of the transcript, for the style `two`.
    """
    preset = PRESETS["social"] if upright else DEFAULT
    _, missing = fonts_for(unicode.clean(transcript.text), transcript.language)
    if style == "two" and translation is not None:
        lines = " ".join(line.text for line in translation.lines)
        missing |= fonts_for(unicode.clean(lines), translation.language)[1]
    options = ExportOptions(preset=preset, speakers=False, translation=translation)
    cues = captions.of(transcript, options)
    made: list[Event] = []
    for cue, following in pairwise([*cues, None]):
        assert cue is not None
        until_ms = max(cue.end_ms, cue.words[-1][-1].start_ms + _LIT_MS_MIN)
        if following is not None:
            until_ms = min(until_ms, following.start_ms)
        made += _of_cue(cue, until_ms, style, missing, font)
    return tuple(made), missing


def _of_cue(
    cue: Cue, until_ms: int, style: CaptionStyle, missing: frozenset[str], font: Font
) -> Iterator[Event]:
    lines = [[(piece, _drawable(piece.text, missing)) for piece in line] for line in cue.words]
    widest = _widest(lines, font)

    def event(start_ms: int, end_ms: int, spoken: Piece | None) -> Event:
        text = _text(lines, spoken)
        return Event(start_ms=start_ms, end_ms=end_ms, text=text, widest=widest)

    if style == "two":
        shown = [_drawable(line, missing) for line in cue.lines]
        text, widest = _two(shown, len(cue.words)), _widest_word(shown, font)
        yield Event(start_ms=cue.start_ms, end_ms=until_ms, text=text, widest=widest)
        return
    if style == "clean":
        yield event(cue.start_ms, until_ms, None)
        return
    at_ms = cue.start_ms
    pieces = [piece for line in cue.words for piece in line]
    for piece, following in pairwise([*pieces, None]):
        assert piece is not None
        start_ms = max(at_ms, min(piece.start_ms, until_ms))
        last_ms = until_ms if following is None else min(following.start_ms, until_ms)
        end_ms = max(start_ms, min(max(piece.end_ms, start_ms + _LIT_MS_MIN), last_ms))
        if start_ms > at_ms:
            yield event(at_ms, start_ms, None)
        if end_ms > start_ms:
            yield event(start_ms, end_ms, piece)
        at_ms = end_ms
    if until_ms > at_ms:
        yield event(at_ms, until_ms, None)


def _widest(lines: Sequence[Sequence[tuple[Piece, str]]], font: Font) -> float:
    """The width of the longest word: libass breaks lines only at spaces."""
    return _widest_word(
        ("".join(" " * piece.spaced + text for piece, text in line) for line in lines), font
    )


def _widest_word(texts: Iterable[str], font: Font) -> float:
    words = {word for text in texts for word in text.split() if len(word) > _LONG_WORD}
    return max((advance(word, font) for word in words), default=0.0)


def _two(lines: Sequence[str], said_lines: int) -> str:
    """The original, smaller and dimmer, above its translation."""
    said, below = lines[:said_lines], lines[said_lines:]
    if not below:
        return r"\N".join(said)
    return r"\N".join([f"{_SMALLER}{said[0]}", *said[1:], f"{_NORMAL}{below[0]}", *below[1:]])


def _text(lines: Sequence[Sequence[tuple[Piece, str]]], spoken: Piece | None) -> str:
    return r"\N".join(
        "".join(
            (" " if piece.spaced and at else "")
            + (f"{_SPOKEN}{text}{_PLAIN}" if piece is spoken else text)
            for at, (piece, text) in enumerate(line)
        )
        for line in lines
    )


def _drawable(text: str, missing: frozenset[str]) -> str:
    return escaped(_kept(text, missing))


def cards(
    board: Storyboard,
    canvas: Canvas,
    missing: frozenset[str],
    *,
    scenes: Sequence[Scene] | None = None,
    font: Font = MAIN,
) -> tuple[Event, ...]:
    """The texts of cards, which stand still while the picture behind them moves.

    ``missing``: characters that are left out because no font draws them. ``scenes``: None for all.
    """
    reserved = _RESERVED if board.captions.are_burned else 0.0
    fade = min(board.between.ms // 2, 400)
    made = []
    for scene in board.scenes if scenes is None else scenes:
        text = scene.picture.card
        if text is None:
            continue
        kept = (_kept(part, missing) for part in (text.large, text.small, text.foot))
        large, small, foot = kept
        card = Card(large=large, small=small, foot=foot)
        for line in placed(
            card,
            canvas.width,
            canvas.height,
            palette=board.look.ground,
            reserved=reserved,
            font=font,
        ):
            made.append(
                Event(
                    start_ms=scene.start_ms - board.from_ms,
                    end_ms=scene.end_ms - board.from_ms,
                    text=rf"{{\fad({fade},{fade})}}{line}",
                )
            )
    return tuple(made)


def _kept(text: str, missing: frozenset[str]) -> str:
    return "".join(character for character in text if character not in missing)


def script(
    canvas: Canvas,
    captions: Sequence[Event],
    *,
    title: str | None,
    length_ms: int,
    ground: Palette | Colours,
    cards: Sequence[Event] = (),
    font: Font = MAIN,
) -> str:
    """A whole script. ``title`` stands above the captions all the time, over the ``ground``."""
    ink = "{2:02X}{1:02X}{0:02X}".format(*colours_of(ground).ink)
    place = canvas.caption_place
    title_place = canvas.title_place
    bold = int(font.has_bold)
    lines = [
        "[Script Info]",
        "ScriptType: v4.00+",
        f"PlayResX: {canvas.width}",
        f"PlayResY: {canvas.height}",
        "WrapStyle: 0",  # a line that is too wide after all is broken, not cut off
        "ScaledBorderAndShadow: yes",
        "Kerning: yes",
        "YCbCr Matrix: TV.709",
        "[V4+ Styles]",
        "Format: Name, Fontname, Fontsize, PrimaryColour, OutlineColour, BackColour, Bold, "
        "BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding",
        f"Style: Caption,{font.family},{place.size},&H00FFFFFF,&H30000000,&H60000000,{bold},"
        f"1,{place.outline},{place.outline / 3:.1f},{place.alignment},"
        f"{place.side},{place.side},{place.margin},-1",
        f"Style: Title,{font.family},{title_place.size},&H10{ink},&HFF000000,&HFF000000,{bold},"
        f"1,0,0,{title_place.alignment},{title_place.side},{title_place.side},"
        f"{title_place.margin},-1",
        f"Style: Card,{font.family},40,&H00FFFFFF,&HFF000000,&HFF000000,0,1,0,0,4,0,0,0,-1",
        "[Events]",
        "Format: Layer, Start, End, Style, Text",
    ]
    if title:
        text = escaped(unicode.shortened(unicode.clean(title), _TITLE_COLUMNS))
        lines.append(
            f"Dialogue: 0,{hundredths_clock(0)},{hundredths_clock(length_ms + 1_000)},Title,{text}"
        )
    lines += [
        f"Dialogue: 0,{hundredths_clock(event.start_ms)},{hundredths_clock(event.end_ms)},Card,"
        f"{event.text}"
        for event in cards
    ]
    lines += [
        f"Dialogue: 1,{hundredths_clock(event.start_ms)},{hundredths_clock(event.end_ms)},Caption,"
        f"{_smaller(event, canvas, font)}{event.text}"
        for event in captions
        if event.end_ms // 10 > event.start_ms // 10
    ]
    return "\n".join(lines) + "\n"


def _smaller(event: Event, canvas: Canvas, font: Font) -> str:
    """A code that shrinks the text if its longest word is wider than a line."""
    place = canvas.caption_place
    pixels = canvas.width - 2 * place.side - 4 * place.outline
    room = pixels * line_advance(font) / place.size
    return rf"{{\fs{place.size * room / event.widest:.1f}}}" if event.widest > room else ""
