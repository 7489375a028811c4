"""Transcripts the export tests share, and the command that rewrites the golden files.

python -m tests.exports.samples
"""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from mp4totext.exports.findings import (
    Chapter,
    Entity,
    Findings,
    Highlight,
    Line,
    Place,
    Sentiment,
    Text,
)
from mp4totext.exports.options import ExportOptions
from mp4totext.exports.registry import EXPORTS
from mp4totext.transcript import (
    Coverage,
    CoverageKind,
    Segment,
    Source,
    Speaker,
    Transcript,
    Word,
)

GOLDEN = Path(__file__).with_name("golden")
READ_BACK = {"docx", "pdf"}  # compared by what a reader finds in them, not by bytes
OPTIONS = ExportOptions(title="Writing systems: lecture 2")
SUMMARY = """## Situation

The **alphabet** came to *Greece* [s1]; see [the map](https://example.org).

- Letters changed
  - their shape [s1, s3]
- [ ] Read <i>chapter</i> 2 [s99]

1. Phoenician
2. Greek

> No, it is `not` the same.

| Letter | Name |
|---|---|
| A | Alpha |
"""


def findings() -> Findings:
    """One of each that can be found or written, with markup in the words."""
    opening = Place(start_ms=0, end_ms=13_260, segment_ids=("s1",))
    return Findings(
        chapters=(
            Chapter(
                start_ms=0,
                end_ms=15_000,
                segment_ids=("s1",),
                headline="The alphabet came to Greece.",
                gist="How the alphabet came",
                summary="Letters changed their shape. And <b>why</b> & how.",
            ),
            Chapter(
                start_ms=15_000,
                end_ms=30_123,
                segment_ids=("s2",),
                headline='Is A --> B, "really"?',
                gist='A --> B, <B> & "C"; D=E\\F',
            ),
            Chapter(start_ms=30_123, end_ms=45_000, headline="文字 in Arabic"),
        ),
        highlights=(Highlight(text="writing systems", count=2, rank=0.9, mentions=(opening,) * 6),),
        entities=(
            Entity(start_ms=0, end_ms=900, type="person_name", text="Prof. Ada"),
            Entity(start_ms=19_000, end_ms=20_000, type="person_name", text="Prof. Ada"),
            Entity(start_ms=5_000, end_ms=6_000, type="location", text="Mediterranean"),
        ),
        sentiments=(
            Sentiment(
                start_ms=0,
                end_ms=1_000,
                segment_ids=("s1",),
                text="Good morning, everyone.",
                sentiment="POSITIVE",
                confidence=0.8,
                speaker="S1",
            ),
        ),
        texts=(
            Text(kind="summary", title="Summary", body=SUMMARY, language="en", provider="acme"),
            german(),
        ),
    )


def german() -> Text:
    """A translation; its last line was not returned."""
    lines = [
        (
            "s1",
            0,
            13_260,
            "S1",
            "Guten Morgen zur zweiten Vorlesung über die Schrift.",
        ),
        ("s2", 15_000, 17_080, "S2", "Ist A --> B dasselbe wie <b>B</b> & C?"),
        ("s3", 19_000, 21_080, "S1", "Nein, das ist wirklich nicht dasselbe."),
        ("s4", 24_000, 33_000, "S1", "Heute geht es um die Regeln für Untertitel."),
    ]
    return Text(
        id="txt_1",
        kind="translate",
        title="Translation",
        language="de",
        body="",
        lines=tuple(
            Line(segment_id=key, start_ms=start, end_ms=end, speaker=speaker, text=text)
            for key, start, end, speaker, text in lines
        ),
    )


def paid() -> ExportOptions:
    """Everything that was found and written, and when."""
    made_at = datetime(2026, 11, 28, 12, 30, tzinfo=UTC)
    return replace(OPTIONS, findings=findings(), made_at=made_at)


def spoken(
    text: str,
    start_ms: int = 0,
    *,
    number: int = 1,
    speaker: str | None = None,
    character_ms: int = 65,
) -> Segment:
    """A segment with a word for each stretch between spaces, at an even pace."""
    words, at = [], start_ms
    for token in text.split():
        end = at + character_ms * len(token)
        words.append(Word(text=token, start_ms=at, end_ms=end, confidence=0.9))
        at = end + character_ms
    return Segment(
        id=f"s{number}",
        start_ms=start_ms,
        end_ms=words[-1].end_ms if words else start_ms,
        text=text,
        words=tuple(words),
        speaker=speaker,
        confidence=0.9,
    )


def transcript(*segments: Segment, language: str | None = "en", tail_ms: int = 2_000) -> Transcript:
    return Transcript(
        duration_ms=max((segment.end_ms for segment in segments), default=0) + tail_ms,
        language=language,
        segments=segments,
    )


def lecture() -> Transcript:
    """Two named speakers and a third, markup in the text, an edit, four scripts, a failed end."""
    opening = spoken(
        "Good morning, everyone, and welcome to the second lecture on the history of writing"
        " systems in the Mediterranean. Today we look at how the alphabet came to Greece,"
        " and why the letters changed their shape.",
        speaker="S1",
    )
    question = spoken(
        "Is A --> B the same as <b>B</b> & C?", 15_000, number=2, speaker="S2", character_ms=80
    )
    heard = spoken("No, it is knot the same thing.", 19_000, number=3, speaker="S1")
    answer = Segment(
        id="s3",
        start_ms=heard.start_ms,
        end_ms=heard.end_ms,
        text="=No, it really is not the same thing.",
        words=heard.words,
        speaker="S1",
        recognised_text=heard.text,
    )
    japanese = Segment(
        id="s4",
        start_ms=24_000,
        end_ms=33_000,
        text="今日は「字幕の規則」について、お話しします。一行は十六文字までで、二行を超えません。",
        speaker="S1",
        language="ja",
    )
    arabic = spoken(
        "مرحبا بالعالم، هذا نص للتجربة في ملف MP4 (رقم 123).", 34_000, number=5, speaker="S3"
    )
    return Transcript(
        duration_ms=45_000,
        language="en",
        language_confidence=0.98,
        segments=(opening, question, answer, japanese, arabic),
        speakers=(
            Speaker(id="S1", name="Prof. Ada"),
            Speaker(id="S2", name="Çağla <3"),
            Speaker(id="S3"),
        ),
        coverage=(
            Coverage(start_ms=0, end_ms=40_000, kind=CoverageKind.SPEECH),
            Coverage(start_ms=40_000, end_ms=45_000, kind=CoverageKind.FAILED, reason="noise"),
        ),
        sources=(
            Source(
                track=1, channel=1, weight=1.0, signal=1, reason="the only channel with a voice"
            ),
            Source(track=1, channel=2, weight=0.0, reason="silent", language="de", title="Room"),
        ),
        engine="moonshine",
        model="base-en",
    )


def write_golden() -> None:
    GOLDEN.mkdir(exist_ok=True)
    for export in EXPORTS.values():
        if export.name not in READ_BACK:
            path = GOLDEN / f"lecture.{export.extension}"
            path.write_bytes(export.render(lecture(), paid()))


if __name__ == "__main__":
    write_golden()
