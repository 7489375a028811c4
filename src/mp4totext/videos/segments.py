"""The segments in which a video is rendered, and what each of them shows. Pure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import PIL

from mp4totext.media import ffmpeg
from mp4totext.media.structure import Structure
from mp4totext.videos.brands.branding import BrandClip, Branding, ClipPlace
from mp4totext.videos.draw import slide_frames
from mp4totext.videos.draw.canvas import Canvas, Drawn
from mp4totext.videos.draw.caption_styles import Event
from mp4totext.videos.pieces import digest_of
from mp4totext.videos.storyboard import Scene, Storyboard

# What a killed worker loses at most. A whole number of GOPs at every frame rate.
SEGMENT_S = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenery:
    """A checkpoint with what all segments share, besides the storyboard."""

    structure: Structure
    canvas: Canvas
    heights: tuple[int, ...]  # of the wave; empty if the recording's own picture is shown
    frames_ms: dict[str, int]  # the time in the recording of each scene's frame, by the scene's id
    middles: tuple[int, ...] = ()  # centre of each frame's view, if it follows faces
    starts_ms: tuple[int, ...] = ()  # of scenes that a voice has moved
    lacks_faces: bool = False  # it should follow faces, but the detector is not installed


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentPart:
    """Frames ``first`` to ``stop`` (exclusive), with the captions that are seen in them."""

    number: int
    first: int
    stop: int
    captions: tuple[Event, ...] = ()
    cards: tuple[Event, ...] = ()
    clip: ClipPlace | None = None  # frames of the brand's intro or outro, counted from its first


def parts(
    board: Storyboard, branding: Branding, captions: Sequence[Event], cards: Sequence[Event]
) -> list[SegmentPart]:
    """Segments of equal length with their captions; the last may be a second longer."""
    result = []
    for first, stop in pairwise(_borders(board.frames, board.fps)):
        from_ms, to_ms = (frame * 1_000 // board.fps for frame in (first, stop + 1))
        seen, shown = (
            tuple(e for e in events if e.end_ms > from_ms and e.start_ms < to_ms)
            for events in (captions, cards)
        )
        result.append(SegmentPart(number=0, first=first, stop=stop, captions=seen, cards=shown))
    result = [*_clip("intro", branding, board.fps), *result, *_clip("outro", branding, board.fps)]
    return [replace(part, number=number) for number, part in enumerate(result)]


def _clip(place: ClipPlace, branding: Branding, fps: int) -> list[SegmentPart]:
    count = branding.shown_ms(place, fps) * fps // 1_000
    return [SegmentPart(number=0, first=0, stop=count, clip=place)] if count else []


def _borders(frames: int, fps: int) -> list[int]:
    """The first frame of each segment, and the end. FFmpeg rejects a video of two frames."""
    starts = range(0, frames, SEGMENT_S * fps)
    return [*(first for first in starts if first == 0 or frames - first >= fps), frames]


def fingerprint(
    board: Storyboard,
    scenery: Scenery,
    part: SegmentPart,
    *,
    drawn: Drawn | None,
    media_key: str,
    clip: BrandClip | None,
) -> str:
    """A fingerprint of everything that is visible in a segment."""
    facts: dict[str, Any] = {
        "frames": (part.first, part.stop, board.fps),
        "canvas": asdict(scenery.canvas),
        "text": None if drawn is None else (drawn.script, [font.family for font in drawn.fonts]),
        "program": (Path(ffmpeg.program()).name, PIL.__version__),
    }
    if clip is not None:
        return digest_of({**facts, "clip": (clip.kind, clip.sha256)})
    facts["logo"] = board.look.logo and board.look.logo.model_dump()
    if scenery.canvas.wave:
        facts["wave"] = scenery.heights, board.length_ms, board.look.ground, board.seed
    elif board.has_slides:
        shown = slide_frames.shown_between(board, part.first, part.stop)
        facts["between"] = board.between.model_dump()
        facts["slides"] = [_slide_facts(board, scenery, scene, media_key) for scene in shown]
    else:
        middles = scenery.middles[part.first : part.stop]
        facts["source"] = media_key, board.from_ms, board.picture.fit, middles
    return digest_of(facts)


def _slide_facts(
    board: Storyboard, scenery: Scenery, scene: Scene, media_key: str
) -> dict[str, Any]:
    at_ms = scenery.frames_ms.get(scene.id)
    facts: dict[str, Any] = {
        "scene": scene.model_dump(exclude={"quote"}),
        "start_ms": scene.start_ms - board.from_ms,
    }
    if at_ms is not None:
        facts["frame"] = media_key, at_ms
    elif scene.picture.image_id is None:
        facts["ground"] = board.colours(scene), board.seed
    return facts
