from datetime import date

import pytest

from mp4totext.providers.errors import ProviderMisconfigured
from mp4totext.providers.retirement import Retirement, refuse_retired

ENDS = Retirement(on=date(2027, 1, 6), replacement="brush-2")


def test_a_model_works_until_its_last_day() -> None:
    refuse_retired("acme", "brush-1", ENDS, today=date(2027, 1, 5))
    refuse_retired("acme", "brush-1", None, today=date(2037, 1, 5))


def test_after_its_end_the_replacement_is_named_and_not_taken() -> None:
    with pytest.raises(ProviderMisconfigured, match=r"'brush-1'.*'brush-2'") as refused:
        refuse_retired("acme", "brush-1", ENDS, today=date(2027, 1, 6))
    assert refused.value.code == "model_retired"
