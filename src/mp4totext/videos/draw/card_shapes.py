"""The shapes behind the text of a card, which move slowly, and the progress line. Pure.

They are drawings of libass: their motion depends on the time alone, so a segment that is drawn by
itself has the same frames.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from mp4totext.media.backgrounds import Colour, Colours
from mp4totext.videos.draw.canvas import Canvas
from mp4totext.videos.storyboard import Motion

FAMILIES = 5
_DRIFT = 0.075  # of the width, by which the nearest shapes move while a scene is shown
_SPREAD = 0.14  # of the distance from the middle, for motions in and out
_CIRCLE = 0.5523  # of the radius: control points of four Bézier curves that form a circle
_DOT, _PITCH = 0.011, 0.062  # the radius and distance of dots, as shares of the shorter side
_DOT_COLUMNS, _DOT_ROWS = 7, (2, 5)
_PROGRESS_GAP = 0.004  # of the width, between chapters


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """``x``, ``y``: the centre, as shares of width and height. ``depth``: 1 is the nearest."""

    path: str
    x: float
    y: float
    colour: Colour
    alpha: int  # 0: opaque; 255: invisible
    depth: float
    outline: float = 0.0  # in pixels: drawn as a line, not filled


def shapes(
    canvas: Canvas,
    colours: Colours,
    *,
    family: int,
    centred: bool,
    mirrored: bool,
    free: float = 1.0,
) -> Iterator[Shape]:
    """Shapes beside the text, on both sides of ``centred`` text.

    ``mirrored``: the text begins on the right. ``free``: the share of the height above the text
    that reaches the last two fifths of the width: dots are only there, not among letters.
    """
    for shape in _family(canvas, colours, family % FAMILIES, free):
        x = shape.x
        if centred and shape.depth < 0.6:
            x = 1 - x
        yield replace(shape, x=1 - x if mirrored else x)


def _family(  # noqa: C901  five pictures, each by itself
    canvas: Canvas, colours: Colours, family: int, free: float
) -> Iterator[Shape]:
    unit = min(canvas.width, canvas.height)
    far, near = colours.spots[-1], colours.spots[-2]
    accent, thin = colours.accent, max(2.0, unit * 0.004)

    def disc(radius: float, x: float, y: float, colour: Colour, alpha: int, depth: float) -> Shape:
        path = circle(unit * radius)
        return Shape(path=path, x=x, y=y, colour=colour, alpha=alpha, depth=depth)

    def ring(radius: float, x: float, y: float, alpha: int, depth: float) -> Shape:
        path = circle(unit * radius)
        return Shape(path=path, x=x, y=y, colour=accent, alpha=alpha, depth=depth, outline=thin)

    match family:
        case 0:
            yield disc(0.44, 0.90, 0.30, near, 0x58, 0.4)
            yield disc(0.20, 0.70, 0.74, far, 0x48, 0.7)
            yield disc(0.045, 0.95, 0.72, accent, 0x90, 1.0)
        case 1:
            yield disc(0.24, 0.88, 0.34, near, 0x50, 0.4)
            for radius, alpha, depth in ((0.52, 0xB0, 0.5), (0.38, 0xA0, 0.7), (0.24, 0x94, 1.0)):
                yield ring(radius, 0.88, 0.34, alpha, depth)
        case 2:
            for at, (length, colour, alpha) in enumerate(
                ((0.70, far, 0x40), (1.10, near, 0x48), (0.55, accent, 0xA8), (0.90, far, 0x40))
            ):
                yield Shape(
                    path=bar(unit * length, unit * 0.10),
                    x=0.74 + 0.10 * at,
                    y=0.30 + 0.16 * at,
                    colour=colour,
                    alpha=alpha,
                    depth=0.4 + 0.2 * at,
                )
        case 3:
            yield disc(0.36, 0.80, 0.62, far, 0x50, 0.4)
            yield from _dots(canvas, accent, free)
        case _:
            yield disc(0.62, 1.0, 0.92, near, 0x50, 0.4)
            yield disc(0.40, 1.0, 0.92, far, 0x38, 0.7)
            yield ring(0.50, 1.0, 0.92, 0x98, 1.0)


def _dots(canvas: Canvas, colour: Colour, free: float) -> Iterator[Shape]:
    unit = min(canvas.width, canvas.height) / canvas.height  # as a share of the height
    least, most = _DOT_ROWS
    top = 0.26 - unit * ((most - 1) * _PITCH / 2 + _DOT)
    room = free - top - _SPREAD / 8 - 2 * unit * _DOT
    rows = min(most, int(room / (unit * _PITCH)) + 1)
    if room > 0 and rows >= least:
        shorter = min(canvas.width, canvas.height)
        yield Shape(
            path=dots(shorter * _DOT, shorter * _PITCH, _DOT_COLUMNS, rows),
            x=0.86,
            y=top + unit * ((rows - 1) * _PITCH / 2 + _DOT),
            colour=colour,
            alpha=0x98,
            depth=1.0,
        )


def drawn(shape: Shape, canvas: Canvas, *, motion: Motion, length_ms: int) -> str:
    """The text of an event of ``length_ms``."""
    x, y = shape.x * canvas.width, shape.y * canvas.height
    across, down = _moved(shape, canvas, motion)
    place = rf"\move({x - across:.1f},{y - down:.1f},{x + across:.1f},{y + down:.1f},0,{length_ms})"
    alpha = f"&H{shape.alpha:02X}&"
    if shape.outline:
        paint = rf"\1a&HFF&\3a{alpha}\3c{hexed(shape.colour)}\bord{shape.outline:.1f}"
    else:
        paint = rf"\1a{alpha}\1c{hexed(shape.colour)}\bord0"
    return rf"{{\an5{place}{paint}\shad0\p1}}{shape.path}"


def _moved(shape: Shape, canvas: Canvas, motion: Motion) -> tuple[float, float]:
    """Half of the distance that a shape moves, in pixels."""
    match motion:
        case "left":
            return -canvas.width * _DRIFT / 2 * shape.depth, 0.0
        case "right":
            return canvas.width * _DRIFT / 2 * shape.depth, 0.0
        case "still":
            return 0.0, 0.0
    sign = 1 if motion == "in" else -1
    half = sign * _SPREAD / 2 * shape.depth
    return half * (shape.x - 0.5) * canvas.width, half * (shape.y - 0.45) * canvas.height


def progress(
    canvas: Canvas, colours: Colours, *, borders: Sequence[float], length_ms: int
) -> list[str]:
    """The texts of two events for the whole video: the track, and the part that has passed.

    ``borders``: where chapters begin, as shares of the video.
    """
    upright = canvas.height > canvas.width
    margin = 0.12 if upright else 0.085
    left, width = canvas.width * margin, canvas.width * (1 - 2 * margin)
    high = max(3, round(min(canvas.width, canvas.height) * 0.006))
    top = round(canvas.height * (0.125 if upright else 0.962))
    gap = canvas.width * _PROGRESS_GAP
    starts = [0.0, *borders]
    path = " ".join(
        _rectangle(start * width, max(start * width + 1, stop * width - gap * (stop < 1)), high)
        for start, stop in zip(starts, [*borders, 1.0], strict=True)
    )
    begin, end = round(left), round(left + width)
    clip = rf"\clip({begin},0,{begin},{canvas.height})"
    grown = rf"\t(0,{length_ms},\clip({begin},0,{end},{canvas.height}))"
    place = rf"\an7\pos({begin},{top})\bord0\shad0"
    return [
        rf"{{{place}\1c{hexed(colours.ink)}\1a&HC8&\p1}}{path}",
        rf"{{{place}\1c{hexed(colours.accent)}\1a&H00&{clip}{grown}\p1}}{path}",
    ]


def circle(radius: float) -> str:
    r, k = radius, radius * _CIRCLE
    d = 2 * r
    return (
        f"m 0 {r:.1f} b 0 {r - k:.1f} {r - k:.1f} 0 {r:.1f} 0 "
        f"{r + k:.1f} 0 {d:.1f} {r - k:.1f} {d:.1f} {r:.1f} "
        f"{d:.1f} {r + k:.1f} {r + k:.1f} {d:.1f} {r:.1f} {d:.1f} "
        f"{r - k:.1f} {d:.1f} 0 {r + k:.1f} 0 {r:.1f}"
    )


def bar(length: float, thick: float) -> str:
    """Slanted by 35 degrees."""
    rise, run, across, down = length * 0.57, length * 0.82, thick * 0.57, thick * 0.82
    return (
        f"m 0 {rise:.1f} l {run:.1f} 0 {run + across:.1f} {down:.1f} {across:.1f} {rise + down:.1f}"
    )


def dots(radius: float, pitch: float, columns: int, rows: int) -> str:
    return " ".join(
        _shifted(circle(radius), column * pitch, row * pitch)
        for row in range(rows)
        for column in range(columns)
    )


def _shifted(path: str, across: float, down: float) -> str:
    shown, is_x = [], True
    for part in path.split():
        if part in "mlb":
            shown.append(part)
            continue
        shown.append(f"{float(part) + (across if is_x else down):.1f}")
        is_x = not is_x
    return " ".join(shown)


def _rectangle(left: float, right: float, high: float) -> str:
    return f"m {left:.1f} 0 l {right:.1f} 0 {right:.1f} {high} {left:.1f} {high}"


def hexed(colour: Colour) -> str:
    """In ASS notation: blue, green, red."""
    return "&H{2:02X}{1:02X}{0:02X}&".format(*colour)
