"""The measurement of chapters, on texts that are always available."""

from benchmarks.eval_texts import Score, joined, pages, wrong_quotes


def test_pages_are_minutes_of_prose_on_topics_of_their_own() -> None:
    made = pages()
    assert len(made) == 12
    for name, topic in made.items():
        assert topic[-1].end_ms > 90_000, name
        assert not any("\n" in one.text for one in topic)


def test_changes_between_pages_are_found_and_summaries_verbatim() -> None:
    topics = list(pages().values())
    made, borders = joined(topics)
    assert len(borders) == len(topics) - 1
    assert all(one in {segment.start_ms for segment in made.segments} for one in borders)
    score = Score()
    score.add(made, borders)
    assert score.found >= 0.6 * score.changes
    assert score.right >= 0.6 * score.set
    assert wrong_quotes(topics) == 0
