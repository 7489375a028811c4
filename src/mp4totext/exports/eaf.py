"""ELAN annotations (EAF 3.0): a tier of phrases and a tier of words for each speaker."""

from itertools import count
from xml.etree import ElementTree as ET

from mp4totext.exports.options import ExportOptions
from mp4totext.exports.tiers import Interval, Tier, tiers
from mp4totext.kit import unicode
from mp4totext.transcript import Transcript

_SCHEMA = "http://www.mpi.nl/tools/elan/EAFv3.0.xsd"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_TYPE = "default-lt"
_NO_DATE = "1970-01-01T00:00:00+00:00"


def render(transcript: Transcript, options: ExportOptions) -> bytes:
    root = ET.Element(
        "ANNOTATION_DOCUMENT",
        {
            "AUTHOR": "MP4toText",
            "DATE": options.made_at.isoformat() if options.made_at else _NO_DATE,
            "FORMAT": "3.0",
            "VERSION": "3.0",
            "xmlns:xsi": _XSI,
            "xsi:noNamespaceSchemaLocation": _SCHEMA,
        },
    )
    ET.SubElement(root, "HEADER", {"MEDIA_FILE": "", "TIME_UNITS": "milliseconds"})
    times = ET.SubElement(root, "TIME_ORDER")
    slots: list[tuple[int, str]] = []
    numbers = count(1)
    # The schema requires a tier, also without speech.
    nothing_spoken = [Tier(name="Speech", speaker="", intervals=())]
    for tier in tiers(transcript, speakers=options.speakers) or nothing_spoken:
        attributes = {"LINGUISTIC_TYPE_REF": _TYPE, "TIER_ID": tier.name}
        if tier.speaker:
            attributes["PARTICIPANT"] = tier.speaker
        if transcript.language:
            attributes["LANG_REF"] = unicode.clean(transcript.language)
        element = ET.SubElement(root, "TIER", attributes)
        for interval in tier.intervals:
            _annotation(element, interval, slots, next(numbers))
    # ELAN keeps them in the order of time.
    for at_ms, name in sorted(slots, key=lambda slot: slot[0]):
        ET.SubElement(times, "TIME_SLOT", {"TIME_SLOT_ID": name, "TIME_VALUE": str(at_ms)})
    ET.SubElement(
        root,
        "LINGUISTIC_TYPE",
        {"GRAPHIC_REFERENCES": "false", "LINGUISTIC_TYPE_ID": _TYPE, "TIME_ALIGNABLE": "true"},
    )
    if transcript.language:
        tag = unicode.clean(transcript.language)
        ET.SubElement(root, "LANGUAGE", {"LANG_ID": tag, "LANG_LABEL": tag})
    ET.indent(root)
    xml: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return xml + b"\n"


def _annotation(
    tier: ET.Element, interval: Interval, slots: list[tuple[int, str]], number: int
) -> None:
    start, end = f"ts{2 * number - 1}", f"ts{2 * number}"
    slots += [(interval.start_ms, start), (interval.end_ms, end)]
    annotation = ET.SubElement(ET.SubElement(tier, "ANNOTATION"), "ALIGNABLE_ANNOTATION")
    annotation.set("ANNOTATION_ID", f"a{number}")
    annotation.set("TIME_SLOT_REF1", start)
    annotation.set("TIME_SLOT_REF2", end)
    ET.SubElement(annotation, "ANNOTATION_VALUE").text = interval.text
