"""Every format is read by another program or library: the same texts at the same times."""

import csv
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree

import av
import opentimelineio as otio  # type: ignore[import-untyped]
import pypdf
import pysubs2
import pytest
from markdown_it import MarkdownIt
from praatio import textgrid  # type: ignore[import-untyped]
from pympi import Elan  # type: ignore[import-untyped]
from yt_dlp.extractor.generic import GenericIE

from mp4totext.exports.captions import build
from mp4totext.exports.findings import Chapter, Findings
from mp4totext.exports.options import ExportOptions
from mp4totext.exports.paragraphs import paragraphs
from mp4totext.exports.presets import DEFAULT
from mp4totext.exports.registry import EXPORTS
from mp4totext.exports.rttm import turns
from mp4totext.exports.tiers import tiers, words_of
from mp4totext.kit import unicode
from mp4totext.kit.timecode import short_clock
from mp4totext.transcript import Speaker, Transcript
from tests.exports.samples import OPTIONS, lecture, spoken, transcript

HOSTILE = "] [ti:x] {\\an8}\\N\\h <b> \"' --> | \t\n\x00\ud800 ]]> &amp; <c> #tag %% $x$ =1+1"
CHAPTERS = (0, 15_000, 30_123)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A text with its time; what a format does not tell is None."""

    start_ms: float
    end_ms: float | None = None
    text: str | None = None


Read = Callable[[Path], list[Piece]]
Said = Callable[[Transcript, ExportOptions], list[Piece]]


def hostile() -> Transcript:
    talk = transcript(
        spoken(f"Before {HOSTILE}", speaker="S1"), spoken("after.", 20_000, number=2, speaker="S1")
    )
    names = (Speaker(id="S1", name=f"Ada, {HOSTILE}"),)
    return replace(talk, duration_ms=45_000, speakers=names)


def options(*titles: str) -> ExportOptions:
    chapters = (
        Chapter(start_ms=at, end_ms=end, headline=title)
        for at, end, title in zip(CHAPTERS, (*CHAPTERS[1:], 45_000), titles, strict=True)
    )
    return replace(OPTIONS, findings=Findings(chapters=tuple(chapters)))


TALKS = {
    "lecture": (lecture(), options("How it came", "A --> B", "文字 in Arabic")),
    "hostile": (
        hostile(),
        replace(options(*[f"{HOSTILE[:45]} y"] * 3), title=f"talk {HOSTILE}.mp4"),
    ),
}


# --- what was said -------------------------------------------------------------------------------


def cues(talk: Transcript, _options: ExportOptions, lines: int = 2) -> list[Piece]:
    return [
        Piece(start_ms=cue.start_ms, end_ms=cue.end_ms, text="".join(cue.lines))
        for cue in build(talk, replace(DEFAULT, max_lines=lines))
    ]


def lyrics(talk: Transcript, options: ExportOptions) -> list[Piece]:
    return [replace(piece, end_ms=None) for piece in cues(talk, options, lines=1)]


def segments(talk: Transcript, _options: ExportOptions) -> list[Piece]:
    return [Piece(start_ms=s.start_ms, end_ms=s.end_ms, text=s.text) for s in talk.segments]


def words(talk: Transcript, _options: ExportOptions) -> list[Piece]:
    spoken_words = [word for segment in talk.segments for word in words_of(segment)]
    return [
        Piece(start_ms=word.start_ms, end_ms=word.end_ms, text=word.text)
        for word in sorted(spoken_words, key=lambda word: word.start_ms)
        if unicode.clean(word.text)
    ]


def intervals(talk: Transcript, _options: ExportOptions) -> list[Piece]:
    return [
        Piece(start_ms=each.start_ms, end_ms=each.end_ms, text=each.text)
        for tier in tiers(talk, speakers=True)
        for each in tier.intervals
    ]


def speakers(talk: Transcript, _options: ExportOptions) -> list[Piece]:
    return [Piece(start_ms=start, end_ms=end, text=name) for name, start, end in turns(talk)]


def cuts(talk: Transcript, _options: ExportOptions) -> list[Piece]:
    return [Piece(start_ms=p.start_ms, end_ms=p.end_ms) for p in paragraphs(talk)]


def chapters(_talk: Transcript, options: ExportOptions) -> list[Piece]:
    return [Piece(start_ms=each.start_ms, text=each.title) for each in options.findings.chapters]


# --- what others read ----------------------------------------------------------------------------


def by_ffmpeg(path: Path) -> list[Piece]:
    found = []
    with av.open(str(path)) as opened:
        stream = opened.streams.subtitles[0]
        for packet in opened.demux(stream):
            for shown in packet.decode() if packet.size else ():
                start_ms = float(packet.pts * packet.time_base) * 1000
                length_ms = float(packet.duration * packet.time_base) * 1000
                text = shown.ass.decode().split(",", 8)[8]
                found.append(Piece(start_ms=start_ms, end_ms=start_ms + length_ms, text=text))
    return found


def by_pysubs2(path: Path) -> list[Piece]:
    read = pysubs2.SSAFile.load(str(path))
    return [Piece(start_ms=e.start, end_ms=e.end, text=e.text) for e in read]


def by_json(path: Path) -> list[Piece]:
    return [
        Piece(start_ms=s["start_ms"], end_ms=s["end_ms"], text=s["text"])
        for s in json.loads(path.read_bytes())["segments"]
    ]


def by_csv(path: Path) -> list[Piece]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [
            Piece(start_ms=int(row["start_ms"]), end_ms=int(row["end_ms"]), text=row["text"])
            for row in csv.DictReader(file)
        ]


def fields(count: int, start: int, *, length: bool, text: int, least: int = 0) -> Read:
    """Lines of fields between spaces, as NIST describes them; no library here reads them."""

    def read(path: Path) -> list[Piece]:
        found = []
        for line in path.read_text(encoding="utf-8").split("\n")[:-1]:
            row = line.split(" ", count - 1)
            assert len(row) in {count, least or count}, line
            start_ms, other_ms = float(row[start]) * 1000, float(row[start + 1]) * 1000
            end_ms = start_ms + other_ms if length else other_ms
            found.append(Piece(start_ms=start_ms, end_ms=end_ms, text=row[text]))
        return found

    return read


def by_yt_dlp(path: Path) -> list[Piece]:
    found = GenericIE()._extract_chapters_from_description(path.read_text("utf-8"), 45)
    return [Piece(start_ms=c["start_time"] * 1000, text=c["title"]) for c in found]


def by_elementtree(path: Path) -> list[Piece]:
    return [
        Piece(start_ms=milliseconds(each.get("start", "")), text=each.get("title"))
        for each in ElementTree.parse(path).getroot()
    ]


def milliseconds(clock: str) -> int:
    """Of ``HH:MM:SS.mmm``, by the library."""
    return int(pysubs2.time.timestamp_to_ms(re.split("[:.]", clock)))


def by_podcast_apps(path: Path) -> list[Piece]:
    return [
        Piece(start_ms=each["startTime"] * 1000, text=each["title"])
        for each in json.loads(path.read_bytes())["chapters"]
    ]


def by_audacity(path: Path) -> list[Piece]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        Piece(start_ms=float(start) * 1000, end_ms=float(end) * 1000, text=text)
        for start, end, text in rows
    ]


def by_praatio(path: Path) -> list[Piece]:
    read = textgrid.openTextgrid(str(path), includeEmptyIntervals=False)
    return [
        Piece(start_ms=each.start * 1000, end_ms=each.end * 1000, text=each.label)
        for tier in read.tiers
        for each in tier.entries
    ]


def by_pympi(path: Path) -> list[Piece]:
    read = Elan.Eaf(str(path))
    return [
        Piece(start_ms=start, end_ms=end, text=text)
        for name in read.get_tier_names()
        for start, end, text, *_ in sorted(read.get_annotation_data_for_tier(name))
    ]


def by_otio(adapter: str, **arguments: float) -> Read:
    def read(path: Path) -> list[Piece]:
        timeline = otio.adapters.read_from_string(
            path.read_text(encoding="utf-8"), adapter, **arguments
        )
        ranges = [clip.source_range for clip in timeline.find_clips()]
        return [
            Piece(
                start_ms=part.start_time.to_seconds() * 1000,
                end_ms=part.end_time_exclusive().to_seconds() * 1000,
            )
            for part in ranges
        ]

    return read


def by_spreadsheets(path: Path) -> list[Piece]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [
            Piece(start_ms=frames_ms(row["In"]), text=row["Marker Name"])
            for row in csv.DictReader(file, dialect="excel-tab")
        ]


def frames_ms(timecode: str) -> float:
    return float(otio.opentime.from_timecode(timecode, 25).to_seconds()) * 1000


def by_resolve(path: Path) -> list[Piece]:
    """Its markers: an event of the list, and the line after it with the name."""
    event = re.compile(r"^\d+  AX +V +C +\S+ \S+ (\S+) \S+ *\n \|C:\w+ \|M:(.*?) \|D:", re.M)
    return [
        Piece(start_ms=frames_ms(at), text=name)
        for at, name in event.findall(path.read_text(encoding="utf-8"))
    ]


# --- documents: a time, a name and a text, one after the other ------------------------------------


def by_reading(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def by_markdown_it(path: Path) -> str:
    parsed = MarkdownIt("commonmark").parse(path.read_text(encoding="utf-8"))
    return "\n".join("".join(child.content for child in token.children or ()) for token in parsed)


def by_word(path: Path) -> str:
    with zipfile.ZipFile(path) as parts:
        document = ElementTree.fromstring(parts.read("word/document.xml"))
    main = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    return "".join(run.text or "" for run in document.iter(f"{main}t"))


def by_pypdf(path: Path) -> str:
    return "".join(page.extract_text() for page in pypdf.PdfReader(path).pages)


# --- the table -----------------------------------------------------------------------------------

FRAME_MS = 40
READERS: dict[str, tuple[Read, Said, float]] = {  # with the unit of its times
    "srt": (by_ffmpeg, cues, 1),
    "vtt": (by_ffmpeg, cues, 1),
    "ttml": (by_pysubs2, cues, 1),
    "json": (by_json, segments, 1),
    "csv": (by_csv, segments, 1),
    "rttm": (fields(10, 3, length=True, text=7), speakers, 1),
    "ass": (by_ffmpeg, cues, 10),
    "lrc": (by_ffmpeg, lyrics, 10),
    "vtt-words": (by_ffmpeg, cues, 1),
    "vtt-chapters": (by_ffmpeg, chapters, 1),
    "youtube": (by_yt_dlp, chapters, 1_000),
    "psc": (by_elementtree, chapters, 1),
    "podcast-chapters": (by_podcast_apps, chapters, 1),
    "audacity": (by_audacity, segments, 1),
    "textgrid": (by_praatio, intervals, 1),
    "eaf": (by_pympi, intervals, 1),
    "ctm": (fields(6, 2, length=True, text=4, least=5), words, 1),
    "stm": (fields(7, 3, length=False, text=6), segments, 1),
    "otio": (by_otio("otio_json"), cuts, FRAME_MS),
    "fcpxml": (by_otio("fcpx_xml"), cuts, FRAME_MS),
    "edl": (by_otio("cmx_3600", rate=25), cuts, FRAME_MS),
    "premiere": (by_spreadsheets, chapters, FRAME_MS),
    "resolve": (by_resolve, chapters, FRAME_MS),
}
DOCUMENTS: dict[str, Callable[[Path], str]] = {
    "txt": by_reading,
    "md": by_markdown_it,
    "docx": by_word,
    "pdf": by_pypdf,
    "obsidian": by_markdown_it,
}


def letters(text: str) -> str:
    """Without marks, of which each format replaces others, and without ASS's line breaks."""
    return "".join(filter(str.isalnum, re.sub(r"\\\u2060?[Nh]", "", text)))


def test_every_format_is_read_by_another_program() -> None:
    assert READERS.keys() | DOCUMENTS.keys() == EXPORTS.keys()


def written(name: str, talk: str, folder: Path) -> Path:
    export = EXPORTS[name]
    path = folder / f"talk.{export.extension}"
    path.write_bytes(export.render(*TALKS[talk]))
    return path


@pytest.mark.parametrize("talk", TALKS)
@pytest.mark.parametrize("name", READERS)
@pytest.mark.filterwarnings("ignore::UserWarning")  # of a reader
def test_texts_are_read_at_their_times(name: str, talk: str, tmp_path: Path) -> None:
    read, said, unit_ms = READERS[name]
    found, expected = read(written(name, talk, tmp_path)), said(*TALKS[talk])
    assert len(found) == len(expected) > 0
    for piece, wanted in zip(found, expected, strict=True):
        assert piece.start_ms == pytest.approx(wanted.start_ms, abs=unit_ms), wanted
        if None not in (piece.end_ms, wanted.end_ms):
            assert piece.end_ms == pytest.approx(wanted.end_ms, abs=unit_ms), wanted
        if wanted.text is not None:  # after a name, in some formats
            assert piece.text is not None
            assert letters(piece.text).endswith(letters(wanted.text))


@pytest.mark.parametrize("talk", TALKS)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_have_the_passages_after_their_times(
    name: str, talk: str, tmp_path: Path
) -> None:
    found, at = letters(DOCUMENTS[name](written(name, talk, tmp_path))), 0
    for part in paragraphs(TALKS[talk][0]):
        if name == "pdf" and unicode.is_right_to_left(part.text):
            continue  # that reader gives them as the eye meets them
        clock, speaker = short_clock(part.start_ms, hours=False), letters(part.label or "")
        # Some name a speaker only where another one spoke before.
        passage = re.compile(f"{letters(clock)}(?:{speaker})?{letters(part.text)}")
        match = passage.search(found, at)
        assert match, passage
        at = match.end()
