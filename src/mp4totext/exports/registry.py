"""The table of export formats for the API, the command and the page."""

from collections.abc import Callable
from dataclasses import dataclass

from mp4totext.exports.options import OPTION_NAMES, ExportOptions
from mp4totext.kit.errors import Invalid
from mp4totext.kit.named import named
from mp4totext.transcript import Transcript


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    name: str  # the name that callers use
    title: str
    media_type: str
    extension: str
    description: str
    options: tuple[str, ...]  # names from OPTION_NAMES that change the file
    renderer: str  # "module:function" of this package, imported when the first file is written
    of_texts: bool = False  # also writes a text alone
    of_chapters: bool = False  # requires chapters

    def render(self, transcript: Transcript, options: ExportOptions) -> bytes:
        render: Callable[[Transcript, ExportOptions], bytes] = named(
            f"mp4totext.exports.{self.renderer}"
        )
        return render(transcript, options)


_READING = ("title", "speakers", "timestamps", "findings", "translation")
_CAPTIONS = (
    *("preset", "max_columns", "max_lines", "speaker_mark", "speakers"),
    *("translation", "bilingual"),
)

EXPORTS: dict[str, Export] = {
    export.name: export
    for export in (
        Export(
            name="txt",
            title="Plain text",
            media_type="text/plain; charset=utf-8",
            extension="txt",
            description="Paragraphs by speaker, with times.",
            options=_READING,
            renderer="text_file:render",
            of_texts=True,
        ),
        Export(
            name="md",
            title="Markdown",
            media_type="text/markdown; charset=utf-8",
            extension="md",
            description="Paragraphs by speaker for notes and wikis.",
            options=_READING,
            renderer="markdown:render",
            of_texts=True,
        ),
        Export(
            name="srt",
            title="SubRip captions",
            media_type="application/x-subrip; charset=utf-8",
            extension="srt",
            description="Captions that every player and video site accepts.",
            options=_CAPTIONS,
            renderer="srt:render",
        ),
        Export(
            name="vtt",
            title="WebVTT captions",
            media_type="text/vtt; charset=utf-8",
            extension="vtt",
            description="Captions for web players, with a voice tag for each speaker.",
            options=("title", *_CAPTIONS),
            renderer="vtt:render",
        ),
        Export(
            name="ttml",
            title="TTML captions",
            media_type="application/ttml+xml; charset=utf-8",
            extension="ttml",
            description="Captions for broadcasters and streaming services.",
            options=("title", *_CAPTIONS),
            renderer="ttml:render",
        ),
        Export(
            name="json",
            title="JSON",
            media_type="application/json; charset=utf-8",
            extension="json",
            description="Everything: words with times, confidence, speakers and coverage.",
            options=("title",),
            renderer="json_file:render",
        ),
        Export(
            name="csv",
            title="CSV",
            media_type="text/csv; charset=utf-8",
            extension="csv",
            description="One row per segment, for spreadsheets.",
            options=("speakers", "translation", "bom"),
            renderer="csv_file:render",
        ),
        Export(
            name="docx",
            title="Word",
            media_type="application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            extension="docx",
            description="A document to edit: times in the margin, names in bold.",
            options=_READING,
            renderer="docx_file:render",
            of_texts=True,
        ),
        Export(
            name="pdf",
            title="PDF",
            media_type="application/pdf",
            extension="pdf",
            description="A document to print and send, with embedded fonts.",
            options=_READING,
            renderer="pdf:render",
            of_texts=True,
        ),
        Export(
            name="rttm",
            title="RTTM speaker turns",
            media_type="text/plain; charset=utf-8",
            extension="rttm",
            description="Who speaks when, for diarization tools.",
            options=("title",),
            renderer="rttm:render",
        ),
        Export(
            name="ass",
            title="Advanced SubStation Alpha",
            media_type="text/x-ssa; charset=utf-8",
            extension="ass",
            description="Captions with a style, for VLC, mpv and Aegisub.",
            options=("title", *_CAPTIONS),
            renderer="ass:render",
        ),
        Export(
            name="lrc",
            title="Lyrics",
            media_type="text/plain; charset=utf-8",
            extension="lrc",
            description="Lines with times, for music players.",
            options=("title", *_CAPTIONS),
            renderer="lrc:render",
        ),
        Export(
            name="vtt-words",
            title="WebVTT with word times",
            media_type="text/vtt; charset=utf-8",
            extension="words.vtt",
            description="Captions with a time for each word.",
            options=("title", *_CAPTIONS),
            renderer="vtt_words:render",
        ),
        Export(
            name="vtt-chapters",
            title="WebVTT chapters",
            media_type="text/vtt; charset=utf-8",
            extension="chapters.vtt",
            description="Chapters for web players.",
            options=(),
            renderer="chapter_files:vtt",
            of_chapters=True,
        ),
        Export(
            name="youtube",
            title="YouTube chapters",
            media_type="text/plain; charset=utf-8",
            extension="youtube.txt",
            description="Chapter lines for a video's description.",
            options=(),
            renderer="chapter_files:youtube",
            of_chapters=True,
        ),
        Export(
            name="psc",
            title="Podlove Simple Chapters",
            media_type="application/xml; charset=utf-8",
            extension="psc",
            description="Chapters for podcast feeds.",
            options=(),
            renderer="chapter_files:podlove",
            of_chapters=True,
        ),
        Export(
            name="podcast-chapters",
            title="Podcast chapters",
            media_type="application/json+chapters; charset=utf-8",
            extension="chapters.json",
            description="Chapters in the format of the podcast namespace.",
            options=("title",),
            renderer="chapter_files:podcast",
            of_chapters=True,
        ),
        Export(
            name="obsidian",
            title="Obsidian",
            media_type="text/markdown; charset=utf-8",
            extension="obsidian.md",
            description="A note with properties, and people as links.",
            options=_READING,
            renderer="obsidian:render",
        ),
        Export(
            name="audacity",
            title="Audacity labels",
            media_type="text/plain; charset=utf-8",
            extension="labels.txt",
            description="A label track with one label per segment.",
            options=("speakers", "translation"),
            renderer="audacity:render",
        ),
        Export(
            name="textgrid",
            title="Praat TextGrid",
            media_type="text/plain; charset=utf-8",
            extension="TextGrid",
            description="Phrases and words of each speaker, for phonetics.",
            options=("speakers", "translation"),
            renderer="textgrid:render",
        ),
        Export(
            name="eaf",
            title="ELAN annotations",
            media_type="application/xml; charset=utf-8",
            extension="eaf",
            description="Phrases and words of each speaker, for linguistics.",
            options=("speakers", "translation"),
            renderer="eaf:render",
        ),
        Export(
            name="ctm",
            title="CTM words",
            media_type="text/plain; charset=utf-8",
            extension="ctm",
            description="One word per line with its time, for scoring tools.",
            options=("title",),
            renderer="scoring_files:ctm",
        ),
        Export(
            name="stm",
            title="STM segments",
            media_type="text/plain; charset=utf-8",
            extension="stm",
            description="Segments by speaker, for scoring tools.",
            options=("title",),
            renderer="scoring_files:stm",
        ),
        Export(
            name="otio",
            title="OpenTimelineIO",
            media_type="application/json; charset=utf-8",
            extension="otio",
            description="A timeline with a clip for each paragraph.",
            options=("title", "speakers", "fps"),
            renderer="otio:render",
        ),
        Export(
            name="fcpxml",
            title="Final Cut Pro XML",
            media_type="application/xml; charset=utf-8",
            extension="fcpxml",
            description="A clip for each paragraph, for Final Cut and Resolve.",
            options=("title", "speakers", "fps"),
            renderer="fcpxml:render",
        ),
        Export(
            name="edl",
            title="Edit decision list",
            media_type="text/plain; charset=utf-8",
            extension="edl",
            description="A cut for each paragraph, for any editing program.",
            options=("title", "speakers", "fps"),
            renderer="edl:cuts",
        ),
        Export(
            name="premiere",
            title="Premiere Pro markers",
            media_type="text/tab-separated-values; charset=utf-8",
            extension="markers.csv",
            description="Chapters or paragraphs as markers.",
            options=("title", "speakers", "fps"),
            renderer="premiere:render",
        ),
        Export(
            name="resolve",
            title="DaVinci Resolve markers",
            media_type="text/plain; charset=utf-8",
            extension="markers.edl",
            description="Chapters or paragraphs as markers of a timeline.",
            options=("title", "speakers", "fps"),
            renderer="edl:markers",
        ),
    )
}


def export_named(name: str) -> Export:
    """The row of a format. Raises Invalid, which lists all formats."""
    export = EXPORTS.get(name.lower())
    if export is None:
        raise Invalid(
            f"There is no export {name[:40]!r}; choose one of {', '.join(EXPORTS)}.",
            code="unknown_export",
            formats=list(EXPORTS),
        )
    return export


def text_export_named(name: str) -> Export:
    """The row of a format for a single text. Raises Invalid, which lists these formats."""
    export = export_named(name)
    if not export.of_texts:
        formats = [name for name, row in EXPORTS.items() if row.of_texts]
        raise Invalid(
            f"A text cannot be exported as {export.name}; choose one of {', '.join(formats)}.",
            code="unknown_export",
            formats=formats,
        )
    return export


def docs_table() -> str:
    """The Markdown tables of formats and options in docs/exports.md."""
    rows = ["| format | file | options | what it is |", "|---|---|---|---|"]
    for export in EXPORTS.values():
        options = ", ".join(f"`{option}`" for option in export.options)
        rows.append(
            f"| `{export.name}` | {export.title}, `.{export.extension}` | {options} "
            f"| {export.description} |"
        )
    rows += ["", "| option | what it does |", "|---|---|"]
    rows += [f"| `{name}` | {text} |" for name, text in OPTION_NAMES.items()]
    return "\n".join(rows)
