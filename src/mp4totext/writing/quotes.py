"""A sentence as a quote."""

from mp4totext.writing.results import Quote, Sentence


def quote(sentence: Sentence) -> Quote:
    return Quote(
        segment_ids=sentence.segment_ids,
        start_ms=sentence.start_ms,
        end_ms=sentence.end_ms,
        text=sentence.text,
        speaker=sentence.speaker,
    )
