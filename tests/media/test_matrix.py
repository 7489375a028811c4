"""Recordings of each kind equal FFmpeg's decode; ``make media`` tests all."""

from pathlib import Path

import pytest

from tests.support.media_matrix import Case, cases, problems_of
from tests.support.slow_tests import one_in

# One layout and one damage of each kind, another for the next.
_ALL = list(cases())
_KINDS = list(dict.fromkeys(case.kind for case in _ALL))
SHARE = [
    (own := [case for case in _ALL if case.kind is kind])[(7 * n + 3) % len(own)]
    for n, kind in enumerate(_KINDS)
]


@pytest.mark.parametrize("case", one_in(4, SHARE), ids=lambda case: case.name)
def test_all_samples_in_order_and_no_false_warning(tmp_path: Path, case: Case) -> None:
    assert problems_of(case, tmp_path) == []
