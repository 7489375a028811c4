"""Libraries of other programs read each format with equal text and times."""

import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import opentimelineio as otio  # type: ignore[import-untyped]
import pysubs2
import pytest
import yaml
from praatio import textgrid  # type: ignore[import-untyped]
from pympi import Elan  # type: ignore[import-untyped]

from mp4totext.exports.captions import build
from mp4totext.exports.findings import Chapter, Findings
from mp4totext.exports.frames import RATES, FrameRate
from mp4totext.exports.options import ExportOptions
from mp4totext.exports.paragraphs import paragraphs
from mp4totext.exports.presets import DEFAULT
from mp4totext.exports.registry import EXPORTS
from mp4totext.exports.spoken_words import spoken_words
from mp4totext.exports.tiers import tiers, words_of
from mp4totext.kit import unicode
from mp4totext.transcript import Segment, Speaker, Transcript
from tests.exports.samples import findings, lecture, paid, spoken, transcript

HOSTILE = "] [ti:x] {\\an8}\\N\\h <b> \"' --> | \t\n\x00\ud800 ]]> &amp; <c> #tag %% $x$"


def written(name: str, talk: Transcript | None = None, options: ExportOptions | None = None) -> str:
    return EXPORTS[name].render(talk or lecture(), options or paid()).decode("utf-8-sig")


def bare(text: str) -> str:
    return "".join(text.replace(unicode.RIGHT_TO_LEFT_MARK, "").split())


def milliseconds(clock: str) -> int:
    """Of ``HH:MM:SS.mmm``, by the library."""
    return int(pysubs2.time.timestamp_to_ms(re.split("[:.]", clock)))


def hostile() -> Transcript:
    talk = transcript(
        spoken(f"Before {HOSTILE}", speaker="S1"), spoken("after.", 9_000, number=2, speaker="S1")
    )
    return replace(talk, speakers=(Speaker(id="S1", name=f"Ada, {HOSTILE}"),))


# --- captions ------------------------------------------------------------------------------------


@pytest.mark.parametrize("talk", [lecture(), hostile()], ids=["lecture", "hostile"])
def test_ass_has_the_cues(talk: Transcript) -> None:
    cues = build(talk, DEFAULT)
    read = pysubs2.SSAFile.from_string(written("ass", talk), format_="ass")
    assert [e.start // 10 for e in read] == [cue.start_ms // 10 for cue in cues]
    assert [e.end // 10 for e in read] == [max(c.end_ms, c.start_ms + 10) // 10 for c in cues]
    for event, cue in zip(read, cues, strict=True):
        assert event.name == (cue.label or "").replace(",", " ").strip()
        braces = event.text.replace(r"\{", "{").replace(r"\}", "}").replace("\\\u2060", "\\")
        assert bare(braces.replace("\\N", " ")) == bare("".join(cue.lines).replace("\\N", ""))


def test_lyrics_have_no_tag_that_was_not_meant() -> None:
    lines = written("lrc", hostile(), replace(paid(), title=HOSTILE)).splitlines()
    assert [line[:4] for line in lines[:1]] == ["[ti:"]
    assert all(re.fullmatch(r"\[(ti:|\d\d:\d\d\.\d\d\])[^\[\]]*\]?", line) for line in lines)


@pytest.mark.parametrize("talk", [lecture(), hostile()], ids=["lecture", "hostile"])
def test_words_have_their_times(talk: Transcript) -> None:
    cues = build(talk, DEFAULT)
    body = written("vtt-words", talk)
    times = re.findall(r"^(\S+) --> (\S+)$", body, re.M)
    assert [tuple(map(milliseconds, pair)) for pair in times] == [
        (cue.start_ms, cue.end_ms) for cue in cues
    ]
    for block, cue in zip(body.strip().split("\n\n")[2:], cues, strict=True):
        at_ms = cue.start_ms
        for time in re.findall(r"<(\d\d:\d\d:\d\d\.\d\d\d)>", block):
            inside_ms = milliseconds(time)
            assert at_ms < inside_ms < cue.end_ms
            words = [word for line in cue.words for word in spoken_words(line)]
            assert inside_ms in {word.start_ms for word in words}
            at_ms = inside_ms
        assert block.count("<c>") == sum(len(spoken_words(line)) for line in cue.words)


# --- chapters ------------------------------------------------------------------------------------

TITLES = ["How the alphabet came", 'A --> B, <B> & "C"; D=E\\F', "文字 in Arabic"]
STARTS = [0, 15_000, 30_123]


def test_web_players_read_the_chapters() -> None:
    read = pysubs2.SSAFile.from_string(written("vtt-chapters"), format_="vtt")
    assert [event.start for event in read] == STARTS
    assert [event.end for event in read] == [15_000, 30_123, 45_000]
    assert written("vtt-chapters").count("-->") == 3


def test_podcast_chapters() -> None:
    document = json.loads(written("podcast-chapters"))
    assert document["version"] == "1.2.0"
    assert [round(entry["startTime"] * 1000) for entry in document["chapters"]] == STARTS
    assert [entry["title"] for entry in document["chapters"]] == TITLES
    root = ElementTree.fromstring(written("psc"))
    assert root.tag == "{http://podlove.org/simple-chapters}chapters"
    assert [entry.get("title") for entry in root] == TITLES
    times = [
        pysubs2.time.timestamp_to_ms(re.split("[:.]", entry.get("start", ""))) for entry in root
    ]
    assert times == STARTS


def test_youtube_begins_at_zero_and_leaves_out_what_is_too_short() -> None:
    starts = (4_000, 9_000, 20_000, 3_700_000)
    chapters = tuple(
        Chapter(start_ms=at, end_ms=at + 1, headline=f"<Part {n}>") for n, at in enumerate(starts)
    )
    options = replace(paid(), findings=Findings(chapters=chapters))
    short = replace(lecture(), duration_ms=3_599_999)
    assert written("youtube", short, options).splitlines() == ["00:00 ‹Part 0›", "00:20 ‹Part 2›"]
    just = replace(lecture(), duration_ms=3_709_999)  # the last one has less than ten seconds
    assert "Part 3" not in written("youtube", just, options)
    long = replace(lecture(), duration_ms=3_710_000)
    assert written("youtube", long, options).splitlines() == [
        "00:00:00 ‹Part 0›",
        "00:00:20 ‹Part 2›",
        "01:01:40 ‹Part 3›",
    ]


# --- research ------------------------------------------------------------------------------------


@pytest.mark.parametrize("talk", [lecture(), hostile()], ids=["lecture", "hostile"])
def test_praat_reads_the_tiers(talk: Transcript, tmp_path: Path) -> None:
    file = tmp_path / "talk.TextGrid"
    file.write_text(written("textgrid", talk), encoding="utf-8")
    read = textgrid.openTextgrid(str(file), includeEmptyIntervals=False)
    expected = tiers(talk, speakers=True)
    assert list(read.tierNames) == [tier.name for tier in expected]
    assert round(read.maxTimestamp * 1000) == talk.duration_ms
    for tier in expected:
        assert [
            (round(e.start * 1000), round(e.end * 1000), e.label)
            for e in read.getTier(tier.name).entries
        ] == [(i.start_ms, i.end_ms, i.text) for i in tier.intervals]


@pytest.mark.parametrize("talk", [lecture(), hostile()], ids=["lecture", "hostile"])
@pytest.mark.filterwarnings("ignore")  # of the reader's own
def test_elan_reads_the_tiers(talk: Transcript, tmp_path: Path) -> None:
    file = tmp_path / "talk.eaf"
    file.write_text(written("eaf", talk), encoding="utf-8")
    read = Elan.Eaf(str(file))
    for tier in tiers(talk, speakers=True):
        found = sorted(read.get_annotation_data_for_tier(tier.name))
        assert [entry[:3] for entry in found] == [
            (i.start_ms, i.end_ms, i.text) for i in tier.intervals
        ]


def test_tiers_have_neither_overlap_nor_lose_a_word() -> None:
    one, two = (
        spoken("One two three.", 0, speaker="S1"),
        spoken("Four.", 200, number=2, speaker="S1"),
    )
    same = replace(spoken("Five.", 200, number=3, speaker="S2"), end_ms=200)
    talk = replace(
        transcript(one, two, same),
        speakers=(Speaker(id="S1", name="Ada"), Speaker(id="S2", name="Ada")),
    )
    found = tiers(talk, speakers=True)
    assert [tier.name for tier in found] == ["Ada", "Ada: words", "Ada (S2)", "Ada (S2): words"]
    for tier in found:
        ends = [0, *(interval.end_ms for interval in tier.intervals)]
        assert all(
            end <= i.start_ms < i.end_ms for end, i in zip(ends, tier.intervals, strict=False)
        )
    words = " ".join(interval.text for interval in found[1].intervals)
    assert sorted(words.split()) == sorted(["One", "two", "three.", "Four."])


@pytest.mark.parametrize("talk", [lecture(), hostile()], ids=["lecture", "hostile"])
def test_scoring_tools_find_their_fields(talk: Transcript) -> None:
    spoken_words = [w for s in talk.segments for w in words_of(s) if unicode.clean(w.text)]
    rows = [row.split(" ") for row in written("ctm", talk).splitlines()]
    assert [round(float(row[2]) * 1000) for row in rows] == [w.start_ms for w in spoken_words]
    assert {len(row) for row in rows} <= {5, 6}
    rows = [row.split(" ", 6) for row in written("stm", talk).splitlines()]
    assert [round(float(row[4]) * 1000) for row in rows] == [s.end_ms for s in talk.segments]
    assert {row[5] for row in rows} == {"<NA>"}
    texts = [unicode.clean(s.text).replace("{", "[").replace("}", "]") for s in talk.segments]
    assert [row[6] for row in rows] == texts


def test_words_of_people_who_talk_at_once_are_in_the_order_of_time() -> None:
    both = transcript(
        spoken("one two three", speaker="S1"), spoken("Yes.", 300, number=2, speaker="S2")
    )
    starts = [float(row.split(" ")[2]) for row in written("ctm", both).splitlines()]
    assert len(starts) == 4
    assert starts == sorted(starts)


def test_braces_are_no_alternatives_of_stm() -> None:
    row = written("stm", transcript(spoken("set {a / b}"))).strip()
    assert row.endswith("<NA> set [a / b]")


def test_two_tiers_never_have_one_name() -> None:
    talk = transcript(spoken("One.", speaker="S1"), spoken("Two.", 5_000, number=2, speaker="S2"))
    names = (Speaker(id="S1", name="Ann: words"), Speaker(id="S2", name="Ann"))
    found = [tier.name for tier in tiers(replace(talk, speakers=names), speakers=True)]
    assert len(set(found)) == 4


@pytest.mark.parametrize("talk", [lecture(), hostile()], ids=["lecture", "hostile"])
def test_audacity_has_a_label_a_segment(talk: Transcript) -> None:
    rows = [line.split("\t") for line in written("audacity", talk).split("\n")[:-1]]
    assert [(round(float(a) * 1000), round(float(b) * 1000)) for a, b, _ in rows] == [
        (s.start_ms, s.end_ms) for s in talk.segments
    ]
    alone = Segment(id="s1", start_ms=0, end_ms=9, text="\\ 1 2")
    assert not written("audacity", transcript(alone)).split("\t")[2].startswith("\\")


# --- editing -------------------------------------------------------------------------------------


def clips_of(timeline: otio.schema.Timeline) -> Iterator[tuple[int, int]]:
    for clip in timeline.find_clips():
        source = clip.source_range
        yield round(source.start_time.value), round(source.duration.value)


def clips_of_xml(body: str, fps: FrameRate) -> Iterator[tuple[int, int]]:
    for clip in ElementTree.fromstring(body).iter("asset-clip"):
        start, duration = (Fraction(clip.get(n, "").rstrip("s")) for n in ("start", "duration"))
        assert (start * fps.exact).denominator == (duration * fps.exact).denominator == 1
        yield int(start * fps.exact), int(duration * fps.exact)


@pytest.mark.parametrize("fps", RATES.values(), ids=list(RATES))
@pytest.mark.parametrize("name", ["otio", "edl", "fcpxml"])
@pytest.mark.parametrize("talk", [lecture(), hostile()], ids=["lecture", "hostile"])
def test_editing_programs_read_the_cuts(name: str, fps: FrameRate, talk: Transcript) -> None:
    body = written(name, talk, replace(paid(), fps=fps))
    match name:
        case "otio":
            read = otio.adapters.read_from_string(body, "otio_json")
        case "edl":
            read = otio.adapters.read_from_string(body, "cmx_3600", rate=float(fps.exact))
        case _ if fps.exact.denominator == 1:
            read = otio.adapters.read_from_string(body, "fcpx_xml")
        case _:  # the library rounds the rate down, so that its times are others
            read = None
    found = list(clips_of_xml(body, fps) if read is None else clips_of(read))
    parts = paragraphs(talk)
    assert [start for start, _ in found] == [fps.frame(part.start_ms) for part in parts]
    assert [sum(clip) for clip in found] == [fps.frame(part.end_ms) for part in parts]


def test_timelines_have_the_chapters_as_markers() -> None:
    timeline = otio.adapters.read_from_string(written("otio"), "otio_json")
    markers = [marker for clip in timeline.find_clips() for marker in clip.markers]
    assert [marker.name for marker in markers] == TITLES
    assert markers[1].marked_range.start_time.value == 375
    root = ElementTree.fromstring(written("fcpxml"))
    assert [m.get("value") for m in root.iter("marker")] == TITLES


def test_a_chapter_that_no_clip_has_is_at_the_next_clip_or_the_last_frame() -> None:
    starts = (0, 6_000, 10_480, 29_000)
    chapters = tuple(Chapter(start_ms=at, end_ms=at + 1, headline=f"{at}") for at in starts)
    talk = transcript(
        spoken("One.", 5_000, speaker="S1"),
        spoken("Two talk.", 10_000, number=2, speaker="S2"),
        spoken("Three.", 10_400, number=3, speaker="S1"),  # while S2 still talks
    )
    options = replace(paid(), findings=Findings(chapters=chapters))
    timeline = otio.adapters.read_from_string(written("otio", talk, options), "otio_json")
    found = [
        [(m.name, m.marked_range.start_time.value) for m in clip.markers]
        for clip in timeline.find_clips()
    ]
    last_frame = options.fps.frame(paragraphs(talk)[-1].end_ms) - 1
    assert found == [[("0", 125)], [("6000", 250)], [("10480", 262), ("29000", last_frame)]]


@pytest.mark.parametrize("fps", RATES.values(), ids=list(RATES))
def test_time_codes_are_those_of_smpte(fps: FrameRate) -> None:
    exact = float(fps.exact)
    for frame in (0, 1, 1_799, 1_800, 17_981, 17_982, 107_892, 215_999, 3_600 * fps.nominal - 1):
        theirs = otio.opentime.to_timecode(
            otio.opentime.RationalTime(frame, exact), exact, drop_frame=fps.drops
        )
        assert fps.timecode(frame) == theirs


def test_resolve_and_premiere_list_the_markers() -> None:
    lines = [line for line in written("resolve").splitlines() if line.startswith(" |C:")]
    assert [line.count("|") for line in lines] == [4, 3, 3]
    assert lines[0].startswith(" |C:ResolveColorBlue |M:How the alphabet came |D:375 |N:Letters")
    assert "001  AX       V     C        00:00:00:00 00:00:00:01" in written("resolve")
    rows = [line.split("\t") for line in written("premiere").splitlines()]
    assert rows[0][:3] == ["Marker Name", "Description", "In"]
    assert [row[2] for row in rows[1:]] == ["00:00:00:00", "00:00:15:00", "00:00:30:03"]
    assert {len(row) for row in rows} == {6}
    alone = replace(paid(), findings=Findings())
    assert len(written("premiere", hostile(), alone).splitlines()) == 3  # with its heading
    formula = transcript(spoken("=1+1 said nobody."))
    assert written("premiere", formula, alone).splitlines()[1].startswith("'=1+1")


# --- notes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("talk", [lecture(), hostile()], ids=["lecture", "hostile"])
def test_notes_have_properties(talk: Transcript) -> None:
    body = written("obsidian", talk, replace(paid(), title=f"talk {HOSTILE}.mp4"))
    head, _, rest = body.removeprefix("---\n").partition("\n---\n")
    properties = yaml.safe_load(head)
    assert properties["title"] == unicode.clean(f"talk {HOSTILE}.mp4")
    assert str(properties["date"]) == "2026-11-28"
    assert len(properties["speakers"]) == len(talk.speakers)
    assert "#t=0|00:00]] **" in rest
    shown = re.sub(r"\[\[.*?\]\]", "", rest)  # a link's target is no text
    for mark in (" #tag", " %%", " $x"):
        assert mark not in shown


def test_findings_of_the_samples_are_complete() -> None:
    found = findings()
    assert all((found.chapters, found.highlights, found.entities, found.sentiments, found.texts))
    assert io.StringIO(written("json")).readline() == "{\n"
