"""Converts results to quotes."""

from mp4totext.writing.results import ActionItem, Passage, Quote, Sentence


def quote(result: Sentence | ActionItem | Passage) -> Quote:
    """The result's text, verbatim, with its place and speaker."""
    return Quote(
        segment_ids=result.segment_ids,
        start_ms=result.start_ms,
        end_ms=result.end_ms,
        text=result.text,
        speaker=result.speaker,
    )
