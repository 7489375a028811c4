"""OpenTimelineIO: a timeline with a clip for each paragraph, and the markers on the recording.

Its JSON is written without the library, which has native code; the tests read it with the library.
"""

import json
from typing import Any

from mp4totext.exports.cut_list import Marker, cut_list
from mp4totext.exports.frames import FrameRate
from mp4totext.exports.options import ExportOptions
from mp4totext.transcript import Transcript

_Json = dict[str, Any]


def render(transcript: Transcript, options: ExportOptions) -> bytes:
    timeline, rate = cut_list(transcript, options), options.fps
    media = {
        "OTIO_SCHEMA": "ExternalReference.1",
        "name": timeline.file,
        "available_range": _range(0, timeline.frames, rate),
        "target_url": timeline.file,
        "metadata": {},
    }
    clips = [
        {
            "OTIO_SCHEMA": "Clip.2",
            "name": clip.name,
            "source_range": _range(clip.start, clip.frames, rate),
            "effects": [],
            "markers": [_marker(marker, rate) for marker in markers],
            "enabled": True,
            "media_references": {"DEFAULT_MEDIA": media},
            "active_media_reference_key": "DEFAULT_MEDIA",
            "metadata": {"mp4totext": {"speaker": clip.speaker, "text": clip.text}},
        }
        for clip, markers in timeline.marked_clips()
    ]
    document = {
        "OTIO_SCHEMA": "Timeline.1",
        "name": timeline.title,
        "global_start_time": _time(0, rate),
        "tracks": _stack("Stack.1", "tracks", [_stack("Track.1", "Transcript", clips)]),
        "metadata": {},
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _marker(marker: Marker, rate: FrameRate) -> _Json:
    """A marker, in the time of the recording like the range of its clip."""
    return {
        "OTIO_SCHEMA": "Marker.2",
        "name": marker.name,
        "color": "CYAN",
        "marked_range": _range(marker.frame, marker.frames, rate),
        "comment": marker.note,
        "metadata": {},
    }


def _stack(schema: str, name: str, children: list[_Json]) -> _Json:
    kind = {"kind": "Video"} if schema == "Track.1" else {}
    return {
        "OTIO_SCHEMA": schema,
        "name": name,
        **kind,
        "source_range": None,
        "effects": [],
        "markers": [],
        "enabled": True,
        "children": children,
        "metadata": {},
    }


def _range(start: int, frames: int, rate: FrameRate) -> _Json:
    return {
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": _time(start, rate),
        "duration": _time(frames, rate),
    }


def _time(frame: int, rate: FrameRate) -> _Json:
    return {
        "OTIO_SCHEMA": "RationalTime.1",
        "rate": float(rate.exact),
        "value": float(frame),
    }
