from dataclasses import replace

import pytest

from mp4totext.providers.speech.decoding.sentences import segments_from_words, with_full_stops
from mp4totext.transcript import Segment, Word


def _segments(text: str, *, gaps: dict[int, int] | None = None) -> tuple[Segment, ...]:
    at, words = 0, []
    for n, word in enumerate(text.split()):
        at += (gaps or {}).get(n, 0)
        words.append(Word(text=word, start_ms=at, end_ms=at + 300, confidence=0.5))
        at += 350
    return segments_from_words(words)


def _texts(text: str, *, gaps: dict[int, int] | None = None) -> list[str]:
    return [segment.text for segment in _segments(text, gaps=gaps)]


def test_sentences_end_at_their_punctuation() -> None:
    assert _texts('He said "no." Then he left. Why? 3 days passed.') == [
        'He said "no."',
        "Then he left.",
        "Why?",
        "3 days passed.",
    ]


def test_titles_and_initials_do_not_end_a_sentence() -> None:
    assert _texts("I saw Mr. Hale and J. Smith there.") == ["I saw Mr. Hale and J. Smith there."]


def test_a_lone_no_is_a_sentence() -> None:
    assert _texts("No. Never again. Not so, no. Fine.") == [
        "No.", "Never again.", "Not so, no.", "Fine.",
    ]  # fmt: skip


def test_a_long_pause_ends_a_segment() -> None:
    assert _texts("and so we went on", gaps={3: 2_000}) == ["and so we", "went on"]


def test_speech_without_punctuation_is_cut_before_it_grows_too_long() -> None:
    segments = _segments("word " * 300)
    assert max(s.end_ms - s.start_ms for s in segments) <= 30_000
    assert sum(len(s.words) for s in segments) == 300


def test_segments_carry_times_confidence_and_ids() -> None:
    first, second = _segments("Hello there. Bye.")
    assert (first.id, first.start_ms, first.end_ms, first.confidence) == ("s1", 0, 650, 0.5)
    assert second.id == "s2"


def test_no_words_give_no_segments() -> None:
    assert segments_from_words([]) == ()


@pytest.mark.parametrize(
    ("pause_ms", "text"),
    [(1_300, "of a shop-boy. Lobsters are red"), (1_100, "of a shop-boy Lobsters are red")],
)
def test_a_capital_after_a_long_pause_begins_a_sentence(pause_ms: int, text: str) -> None:
    words = [
        Word(text=word, start_ms=n * 300 + (pause_ms if n > 2 else 0), end_ms=0)
        for n, word in enumerate(["of", "a", "shop-boy", "Lobsters", "are", "red"])
    ]
    spoken = [replace(word, end_ms=word.start_ms + 300) for word in words]
    stopped = with_full_stops(spoken)
    assert " ".join(word.text for word in stopped) == text
    assert [word.start_ms for word in stopped] == [word.start_ms for word in spoken]
    assert with_full_stops([]) == []
