"""Two editors at once: no edit is lost, none applied twice, and all of it can be undone."""

import pytest

from tests.support.slow_tests import one_in
from tests.support.two_editors import TwoEditors, database_in_memory

ROUNDS = 60


@pytest.mark.parametrize("block", one_in(5, range(5)))
def test_two_editors_agree_whatever_they_do(block: int) -> None:
    accepted = conflicts = 0
    with database_in_memory() as database:
        for seed in range(block * ROUNDS, (block + 1) * ROUNDS):
            editors = TwoEditors(database, seed)
            editors.play(steps=8)
            accepted += editors.accepted
            conflicts += editors.conflicts
    assert accepted > 3 * ROUNDS
    assert conflicts > ROUNDS / 5
