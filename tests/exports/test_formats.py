"""All formats: golden files, independent readers, and text that must not break a file."""

import csv
import io
import json
import zipfile
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import docx
import pypdf
import pysubs2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mp4totext.exports.captions import build
from mp4totext.exports.options import ExportOptions
from mp4totext.exports.pdf import REPLACEMENT, _is_worth_shaping
from mp4totext.exports.presets import DEFAULT
from mp4totext.exports.registry import EXPORTS
from mp4totext.kit import unicode
from mp4totext.transcript import Coverage, CoverageKind, Segment, Speaker, Transcript
from tests.exports.samples import GOLDEN, OPTIONS, READ_BACK, lecture, paid, spoken, transcript
from tests.support.processor_time import processor_time
from tests.support.slow_tests import one_in

BARE = ExportOptions(title="T", speakers=False, timestamps=False)
TT = "{http://www.w3.org/ns/ttml}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
HOSTILE = (
    "1\n\n2 00:00:01,000 --> 00:00:02,000 <i>x</i> &amp; ]]> \x00\x0b\ud800\ufffe {\\an8}y <v Bob>z"
)


def export(name: str, talk: Transcript | None = None, options: ExportOptions = OPTIONS) -> bytes:
    return EXPORTS[name].render(talk or lecture(), options)


def text(name: str, talk: Transcript | None = None, options: ExportOptions = OPTIONS) -> str:
    return export(name, talk, options).decode()


def said(value: str, *, speaker: str | None = None) -> Transcript:
    segment = Segment(id="s1", start_ms=0, end_ms=9_000, text=value, speaker=speaker)
    return transcript(segment)


@pytest.mark.parametrize("name", [name for name in EXPORTS if name not in READ_BACK])
def test_the_file_is_byte_for_byte_the_golden_one(name: str) -> None:
    golden = GOLDEN / f"lecture.{EXPORTS[name].extension}"
    assert export(name, options=paid()) == golden.read_bytes()


@pytest.mark.parametrize("name", one_in(3, EXPORTS))
@pytest.mark.parametrize(
    "talk",
    [
        Transcript(duration_ms=0),
        said(""),
        said(HOSTILE, speaker="S1"),
        said("a" * 5_000),
        said("😀 𒀀 \U0010ffff \u200d\u0301"),
    ],
    ids=["nothing", "empty", "hostile", "one-word", "no-font"],
)
@pytest.mark.filterwarnings("error")
def test_no_format_fails_on_odd_text(name: str, talk: Transcript) -> None:
    made = export(name, talk, ExportOptions(title=HOSTILE))
    assert made or name in {"srt", "rttm", "youtube", "audacity", "ctm", "stm"}


@pytest.mark.parametrize(
    "name",
    [name for name in EXPORTS if name not in {"srt", "vtt", "ttml", "ass", "lrc", "vtt-words"}],
)
@pytest.mark.parametrize(
    "text",
    one_in(
        8,
        [
            "a" + "\u0301" * 3_999,
            ("a" + "\u0301" * 300) * 13,
            ("a" + "\u0301" * 8) * 444,
            ("\u0301a" + "\u200b" * 8) * 400,
            "\u200b" * 4_000,
            "\u202ea" * 2_000,
            "a\0" * 2_000,
            "\ud800" * 4_000,
            "…" * 3_999 + "x",
            "ل\u064e" * 2_000,
            "ก\u0e31" * 2_000,
            "👩\u200d" * 2_000,
            "中" * 4_000,
            "a" * 4_000,
            "\u05d0 " * 2_000,
            "a\u05d0" * 10_000,
        ],
    ),
    ids=lambda text: f"{text[:3]!a}",
)
def test_no_text_takes_a_format_longer_than_two_seconds(name: str, text: str) -> None:
    with processor_time() as spent:
        export(name, said(text))
    assert spent.s < 2  # quadratic ones took minutes for 2.5 times as much


def test_letters_of_two_directions_are_shaped_in_words_and_left_as_they_are_in_masses() -> None:
    assert _is_worth_shaping("אני אוהב Python 3.14 ו-Rust. " * 2_000)
    assert _is_worth_shaping("a\u05d0" * 2_000)
    assert not _is_worth_shaping("a\u05d0" * 10_000)


# --- captions ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["srt", "vtt", "ttml"])
def test_another_program_reads_the_same_cues(name: str) -> None:
    cues = build(lecture(), DEFAULT)
    read = pysubs2.SSAFile.from_string(text(name), format_=name)
    assert [(event.start, event.end) for event in read] == [(c.start_ms, c.end_ms) for c in cues]
    for event, cue in zip(read, cues, strict=True):
        if "<" not in "".join(cue.lines):  # the library's own handling of markup is not ours
            shown = event.plaintext.replace(unicode.RIGHT_TO_LEFT_MARK, "")
            assert "".join(shown.split()).endswith("".join("".join(cue.lines).split()))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    value=st.text(alphabet=st.sampled_from("ab1 \n\r->:,0<&{\\}\u2028'"), min_size=1, max_size=60)
)
def test_no_text_adds_or_removes_a_cue(value: str) -> None:
    talk = transcript(spoken(f"x {value} y"), spoken("second.", 9_000, number=2))
    cues = build(talk, DEFAULT)
    srt = text("srt", talk)
    assert srt.count(" --> ") == len(cues)
    assert srt.count("\n\n") == len(cues) - 1
    vtt = text("vtt", talk)
    assert vtt.count("-->") == len(cues)
    assert vtt.count("\n\n") == len(cues) + 1
    assert len(ElementTree.fromstring(export("ttml", talk)).findall(f".//{TT}p")) == len(cues)


def test_srt_times_are_exact_to_the_millisecond() -> None:
    talk = transcript(replace(said("word").segments[0], start_ms=3_661_001, end_ms=3_663_999))
    assert "01:01:01,001 --> 01:01:03,999" in text("srt", talk)


def test_srt_neutralises_what_players_would_swallow() -> None:
    body = text("srt", said("x --> <b>bold</b> {\\an8} 3 < 4"))
    assert "x → ‹b>bold‹/b>\n" in body
    assert "(\\an8} 3 < 4\n" in body


def test_vtt_names_the_voice_and_escapes_it() -> None:
    assert "<v Çağla &lt;3>- Is A --&gt; B the same as &lt;b&gt;B&lt;/b&gt; &amp; C?</v>" in text(
        "vtt"
    )
    assert "<v" not in text("vtt", options=replace(OPTIONS, speakers=False))


def test_right_to_left_lines_are_marked_and_stay_in_logical_order() -> None:
    mark = unicode.RIGHT_TO_LEFT_MARK
    for name in ("srt", "vtt"):
        assert f"{mark}هذا نص للتجربة في ملف MP4 (رقم 123).{mark}" in text(name)
    paragraphs = ElementTree.fromstring(export("ttml")).findall(f".//{TT}p")
    styling = "{http://www.w3.org/ns/ttml#styling}direction"
    assert [p.get(styling) for p in paragraphs][-2:] == [None, "rtl"]


def test_ttml_is_xml_with_language_title_and_speakers() -> None:
    root = ElementTree.fromstring(export("ttml"))
    assert root.get(XML_LANG) == "en"
    metadata = "{http://www.w3.org/ns/ttml#metadata}"
    assert root.findtext(f".//{metadata}title") == OPTIONS.title
    names = {
        agent.get("{http://www.w3.org/XML/1998/namespace}id"): agent.findtext(f"{metadata}name")
        for agent in root.iter(f"{metadata}agent")
    }
    assert names == {"speaker1": "Prof. Ada", "speaker2": "Çağla <3", "speaker3": "Speaker 3"}
    assert {p.get(f"{metadata}agent") for p in root.iter(f"{TT}p")} == set(names)
    assert ElementTree.fromstring(export("ttml", said("x"), BARE)).get(XML_LANG) == "en"


def test_ttml_without_a_language_says_undetermined() -> None:
    root = ElementTree.fromstring(export("ttml", replace(said("x"), language=None)))
    assert root.get(XML_LANG) == "und"


# --- for reading ---------------------------------------------------------------------------------


def test_plain_text_leaves_out_what_was_switched_off() -> None:
    body = text("txt", options=BARE)
    assert "Prof. Ada" not in body
    assert "[00:00]" not in body
    assert "\n\nIs A --> B the same as <b>B</b> & C?\n\n" in body


def test_segments_of_one_speaker_are_one_paragraph_until_a_pause() -> None:
    talk = transcript(
        spoken("One.", speaker="S1"),
        spoken("Two.", 500, number=2, speaker="S1"),
        spoken("Three.", 4_000, number=3, speaker="S1"),
        spoken("", 5_000, number=4, speaker="S1"),
        spoken("Four.", 5_000, number=5, speaker="S2"),
    )
    body = text("txt", talk, replace(BARE, speakers=True))
    assert body.endswith("Speaker 1: One. Two.\n\nSpeaker 1: Three.\n\nSpeaker 2: Four.\n")


def test_a_long_paragraph_ends_at_a_sentence() -> None:
    parts, at = [], 0
    for number in range(60):
        parts.append(spoken("and so on, and on." if number % 2 else "It went on", at))
        at = parts[-1].end_ms
    blocks = text("txt", transcript(*parts), BARE).strip().split("\n\n")[2:]
    assert len(blocks) > 1
    assert all(block.endswith("on.") for block in blocks)
    assert all(600 <= len(block) < 700 for block in blocks[:-1])


def test_japanese_segments_are_joined_without_a_space() -> None:
    one = Segment(id="s1", start_ms=0, end_ms=900, text="今日は。")
    two = Segment(id="s2", start_ms=900, end_ms=2_000, text="「元気」です。")
    assert "今日は。「元気」です。" in text("txt", transcript(one, two), BARE)


@pytest.mark.parametrize(
    ("spoken_text", "written"),
    [
        ("# not a heading", "\\# not a heading"),
        ("1. not a list", "1\\. not a list"),
        ("- not a list", "\\- not a list"),
        (
            "*stars* and _lines_ [x](y) <b> `c`",
            "\\*stars\\* and \\_lines\\_ \\[x\\](y) \\<b\\> \\`c\\`",
        ),
    ],
)
def test_markdown_shows_what_was_said(spoken_text: str, written: str) -> None:
    assert f"\n\n{written}\n" in text("md", said(spoken_text), BARE)


def test_long_recordings_show_hours() -> None:
    talk = replace(said("Hello."), duration_ms=3_600_000)
    assert "[00:00:00] Hello." in text("txt", talk)


def test_readers_are_told_what_is_missing() -> None:
    talk = replace(
        said("Hello."),
        coverage=(
            Coverage(start_ms=0, end_ms=9_000, kind=CoverageKind.SPEECH),
            Coverage(start_ms=9_000, end_ms=10_000, kind=CoverageKind.QUARANTINED, text="la la"),
            Coverage(start_ms=10_000, end_ms=11_000, kind=CoverageKind.FAILED),
        ),
    )
    for name in ("txt", "md"):
        assert "00:00:09–00:00:10: left out, because the recognised words" in text(name, talk)
        assert "00:00:10–00:00:11: speech here could not be recognised." in text(name, talk)


# --- documents -----------------------------------------------------------------------------------


def test_word_reads_back_with_times_names_and_notes() -> None:
    document = docx.Document(io.BytesIO(export("docx")))
    found = [paragraph.text for paragraph in document.paragraphs]
    assert found[0] == "Writing systems: lecture 2"
    assert found[1] == (
        "Duration 00:00:45   ·   Language en   ·   Speakers Prof. Ada (80%), Çağla <3 (9%), "
        "Speaker 3 (11%)"
    )
    assert found[2].startswith("00:00\tProf. Ada: Good morning, everyone")
    assert found[3] == "00:15\tÇağla <3: Is A --> B the same as <b>B</b> & C?"
    assert found[-2:] == ["Notes", "00:00:40–00:00:45: speech here could not be recognised."]
    bold = [run.text for paragraph in document.paragraphs for run in paragraph.runs if run.bold]
    assert bold == ["Prof. Ada: ", "Çağla <3: ", "Prof. Ada: ", "Speaker 3: "]
    assert document.core_properties.title == "Writing systems: lecture 2"
    assert document.core_properties.author == "MP4toText"


def test_word_sets_right_to_left_paragraphs_in_the_order_the_format_asks() -> None:
    document = docx.Document(io.BytesIO(export("docx")))
    arabic = next(p for p in document.paragraphs if "مرحبا" in p.text)
    names = [child.tag.rpartition("}")[2] for child in arabic._p.pPr]
    assert names.index("bidi") < names.index("ind")
    assert [run.font.rtl for run in arabic.runs if "مرحبا" in run.text] == [True]


def test_word_without_times_and_names_is_only_the_text() -> None:
    document = docx.Document(io.BytesIO(export("docx", said("Hello.", speaker="S1"), BARE)))
    assert [p.text for p in document.paragraphs][2:] == ["Hello."]


def pdf_text(content: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    # pypdf reads the two-byte codes of a CFF collection as two characters, the first a NUL.
    return "\n".join(page.extract_text() for page in pages).replace("\0", "")


def test_pdf_reads_back_with_title_times_and_names() -> None:
    content = export("pdf")
    reader = pypdf.PdfReader(io.BytesIO(content))
    found = " ".join(pdf_text(content).split())
    assert reader.metadata is not None
    assert reader.metadata.title == "Writing systems: lecture 2"
    assert "Duration 00:00:45 · Language en" in found
    assert "00:00 Prof. Ada Good morning, everyone, and welcome to the second lecture" in found
    assert "00:15 Çağla <3 Is A --> B the same as <b>B</b> & C?" in found
    assert "今日は「字幕の規則」について" in "".join(found.split())
    assert "00:00:40–00:00:45: speech here could not be recognised." in found
    assert REPLACEMENT not in found


def test_documents_have_the_date_of_the_transcript_or_none() -> None:
    dates = []
    for options in (paid(), OPTIONS):
        pdf = pypdf.PdfReader(io.BytesIO(export("pdf", options=options)), strict=True)
        assert pdf.metadata is not None
        word = docx.Document(io.BytesIO(export("docx", options=options))).core_properties
        dates.append((pdf.metadata.creation_date, word.created, word.modified))
    assert dates == [(paid().made_at,) * 3, (None,) * 3]


def test_a_word_document_does_not_have_the_time_at_which_it_was_written() -> None:
    with zipfile.ZipFile(io.BytesIO(export("docx"))) as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_pdf_says_its_language_and_tags_its_parts() -> None:
    catalogue: Any = pypdf.PdfReader(io.BytesIO(export("pdf", options=paid()))).trailer["/Root"]
    assert (catalogue["/Lang"], catalogue["/MarkInfo"]["/Marked"]) == ("en", True)
    document = catalogue["/StructTreeRoot"]["/K"][0].get_object()
    tags = [str(part.get_object()["/S"]) for part in document["/K"]]
    assert tags[:4] == ["/H1", "/P", "/H2", "/H3"]
    assert {"/H1", "/H2", "/H3", "/P", "/LI"} == set(tags)


def test_pdf_parts_that_go_on_over_a_page_are_closed_on_each() -> None:
    reader = pypdf.PdfReader(io.BytesIO(export("pdf", said("word " * 3_000))))
    assert len(reader.pages) > 3
    for page in reader.pages:
        content = page.get_contents()
        assert content is not None
        marks = content.get_data()
        assert marks.count(b" BDC") + marks.count(b" BMC") == marks.count(b"EMC") > 1


def test_word_says_its_language() -> None:
    styles = docx.Document(io.BytesIO(export("docx"))).styles["Normal"].element.xml
    assert 'w:lang w:val="en"' in styles


def test_pdf_is_the_same_each_time() -> None:
    assert export("pdf") == export("pdf")


@pytest.mark.parametrize(
    "sample",
    [
        "Übergrößenträger, façade, señor, Łódź, Tiếng Việt",
        "Çağdaş ışık, İstanbul'un güzelliği, şöyle",
        "Съешь ещё этих мягких французских булок",
        "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία",
        "繁體中文與简体中文",
        "日本語のテキスト",
        "한국어 자막입니다",
    ],
)
def test_pdf_draws_and_keeps_the_letters_of(sample: str) -> None:
    found = pdf_text(export("pdf", said(sample), BARE))
    assert "".join(sample.split()) in "".join(found.split())
    assert REPLACEMENT not in found


@pytest.mark.parametrize(
    "sample", ["مرحبا بالعالم", "שלום עולם", "नमस्ते दोस्तों", "สวัสดีครับ", "ქართული", "♪ ☃ 𝄞 🄰 ∰"]
)
def test_pdf_has_a_font_for(sample: str) -> None:
    assert "no embedded font" not in pdf_text(export("pdf", said(sample), BARE))


def test_pdf_shows_and_names_characters_it_cannot_draw() -> None:
    found = pdf_text(export("pdf", said("Smile 😀 and 𒀀 now."), BARE))
    assert f"Smile {REPLACEMENT} and {REPLACEMENT} now." in found
    assert "no embedded font can draw: U+12000, U+1F600." in found


def test_pdf_names_only_some_of_very_many_missing_characters() -> None:
    cuneiform = " ".join(map(chr, range(0x12000, 0x12020)))
    found = pdf_text(export("pdf", said(cuneiform), BARE))
    assert "U+12013 and 12 more." in " ".join(found.split())


def test_pdf_of_a_long_talk_has_pages_and_loses_no_word() -> None:
    parts = [
        spoken(f"Sentence number {n} of a rather long talk.", n * 6_000, speaker=f"S{n % 3}")
        for n in range(120)
    ]
    reader = pypdf.PdfReader(io.BytesIO(export("pdf", transcript(*parts), OPTIONS)))
    assert len(reader.pages) > 3
    found = " ".join(page.extract_text() for page in reader.pages)
    assert all(f"Sentence number {n} of" in found for n in range(120))


# --- data ----------------------------------------------------------------------------------------


def test_who_speaks_alone_has_no_share() -> None:
    alone = replace(transcript(spoken("Well.", speaker="S1")), speakers=(Speaker(id="S1"),))
    assert "Speakers: Speaker 1\n" in export("txt", alone).decode()


def test_json_holds_everything_in_a_named_version() -> None:
    document = json.loads(export("json"))
    talk = lecture()
    assert (document["schema"], document["version"]) == ("mp4totext.transcript", 1)
    assert document["duration_ms"] == 45_000
    assert [s["text"] for s in document["segments"]] == [s.text for s in talk.segments]
    assert document["segments"][2]["recognised_text"] == "No, it is knot the same thing."
    for written, segment in zip(document["segments"], talk.segments, strict=True):
        words = [word["text"] for word in written["words"]]
        assert words == (segment.text.split() if segment.words else [])
    estimated = [w["text"] for w in document["segments"][2]["words"] if w["estimated"]]
    assert estimated == ["really", "not"]
    assert document["coverage"][1] == {
        "start_ms": 40_000,
        "end_ms": 45_000,
        "kind": "failed",
        "text": None,
        "reason": "noise",
    }
    assert document["speakers"][2] == {
        "id": "S3",
        "name": None,
        "label": "Speaker 3",
        "speaking_ms": 3_315,
        "share": 0.109,
    }


def rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_csv_reads_back() -> None:
    header, *found = rows(export("csv"))
    assert header[:6] == ["id", "start_ms", "end_ms", "start", "end", "speaker"]
    assert found[0][:6] == ["s1", "0", "13260", "00:00:00.000", "00:00:13.260", "Prof. Ada"]
    assert len(found) == 5
    assert rows(export("csv", options=BARE))[1][5] == ""


def test_csv_begins_with_a_byte_order_mark_only_when_asked() -> None:
    assert not export("csv").startswith(b"\xef\xbb\xbf")
    assert export("csv", options=replace(OPTIONS, bom=True)).startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize(
    "start", ["=", "+", "-", "@", "\t=", "\r=", " =", "＝", "\u200b=", "\u200e@"]
)
def test_csv_cells_are_never_formulas(start: str) -> None:
    talk = replace(
        said(f"{start}HYPERLINK(1)", speaker="S1"), speakers=(Speaker(id="S1", name=f"{start}x"),)
    )
    _, row = rows(export("csv", talk))
    assert row[5].startswith("'")
    assert row[6].startswith("'")


def test_csv_keeps_quotes_commas_and_line_breaks_in_one_cell() -> None:
    _, row = rows(export("csv", said('He said, "no",\nand left.')))
    assert row[6] == 'He said, "no", and left.'


def test_rttm_has_a_row_for_each_turn() -> None:
    talk = transcript(
        spoken("One two", speaker="S1"),
        spoken("three.", 800, number=2, speaker="S1"),
        spoken("Four.", 1_500, number=3, speaker="S2"),
        spoken("Nobody.", 3_000, number=4),
        Segment(id="s5", start_ms=5_000, end_ms=6_000, text="No words.", speaker="S1"),
    )
    assert text("rttm", talk, ExportOptions(title="A talk")) == (
        "SPEAKER A_talk 1 0.000 1.190 <NA> <NA> S1 <NA> <NA>\n"
        "SPEAKER A_talk 1 1.500 0.325 <NA> <NA> S2 <NA> <NA>\n"
        "SPEAKER A_talk 1 5.000 1.000 <NA> <NA> S1 <NA> <NA>\n"
    )
