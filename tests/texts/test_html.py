"""Texts as HTML: citations become links to their places, quotes are preserved."""

from typing import Any

from mp4totext.texts.html import html_of


def cited(body: str, marker: str, start_ms: int | None, **more: Any) -> dict[str, Any]:
    at = body.index(marker)
    return {
        "transcription_id": "trn_1",
        "segment_ids": ["s1"],
        "start_ms": start_ms,
        "at": at,
        "to": at + len(marker),
    } | more


def test_a_citation_is_a_link_to_its_place() -> None:
    body = "Bread 🍞 is baked [s1, s2]. It rises [s3]."
    citations = [
        cited(body, "[s3]", 3_723_000),
        cited(body, "[s1, s2]", 12_400),
        cited(body, "[s1, s2]", 50_000, transcription_id="trn_2"),  # said there, too
    ]
    assert html_of(body, citations, transcription_id="trn_1") == (
        '<p>Bread 🍞 is baked <a href="r/trn_1?at=12400">0:12</a>.'
        ' It rises <a href="r/trn_1?at=3723000">1:02:03</a>.</p>'
    )


def test_a_citation_without_a_place_is_left_out() -> None:
    body = "Bread [s1]."
    assert html_of(body, [cited(body, "[s1]", None)], transcription_id="trn_1") == "<p>Bread .</p>"


def test_a_quote_keeps_its_words() -> None:
    body = 'He said "warm bread cannot be sliced" twice.'
    quoted = cited(body, '"warm bread cannot be sliced"', 4_000, quote="warm bread", verbatim=True)
    html = html_of(body, [quoted], transcription_id="trn_1")
    assert html == "<p>He said &quot;warm bread cannot be sliced&quot; twice.</p>"


def test_segments_in_brackets_lead_to_the_first_known_one() -> None:
    citations: list[dict[str, Any]] = [
        {"segment_ids": ["s2"], "start_ms": 7_000},
        {"segment_ids": [], "start_ms": None},
    ]
    html = html_of("Bread [s9, s2] and [s8].", citations, transcription_id="trn_1")
    assert html == '<p>Bread <a href="r/trn_1?at=7000">0:07</a> and [s8].</p>'


def test_headings_stand_below_the_title_of_the_page_or_of_the_text() -> None:
    assert html_of("# A", [], transcription_id=None) == "<h2>A</h2>"
    assert html_of("# A", [], transcription_id="trn_1") == "<h3>A</h3>"
