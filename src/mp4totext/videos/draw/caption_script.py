"""Captions as an ASS script, which FFmpeg draws with libass.

Events never overlap: libass would stack two at once in an order that depends on what it drew
before, so a part of the video rendered by itself would differ from the whole.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from mp4totext.exports import captions
from mp4totext.exports.captions import Cue
from mp4totext.exports.findings import Text
from mp4totext.exports.options import ExportOptions
from mp4totext.kit import unicode
from mp4totext.kit.ass_text import escaped
from mp4totext.kit.timecode import hundredths_clock
from mp4totext.media.backgrounds import Colours, Palette, colours_of
from mp4totext.media.script_fonts import with_fonts
from mp4totext.media.text_fitting import advance, fitted, line_advance
from mp4totext.media.typeface import MAIN, Font, fonts_for
from mp4totext.transcript import Transcript
from mp4totext.videos.card_texts import timed_words
from mp4totext.videos.draw import caption_styles, card_events, card_layouts, card_shapes
from mp4totext.videos.draw.canvas import Canvas, Drawn, Place
from mp4totext.videos.draw.caption_styles import LIT_MS_MIN, ON_ANY_PICTURE, Event, Inks, Look
from mp4totext.videos.draw.card_events import Timing, letters
from mp4totext.videos.draw.card_layouts import Setting, Wording
from mp4totext.videos.storyboard import CaptionStyle, CardText, Motion, Scene, Storyboard

_TITLE_COLUMNS = 90
_LINGER_MS = 500  # after the last word, or until the next caption: short captions would flicker
_PROGRESS_SCENES = 3  # with fewer scenes there is no progress line
_RESERVED, _RESERVED_UPRIGHT = 0.22, 0.34  # share of a card's height, at the bottom, for captions


def events(
    transcript: Transcript,
    style: CaptionStyle,
    *,
    upright: bool,
    tall: bool = False,
    translation: Text | None = None,
    font: Font = MAIN,
    inks: Inks = ON_ANY_PICTURE,
    shown_ms: Sequence[tuple[int, int]] = (),
) -> tuple[tuple[Event, ...], frozenset[str]]:
    """All captions in order, and the characters that are left out because no font draws them.

    ``upright``: one short line at a time; ``tall``: two, of larger letters. ``translation``: of the
    transcript, for the style `two`.
    ``shown_ms``: spans in which a card shows the spoken words, which captions then leave out. The
    style `two` keeps its translation throughout.
    """
    _, missing = fonts_for(unicode.clean(transcript.text), transcript.language)
    if style == "two" and translation is not None:
        lines = " ".join(line.text for line in translation.lines)
        missing |= fonts_for(unicode.clean(lines), translation.language)[1]
    preset = caption_styles.preset_of(style, upright=upright, tall=tall)
    options = ExportOptions(preset=preset, speakers=False, translation=translation)
    look = Look(style=style, inks=inks, missing=missing, font=font)
    made: list[Event] = []
    for cue, following in pairwise([*captions.of(transcript, options), None]):
        assert cue is not None
        until_ms = max(cue.end_ms + _LINGER_MS, cue.words[-1][-1].start_ms + LIT_MS_MIN)
        if following is not None:
            until_ms = min(until_ms, following.start_ms)
        rest = cue
        for first_ms, last_ms in shown_ms:
            if first_ms < until_ms and rest.start_ms <= last_ms:
                untold = _translation_alone if style == "two" else _untold
                rest, until_ms = untold(rest, until_ms, first_ms, last_ms)
        if rest.lines and (rest.words or style == "two"):
            made += caption_styles.events_of(rest, until_ms, look)
    return tuple(made), missing


def _untold(cue: Cue, until_ms: int, first_ms: int, last_ms: int) -> tuple[Cue, int]:
    """A cue and its end, without the words at its start or end that a card shows."""
    pieces = [piece for line in cue.words for piece in line]
    times = [piece.start_ms for piece in pieces]
    if any(first_ms <= at_ms <= last_ms for at_ms in times[:1]):
        rest = [piece for piece in pieces if piece.start_ms > last_ms]
        # A mark after the last word belongs to the card, too.
        next_ms = next((piece.start_ms for piece in rest if unicode.letters(piece.text)), None)
        if next_ms is None:
            return replace(cue, words=()), until_ms
        start_ms = max(cue.start_ms, next_ms)
        return replace(_without(cue, first_ms, next_ms - 1), start_ms=start_ms), until_ms
    if any(first_ms <= at_ms <= last_ms for at_ms in times[-1:]):
        return _without(cue, first_ms, last_ms), first_ms
    return cue, until_ms


def _translation_alone(cue: Cue, until_ms: int, first_ms: int, last_ms: int) -> tuple[Cue, int]:
    """A cue without its original text, if a card shows all of it."""
    times = [piece.start_ms for line in cue.words for piece in line]
    if times and first_ms <= times[0] and times[-1] <= last_ms:
        return replace(cue, words=(), lines=cue.lines[len(cue.words) :]), until_ms
    return cue, until_ms


def _without(cue: Cue, first_ms: int, last_ms: int) -> Cue:
    lines = (
        tuple(piece for piece in line if not first_ms <= piece.start_ms <= last_ms)
        for line in cue.words
    )
    return replace(cue, words=tuple(filter(None, lines)))


def burned(
    board: Storyboard, canvas: Canvas, spoken: Transcript, translation: Text | None, font: Font
) -> tuple[tuple[Event, ...], frozenset[str]]:
    """``events`` of a storyboard; none where its captions are not drawn into the picture."""
    if not board.captions.are_burned:
        return (), frozenset()
    return events(
        spoken,
        board.captions.style,
        upright=canvas.upright,
        tall=canvas.is_tall_wave,
        translation=translation,
        font=font,
        inks=caption_styles.inks(board),
        shown_ms=shown_on_cards(board, spoken),
    )


def cards(
    board: Storyboard,
    canvas: Canvas,
    missing: frozenset[str],
    *,
    spoken: Transcript,
    scenes: Sequence[Scene] | None = None,
    font: Font = MAIN,
) -> tuple[Event, ...]:
    """Texts and shapes of cards; words appear when they are spoken.

    ``missing``: characters that the captions leave out. ``spoken``: in the range of the storyboard,
    with times from its start. ``scenes``: None for all.
    """
    shown = board.scenes if scenes is None else scenes
    large = "".join(scene.picture.card.large for scene in shown if scene.picture.card)
    missing |= fonts_for(unicode.clean(large), spoken.language)[1]
    reserved = _RESERVED_UPRIGHT if canvas.height > canvas.width else _RESERVED
    if not board.captions.are_burned:
        reserved = 0.0
    half_ms = board.between.ms // 2 if board.between.kind == "fade" else 0
    words = list(timed_words(spoken))
    starts = [at_ms for at_ms, _ in words]
    first, last = board.scenes[0], board.scenes[-1]
    shapes: list[Event] = []
    texts: list[Event] = []
    for number, scene in enumerate(board.scenes):
        text = scene.picture.card
        if text is None or not (scenes is None or scene in scenes):
            continue
        start_ms, end_ms = scene.start_ms - board.from_ms, scene.end_ms - board.from_ms
        own_words = words[bisect_left(starts, start_ms) : bisect_left(starts, end_ms)]
        # No fade at the ends: players show the first frame before playback, and the last one after.
        before_ms, after_ms = half_ms * (scene is not first), half_ms * (scene is not last)
        timing = Timing(
            length_ms=end_ms - start_ms,
            spoken_ms=letters(own_words, start_ms),
            complete=scene is first,
        )
        colours = board.colours(scene)
        wording = _wording(text, missing, spoken.language, number)
        made = card_layouts.setting(wording, canvas, reserved=reserved, font=font)
        # Shapes fade with the background. Words appear in the middle of the fade, and go with it.
        shapes += [
            _faded(drawn, start_ms - before_ms, end_ms + after_ms, 2 * before_ms, 2 * after_ms)
            for drawn in _shapes(
                canvas,
                colours,
                made,
                motion=scene.motion,
                family=board.seed + number,
                length_ms=before_ms + end_ms - start_ms + after_ms,
                free=free_above(made, canvas, font),
            )
        ]
        texts += [
            _faded(drawn, start_ms, end_ms + after_ms, before_ms, 2 * after_ms)
            for drawn in card_events.texts(made, canvas, colours, timing, font=font)
        ]
    return (*shapes, *_progress(board, canvas), *texts)


def _wording(text: CardText, missing: frozenset[str], language: str | None, number: int) -> Wording:
    return Wording(
        layout=text.layout,
        large=_drawable_text(text.large, missing, lines=text.layout == "list"),
        small=_drawable_text(text.small, missing),
        foot=_drawable_text(text.foot, missing),
        language=language or "",
        number=number,
    )


def _faded(text: str, start_ms: int, end_ms: int, come_ms: int, go_ms: int) -> Event:
    return Event(start_ms=start_ms, end_ms=end_ms, text=rf"{{\fad({come_ms},{go_ms})}}{text}")


def shown_on_cards(board: Storyboard, spoken: Transcript) -> list[tuple[int, int]]:
    """The spans in which words are spoken that a card shows, with both ends included."""
    words = list(timed_words(spoken))
    starts = [at_ms for at_ms, _ in words]
    spans = []
    for scene in board.scenes:
        text = scene.picture.card
        if text is None:
            continue
        start_ms = scene.start_ms - board.from_ms
        end_ms = scene.end_ms - board.from_ms
        own_words = [word for word in words if start_ms <= word[0] < end_ms]
        timing = Timing(
            length_ms=end_ms - start_ms,
            spoken_ms=letters(own_words, start_ms),
            complete=scene is board.scenes[0],
        )
        shown = text.foot if text.layout == "figure" else text.large
        times = timing.spoken(unicode.clean(shown))
        if times:
            first_ms, last_ms = start_ms + times[0], start_ms + times[-1]
            later = starts[bisect_right(starts, last_ms) :]
            spans.append((first_ms, later[0] - 1 if later else board.length_ms))
    return spans


def _drawable_text(text: str, missing: frozenset[str], *, lines: bool = False) -> str:
    parts = text.split("\n") if lines else [text]
    return "\n".join(unicode.clean(caption_styles.without_missing(part, missing)) for part in parts)


def _shapes(
    canvas: Canvas,
    colours: Colours,
    made: Setting,
    *,
    motion: Motion,
    family: int,
    length_ms: int,
    free: float,
) -> Iterator[str]:
    for shape in card_shapes.shapes(
        canvas, colours, family=family, centred=made.centred, mirrored=made.mirrored, free=free
    ):
        yield card_shapes.drawn(shape, canvas, motion=motion, length_ms=length_ms)


def free_above(made: Setting, canvas: Canvas, font: Font = MAIN) -> float:
    """The share of the height that is free above the text in the last two fifths of the width."""
    reach = {"start": 1.0, "middle": 0.5, "end": 0.0}
    tops = (
        line.middle - line.size / 2
        for line in made.lines
        if line.across + reach[line.align] * advance(line.text, font) * line.size
        > canvas.width * 0.6
    )
    return min(tops, default=canvas.height) / canvas.height


def _progress(board: Storyboard, canvas: Canvas) -> list[Event]:
    """A progress line with a gap at each chapter, if the video has only cards."""
    is_drawn = all(scene.picture.kind == "card" for scene in board.scenes)
    if not is_drawn or len(board.scenes) < _PROGRESS_SCENES:
        return []
    length_ms = board.length_ms
    borders = [(chapter.at_ms - board.from_ms) / length_ms for chapter in board.chapters]
    texts = card_shapes.progress(
        canvas,
        board.colours(board.scenes[0]),
        borders=[border for border in borders if border > 0],
        length_ms=length_ms,
    )
    # A little longer, as ASS times are hundredths and the last frame may begin after the last one.
    return [Event(start_ms=0, end_ms=length_ms + 100, text=text) for text in texts]


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
    """A whole script. ``title`` is shown throughout, above the captions and over ``ground``."""
    font, inks = look.font, look.inks
    ink = "{2:02X}{1:02X}{0:02X}".format(*colours_of(ground).ink)
    plain, outline, plate, on_plate = (
        "{2:02X}{1:02X}{0:02X}".format(*colour)
        for colour in (inks.plain, inks.outline, inks.spoken, inks.on_plate)
    )
    place = _scaled(canvas.caption_place(look.style), font)
    where = f"{place.alignment},{place.side},{place.side},{place.margin},-1"
    title = unicode.shortened(unicode.clean(title or ""), _TITLE_COLUMNS)
    title_place = _scaled(canvas.title_place(unicode.width(title)), font)
    bold = int(font.has_bold)
    lines = [
        "[Script Info]",
        "ScriptType: v4.00+",
        f"PlayResX: {canvas.width}",
        f"PlayResY: {canvas.height}",
        "WrapStyle: 0",  # a line that is too wide is broken, not cut off
        "ScaledBorderAndShadow: yes",
        "Kerning: yes",
        "YCbCr Matrix: TV.709",
        "[V4+ Styles]",
        "Format: Name, Fontname, Fontsize, PrimaryColour, OutlineColour, BackColour, Bold, "
        "BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding",
        f"Style: Caption,{font.family},{place.size},&H00{plain},&H30{outline},&H60{outline},{bold},"
        f"1,{place.outline},{place.outline / 3:.1f},{where}",
        # The plate is as wide as the outlines of the neighbouring words, and drawn above them.
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
        until = hundredths_clock(length_ms + 1_000)
        text = _title(title, canvas, title_place, font)
        lines.append(f"Dialogue: 0,{hundredths_clock(0)},{until},Title,{text}")
    lines += [f"Dialogue: 0,{_times(event)},Card,{event.text}" for event in cards]
    for event in captions:
        if event.end_ms // 10 > event.start_ms // 10:
            smaller = _smaller(event, canvas, place, font)
            lines.append(f"Dialogue: 1,{_times(event)},Caption,{smaller}{event.text}")
            if event.plate:
                lines.append(f"Dialogue: 2,{_times(event)},Plate,{smaller}{event.plate}")
    return "\n".join(lines) + "\n"


def drawn(
    board: Storyboard,
    canvas: Canvas,
    captions: Sequence[Event],
    cards: Sequence[Event],
    *,
    font: Font,
    language: str | None,
    titled: bool = True,
) -> Drawn | None:
    """The script with its fonts; None without text. ``titled``: a wave has the title above it."""
    title = board.look.title if canvas.wave and titled else None
    if not captions and not cards and not title:
        return None
    lines, fonts = with_fonts(
        script(
            canvas,
            captions,
            title=title,
            length_ms=board.length_ms,
            ground=board.look.ground,
            cards=cards,
            look=caption_styles.look(board, font),
        ),
        language,
        font,
    )
    return Drawn(script=lines, fonts=fonts)


def _title(title: str, canvas: Canvas, place: Place, font: Font) -> str:
    """In lines of similar width, broken where its script may be: libass breaks only at spaces."""
    em = place.size / line_advance(font)
    width = canvas.width - 2 * place.side
    lines_max, pixels, least = canvas.title_room
    height = None if pixels is None else pixels / line_advance(font)
    block = fitted(title, width, em, em * least, height=height, lines_max=lines_max, font=font)
    smaller = rf"{{\fs{round(block.size * line_advance(font))}}}" if block.size < em else ""
    return smaller + r"\N".join(escaped(line) for line in block.lines)


def _scaled(place: Place, font: Font) -> Place:
    """Make letters equally large in all fonts: libass takes a size for ascent plus descent."""
    return replace(place, size=round(place.size * line_advance(font) / line_advance()))


def _times(event: Event) -> str:
    return f"{hundredths_clock(event.start_ms)},{hundredths_clock(event.end_ms)}"


def _smaller(event: Event, canvas: Canvas, place: Place, font: Font) -> str:
    """A code that shrinks the text if its longest word is wider than a line."""
    pixels = canvas.width - 2 * place.side - 4 * place.outline
    line_width = pixels * line_advance(font) / place.size
    return (
        rf"{{\fs{place.size * line_width / event.widest:.1f}}}" if event.widest > line_width else ""
    )
