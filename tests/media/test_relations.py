"""Whose voice a microphone has, from the levels of all microphones."""

import numpy as np
import pytest

from mp4totext.media.relations import Relations, groups_of
from mp4totext.media.survey import FRAME_MS, Survey

SECOND = 1_000 // FRAME_MS


def survey_of(*levels: list[tuple[int, int]]) -> Survey:
    """Of channels, each as (seconds, dB). A voice is wherever it is not -80."""
    rows = np.array(
        [np.concatenate([np.full(s * SECOND, db) for s, db in row]) for row in levels], np.int16
    )
    amplitudes = 10.0 ** (rows / 20)
    return Survey(
        rows=tuple((1, n + 1) for n in range(len(rows))),
        levels=rows,
        voices=np.where(rows > -80, 200, 0).astype(np.uint8),
        products=np.diag((amplitudes**2).mean(axis=1))[None].astype(np.float32),
        peaks=rows,
        clipped=np.zeros(len(rows), np.bool_),
        low=np.zeros(len(rows)),
        echoes=(),
        warnings=(),
    )


def relations_of(survey: Survey) -> Relations:
    """Groups in the order of the channels."""
    return Relations(
        survey, sorted(groups_of(survey, range(len(survey.rows))), key=lambda g: g.rows)
    )


def test_who_speaks_a_second_in_a_minute_has_a_voice_of_their_own() -> None:
    relations = relations_of(
        survey_of(
            [(30, -15), (29, -35), (1, -40)],
            [(30, -35), (29, -15), (1, -40)],
            [(30, -40), (29, -40), (1, -20)],
        )
    )
    assert relations.leading() == [0, 1, 2]
    assert all(relations.apart(a, b) for a, b in ((0, 1), (0, 2), (1, 2)))


def test_microphones_may_be_set_differently() -> None:
    relations = relations_of(
        survey_of([(10, -10), (10, -30), (5, -80)], [(10, -45), (10, -35), (5, -80)])
    )
    assert relations.leading() == [0, 1]
    assert relations.apart(0, 1)


def test_what_only_hears_others_hides_nobody() -> None:
    relations = relations_of(
        survey_of([(10, -15), (10, -40)], [(10, -40), (10, -15)], [(10, -38), (10, -38)])
    )
    assert relations.leading() == [0, 1]


@pytest.mark.parametrize("quieter_db", [0, -6, -25])
def test_two_microphones_of_one_person_are_not_apart(quieter_db: int) -> None:
    one = [(10, -15), (5, -80), (10, -20)]
    relations = relations_of(survey_of(one, [(s, max(-80, db + quieter_db)) for s, db in one]))
    assert not relations.apart(0, 1)
    assert not relations.adds(1, 0)
    assert len(relations.leading()) == 1


def test_two_who_say_one_sentence_each_are_two_people() -> None:
    talker = [(1, -14), (29, -23)]
    sentence = [(1, -22), (1, -24)]  # too short to have a loud half second, as talkers do
    leak = [(1, -29), (29, -38)]
    nothing = [(2, -39)]
    relations = relations_of(
        survey_of(
            [*talker, *nothing, *nothing],
            [*leak, *sentence, *nothing],
            [*leak, *nothing, *sentence],
        )
    )
    assert relations.leading() == [0, 1, 2]
    assert all(relations.apart(a, b) for a, b in ((0, 1), (0, 2), (1, 2)))


def test_two_microphones_of_each_of_two_people_are_not_apart() -> None:
    """Each hears the neighbour as loud as its distance lets it: that tells nothing."""
    levels = [[-15, -40], [-17, -30], [-40, -15], [-28, -18]]
    relations = relations_of(survey_of(*([(20, first), (20, last)] for first, last in levels)))
    assert not relations.apart(0, 1)
    assert not relations.apart(2, 3)
    assert all(relations.apart(a, b) for a in (0, 1) for b in (2, 3))


def test_people_who_talk_at_once_into_two_microphones_are_apart() -> None:
    """Neither is ever much louder than the other, so nothing is said by one of them alone."""
    generator = np.random.default_rng(1)
    first = [(1, int(level)) for level in generator.integers(-20, -13, 40)]
    second = [(1, int(level)) for level in generator.integers(-21, -14, 40)]
    relations = relations_of(survey_of(first, second))
    assert relations.leading() == [0, 1]
    assert relations.apart(0, 1)
    heard_too = [(seconds, level - 6) for seconds, level in first]
    assert not relations_of(survey_of(first, heard_too)).apart(0, 1)


def test_a_voice_is_within_a_mix_of_it_and_not_the_other_way_round() -> None:
    generator = np.random.default_rng(1)
    voice, other = ([(1, int(db)) for db in generator.integers(-30, -12, 20)] for _ in range(2))
    pause = [(20, -80)]
    relations = relations_of(survey_of([*voice, *other], [*voice, *pause], [*pause, *other]))
    assert [relations.within(n, 0) for n in (1, 2)] == [True, True]
    assert [relations.within(0, n) for n in (1, 2)] == [False, False]
    assert not relations.within(1, 2)
    assert not relations.apart(0, 1)
    assert relations.apart(1, 2)
