"""A name that is public when it is checked and private when it is reached (DNS rebinding)."""

import subprocess

import pytest

from tests.support.rebinding import HOSTS, PRIVATE, PUBLIC, USERS, Rebinding, run_inside
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


@pytest.mark.parametrize("host", [*HOSTS, *USERS, "5 hops", "30 hops", "a name that changes"])
def test_no_redirect_leads_a_download_to_the_private_side(rebinding: Rebinding, host: str) -> None:
    # Wide digits in a Location header are not read as digits.
    refused = "address_refused" if host.isascii() else "source_unreachable"
    assert rebinding.outcomes[f"redirected {host}"] == refused


@pytest.mark.parametrize("host", [*HOSTS, *USERS])
def test_no_spelling_of_a_private_address_gets_a_webhook(rebinding: Rebinding, host: str) -> None:
    assert rebinding.outcomes[f"webhook given {host}"] == "webhook_refused"
    assert rebinding.outcomes[f"webhook redirected {host}"] == "webhook_refused"


def test_redirects_between_public_addresses_are_followed(rebinding: Rebinding) -> None:
    for name in ("a public one", "30 hops to a public one"):
        assert rebinding.outcomes[f"redirected {name}"] == "fetched"


def test_slow_redirects_have_one_time_limit_together(rebinding: Rebinding) -> None:
    assert rebinding.outcomes["slow hops"] == "download_too_slow"


@pytest.mark.parametrize("host", ["0-office-open.test", *HOSTS])
def test_the_private_side_would_have_answered(rebinding: Rebinding, host: str) -> None:
    assert rebinding.outcomes[f"allowed {host}"] in PRIVATE.values()
