"""A name that is public when it is checked and private when it is reached (DNS rebinding)."""

import subprocess

import pytest

from tests.support.rebinding import PRIVATE, PUBLIC, Rebinding, run_inside
from tests.support.servers import ProgramMissing

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def rebinding(tmp_path_factory: pytest.TempPathFactory) -> Rebinding:
    try:
        return run_inside(tmp_path_factory.mktemp("rebinding"))
    except ProgramMissing as missing:
        pytest.skip(str(missing))
    except subprocess.CalledProcessError as error:
        if b"unshare: " not in error.stderr:
            raise AssertionError(error.stderr.decode()) from error
        pytest.skip(f"namespaces are not permitted: {error.stderr.decode()}")


def test_no_request_reaches_the_private_side(rebinding: Rebinding) -> None:
    assert set(rebinding.requests) == {PUBLIC}
    assert set(rebinding.answers) == {PUBLIC, *PRIVATE.values()}


def test_the_public_side_is_reached_before(rebinding: Rebinding) -> None:
    assert rebinding.requests[PUBLIC] > 9
    assert rebinding.outcomes["download 2 talk.wav"] == "fetched"


def test_the_user_reads_that_the_address_is_refused(rebinding: Rebinding) -> None:
    for name in ("download 1 talk.wav", "download 2 away.wav"):
        assert rebinding.outcomes[name] == "address_refused"
    for side in PRIVATE:
        codes = [rebinding.outcomes[f"webhook 2 {side} {repeat}"] for repeat in range(4)]
        assert codes == ["webhook_unanswered"] * 2 + ["webhook_refused"] * 2


def test_the_private_side_would_have_answered(rebinding: Rebinding) -> None:
    assert rebinding.outcomes["allowed reached"] == "1"
