from mp4totext.transcript import Transcript
from mp4totext.writing.extractive.chapters import HEADLINE_CHARACTERS, chapters, shortened
from mp4totext.writing.results import Chapter
from mp4totext.writing.sentences import sentences
from mp4totext.writing.text_index import Script
from tests.support.transcript_builders import TOPICS, talk, transcript

THREE_HOURS_MS = 3 * 3600 * 1000


def made_from(made: Transcript) -> tuple[Chapter, ...]:
    return chapters(sentences(Script(made)))


def test_at_least_sixty_percent_of_topic_changes_are_found_within_thirty_seconds() -> None:
    names = list(TOPICS)
    found = asked = 0
    for shift in range(len(names)):
        made, borders = talk(*names[shift:], *names[:shift])
        starts = [chapter.start_ms for chapter in made_from(made)[1:]]
        assert len(starts) <= 2 * len(borders)  # not by cutting everywhere
        asked += len(borders)
        found += sum(any(abs(at - start) <= 30_000 for start in starts) for at in borders)
    assert found / asked >= 0.6


def test_one_topic_is_one_chapter() -> None:
    assert len(made_from(talk("bread")[0])) == 1


def test_chapters_hold_every_sentence_once_and_quote_verbatim() -> None:
    made, _ = talk("bread", "court", "orbits")
    found = made_from(made)
    assert [key for one in found for key in one.segment_ids] == [one.id for one in made.segments]
    for one in found:
        assert one.start_ms < one.end_ms
        assert one.gist
        assert len(one.headline) <= HEADLINE_CHARACTERS
        assert all(quote.text in made.text for quote in one.quotes)
        assert all(one.start_ms <= quote.start_ms <= one.end_ms for quote in one.quotes)


def test_the_gist_names_the_topic() -> None:
    made, _ = talk("bread", "court")
    first, *_, second = made_from(made)
    assert any(word in first.gist.lower() for word in ("bread", "dough", "loaf", "flour"))
    assert any(word in second.gist.lower() for word in ("tenant", "landlord", "court", "rent"))


def test_empty_and_foreign_transcripts_have_no_chapters() -> None:
    assert made_from(transcript()) == ()
    assert made_from(transcript("Guten Morgen zusammen.", language="de")) == ()


def test_topics_of_three_hours_are_found() -> None:
    made, borders = talk(*(list(TOPICS) * 48))
    assert made.duration_ms > THREE_HOURS_MS
    found = made_from(made)
    starts = [chapter.start_ms for chapter in found]
    hits = sum(any(abs(at - start) <= 30_000 for start in starts) for at in borders)
    assert hits / len(borders) >= 0.6
    assert [key for one in found for key in one.segment_ids] == [one.id for one in made.segments]


def test_shortened_cuts_at_a_word() -> None:
    assert shortened("one two three", 9) == "one two…"
    assert shortened("one", 9) == "one"
