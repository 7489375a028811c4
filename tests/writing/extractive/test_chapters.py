from mp4totext.transcript import Transcript
from mp4totext.writing.extractive.chapters import HEADLINE_CHARACTERS, chapters, shortened
from mp4totext.writing.results import Chapter
from mp4totext.writing.sentences import sentences
from mp4totext.writing.text_index import TextIndex
from tests.support.transcript_builders import TOPICS, talk, transcript

THREE_HOURS_MS = 3 * 3600 * 1000


def chapters_of(sample: Transcript) -> tuple[Chapter, ...]:
    return chapters(sentences(TextIndex(sample)))


def test_at_least_sixty_percent_of_topic_changes_are_found_within_thirty_seconds() -> None:
    names = list(TOPICS)
    found = expected = 0
    for shift in range(len(names)):
        sample, borders = talk(*names[shift:], *names[:shift])
        starts = [chapter.start_ms for chapter in chapters_of(sample)[1:]]
        assert len(starts) <= 2 * len(borders)  # a border everywhere would find all of them
        expected += len(borders)
        found += sum(any(abs(at - start) <= 30_000 for start in starts) for at in borders)
    assert found / expected >= 0.6


def test_one_topic_is_one_chapter() -> None:
    assert len(chapters_of(talk("bread")[0])) == 1


def test_chapters_hold_every_sentence_once_and_quote_verbatim() -> None:
    sample, _ = talk("bread", "court", "orbits")
    results = chapters_of(sample)
    assert [key for chapter in results for key in chapter.segment_ids] == [
        segment.id for segment in sample.segments
    ]
    for chapter in results:
        assert chapter.start_ms < chapter.end_ms
        assert chapter.gist
        assert len(chapter.headline) <= HEADLINE_CHARACTERS
        assert all(quote.text in sample.text for quote in chapter.quotes)
        assert all(chapter.start_ms <= quote.start_ms <= chapter.end_ms for quote in chapter.quotes)


def test_the_gist_names_the_topic() -> None:
    sample, _ = talk("bread", "court")
    first, *_, second = chapters_of(sample)
    assert any(word in first.gist.lower() for word in ("bread", "dough", "loaf", "flour"))
    assert any(word in second.gist.lower() for word in ("tenant", "landlord", "court", "rent"))


def test_empty_and_foreign_transcripts_have_no_chapters() -> None:
    assert chapters_of(transcript()) == ()
    assert chapters_of(transcript("Guten Morgen zusammen.", language="de")) == ()


def test_topics_of_three_hours_are_found() -> None:
    sample, borders = talk(*(list(TOPICS) * 48))
    assert sample.duration_ms > THREE_HOURS_MS
    results = chapters_of(sample)
    starts = [chapter.start_ms for chapter in results]
    hits = sum(any(abs(at - start) <= 30_000 for start in starts) for at in borders)
    assert hits / len(borders) >= 0.6
    assert [key for chapter in results for key in chapter.segment_ids] == [
        segment.id for segment in sample.segments
    ]


def test_shortened_cuts_at_a_word() -> None:
    assert shortened("one two three", 9) == "one two…"
    assert shortened("one", 9) == "one"
