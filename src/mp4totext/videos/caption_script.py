"""Captions as an ASS script, which FFmpeg draws with libass.

Events never overlap: libass would stack two at once in an order that depends on what it drew
before, so a part of the video rendered by itself would differ from the whole.
"""

from collections.abc import Sequence
from itertools import pairwise

from mp4totext.exports import captions
from mp4totext.exports.findings import Text
from mp4totext.exports.options import ExportOptions
from mp4totext.kit import unicode
from mp4totext.kit.ass_text import escaped
from mp4totext.kit.timecode import hundredths_clock
from mp4totext.media.backgrounds import Colours, Palette, colours_of
from mp4totext.media.cards import Card, placed
from mp4totext.media.text_fitting import line_advance
from mp4totext.media.typeface import MAIN, Font, fonts_for
from mp4totext.transcript import Transcript
from mp4totext.videos import caption_styles
from mp4totext.videos.canvas import Canvas, Place
from mp4totext.videos.caption_styles import LIT_MS_MIN, ON_ANY_PICTURE, Event, Inks, Look
from mp4totext.videos.storyboard import CaptionStyle, Scene, Storyboard

_TITLE_COLUMNS = 90
_STAYS_MS = 500  # after the last word, unless the next caption comes: short ones would flicker
_RESERVED = 0.22  # of the height below a card, for two lines of captions


def events(
    transcript: Transcript,
    style: CaptionStyle,
    *,
    upright: bool,
    translation: Text | None = None,
    font: Font = MAIN,
    inks: Inks = ON_ANY_PICTURE,
) -> tuple[tuple[Event, ...], frozenset[str]]:
    """All captions in order, and the characters that are left out because no font draws them.

    ``upright``: one short line at a time. ``translation``: of the transcript, for the style `two`.
    """
    _, missing = fonts_for(unicode.clean(transcript.text), transcript.language)
    if style == "two" and translation is not None:
        lines = " ".join(line.text for line in translation.lines)
        missing |= fonts_for(unicode.clean(lines), translation.language)[1]
    preset = caption_styles.preset_of(style, upright=upright)
    options = ExportOptions(preset=preset, speakers=False, translation=translation)
    look = Look(style=style, inks=inks, missing=missing, font=font)
    made: list[Event] = []
    for cue, following in pairwise([*captions.of(transcript, options), None]):
        assert cue is not None
        until_ms = max(cue.end_ms + _STAYS_MS, cue.words[-1][-1].start_ms + LIT_MS_MIN)
        if following is not None:
            until_ms = min(until_ms, following.start_ms)
        made += caption_styles.events_of(cue, until_ms, look)
    return tuple(made), missing


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
    first, last = board.scenes[0].id, board.scenes[-1].id
    made = []
    for scene in board.scenes if scenes is None else scenes:
        text = scene.picture.card
        if text is None:
            continue
        parts = (caption_styles.kept(part, missing) for part in (text.large, text.small, text.foot))
        large, small, foot = parts
        card = Card(large=large, small=small, foot=foot)
        # The first frame is what players show before anybody plays it, the last what stays.
        fade_in, fade_out = fade * (scene.id != first), fade * (scene.id != last)
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
                    text=rf"{{\fad({fade_in},{fade_out})}}{line}",
                )
            )
    return tuple(made)


def script(
    canvas: Canvas,
    captions: Sequence[Event],
    *,
    title: str | None,
    length_ms: int,
    ground: Palette | Colours,
    cards: Sequence[Event] = (),
    look: Look = caption_styles.USUAL,
) -> str:
    """A whole script. ``title`` stands above the captions all the time, over the ``ground``."""
    font, inks = look.font, look.inks
    ink = "{2:02X}{1:02X}{0:02X}".format(*colours_of(ground).ink)
    plain, outline, plate, on_plate = (
        "{2:02X}{1:02X}{0:02X}".format(*colour)
        for colour in (inks.plain, inks.outline, inks.spoken, inks.on_plate)
    )
    place = canvas.caption_place(look.style)
    where = f"{place.alignment},{place.side},{place.side},{place.margin},-1"
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
        f"Style: Caption,{font.family},{place.size},&H00{plain},&H30{outline},&H60{outline},{bold},"
        f"1,{place.outline},{place.outline / 3:.1f},{where}",
        # Around a word and above its neighbours' outlines, as wide as they are.
        f"Style: Plate,{font.family},{place.size},&H00{on_plate},&H00{plate},&HFF000000,{bold},"
        f"3,{place.outline},0,{where}",
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
    lines += [f"Dialogue: 0,{_times(event)},Card,{event.text}" for event in cards]
    for event in captions:
        if event.end_ms // 10 > event.start_ms // 10:
            smaller = _smaller(event, canvas, place, font)
            lines.append(f"Dialogue: 1,{_times(event)},Caption,{smaller}{event.text}")
            if event.plate:
                lines.append(f"Dialogue: 2,{_times(event)},Plate,{smaller}{event.plate}")
    return "\n".join(lines) + "\n"


def _times(event: Event) -> str:
    return f"{hundredths_clock(event.start_ms)},{hundredths_clock(event.end_ms)}"


def _smaller(event: Event, canvas: Canvas, place: Place, font: Font) -> str:
    """A code that shrinks the text if its longest word is wider than a line."""
    pixels = canvas.width - 2 * place.side - 4 * place.outline
    room = pixels * line_advance(font) / place.size
    return rf"{{\fs{place.size * room / event.widest:.1f}}}" if event.widest > room else ""
