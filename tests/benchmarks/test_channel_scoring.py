"""Whether a word of a call counts as lost, doubled, or added by the engine."""

from benchmarks.channel_scenes import Said
from benchmarks.channel_scoring import score
from mp4totext.transcript import Word

SAID = (
    Said(person=0, start_ms=1_000, end_ms=3_000, text="having been a shop boy"),
    Said(person=1, start_ms=3_500, end_ms=5_500, text="tear down the fence"),
)


def written(text: str, start_ms: int, end_ms: int) -> list[Word]:
    texts = text.split()
    each_ms = (end_ms - start_ms) // len(texts)
    return [
        Word(text=word, start_ms=start_ms + n * each_ms, end_ms=start_ms + (n + 1) * each_ms)
        for n, word in enumerate(texts)
    ]


def test_another_spelling_of_a_sound_is_neither_lost_nor_doubled() -> None:
    result = score(written("Having been a shop-boy.", 1_000, 3_000), SAID, 0)
    assert (result.words, result.missing, result.doubled, result.added) == (5, frozenset(), (), ())


def test_a_word_with_nothing_in_its_place_is_missing() -> None:
    assert score(written("having a shop boy", 1_000, 3_000), SAID, 0).missing == {(0, 1)}
    assert score([], SAID, 1).missing == {(0, n) for n in range(4)}


def test_a_word_that_another_says_near_in_time_is_doubled() -> None:
    result = score(written("having been a tear shop boy", 1_500, 3_500), SAID, 0)
    assert (result.missing, result.doubled, result.added) == (frozenset(), ("tear",), ())


def test_a_misheard_leak_is_doubled_where_its_channel_is_silent() -> None:
    words = [*written("having been a shop boy", 1_000, 3_000), *written("dawn", 4_900, 5_300)]
    assert score(words, SAID, 0).doubled == ("dawn",)


def test_other_words_are_the_engines_own() -> None:
    words = [
        *written("having so been a shop boy", 1_000, 3_000),
        *written("yes", 8_000, 8_300),  # nobody speaks
    ]
    assert score(words, SAID, 0).added == ("yes", "so")


def test_a_word_a_little_away_from_its_sentence_belongs_to_it() -> None:
    words = [*written("having", 100, 300), *written("been a shop boy", 1_400, 3_000)]
    result = score(words, SAID, 0)
    assert (result.missing, result.doubled, result.added) == (frozenset(), (), ())
