"""Final Cut Pro XML 1.9: a project with a clip for each paragraph, and markers in them."""

from urllib.parse import quote
from xml.etree import ElementTree as ET

from mp4totext.exports.cut_list import Clip, Marker, cut_list
from mp4totext.exports.frames import FrameRate
from mp4totext.exports.options import ExportOptions
from mp4totext.transcript import Transcript


def render(transcript: Transcript, options: ExportOptions) -> bytes:
    timeline, rate = cut_list(transcript, options), options.fps
    root = ET.Element("fcpxml", version="1.9")
    resources = ET.SubElement(root, "resources")
    ET.SubElement(
        resources, "format", id="r1", frameDuration=_time(1, rate), width="1920", height="1080"
    )
    asset = ET.SubElement(
        resources,
        "asset",
        {"id": "r2", "name": timeline.file, "start": "0s", "duration": _time(timeline.frames, rate)}
        | {"hasVideo": "1", "hasAudio": "1", "format": "r1", "audioSources": "1"},
    )
    # The path of the recording is unknown here, so programs ask for it on import.
    ET.SubElement(asset, "media-rep", kind="original-media", src=f"file:///{quote(timeline.file)}")
    event = ET.SubElement(ET.SubElement(root, "library"), "event", name=timeline.title)
    project = ET.SubElement(event, "project", name=timeline.title)
    length = sum(clip.frames for clip in timeline.clips)
    sequence = ET.SubElement(
        project,
        "sequence",
        {"format": "r1", "duration": _time(length, rate), "tcStart": "0s"}
        | {"tcFormat": "DF" if rate.drops else "NDF"},
    )
    spine, at = ET.SubElement(sequence, "spine"), 0
    for clip, markers in timeline.marked_clips():
        _clip(spine, clip, at, markers, rate)
        at += clip.frames
    ET.indent(root)
    body = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n{body}\n'.encode()


def _clip(spine: ET.Element, clip: Clip, at: int, markers: list[Marker], rate: FrameRate) -> None:
    element = ET.SubElement(
        spine,
        "asset-clip",
        {"ref": "r2", "name": clip.name, "format": "r1", "offset": _time(at, rate)}
        | {"start": _time(clip.start, rate), "duration": _time(clip.frames, rate)},
    )
    ET.SubElement(element, "note").text = clip.text
    for marker in markers:
        start, length = _time(marker.frame, rate), _time(1, rate)
        attributes = {"start": start, "duration": length, "value": marker.name}
        if marker.note:
            attributes["note"] = marker.note
        ET.SubElement(element, "marker", attributes)


def _time(frames: int, rate: FrameRate) -> str:
    """A fraction of a second that is a whole number of frames."""
    return f"{frames * rate.exact.denominator}/{rate.exact.numerator}s" if frames else "0s"
