"""The contract of all speech engines: same audio, same format, same errors."""

import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mp4totext.kit.packages import install_command
from mp4totext.providers import registry
from mp4totext.providers.base import Report, no_report
from mp4totext.providers.errors import (
    ProviderBusy,
    ProviderError,
    ProviderMisconfigured,
    ProviderRejected,
    ProviderUnreachable,
)
from mp4totext.providers.speech.base import SpeechOptions, SpeechRequest, SpeechResult
from mp4totext.providers.speech.table import SPEECH, speech_engine
from mp4totext.settings import EngineSettings, Settings
from mp4totext.transcript import CoverageKind
from tests.conformance.server import Reply
from tests.contracts.speech_setups import BENCHES, Bench, settings_for
from tests.contracts.transcript_rules import broken_rules
from tests.support.speech_samples import file_request, hiss, two_cities
from tests.support.tiny_whisper import make_whisper

OFFSET_MS, LENGTH_MS = 5_000, 20_000
NEEDS_TORCH = {"whisper"}  # its suite is tests/extras/test_whisper.py
HTTP_VENDORS = ["openai", "groq", "assemblyai"]

# AssemblyAI's SDK still uses methods that pydantic 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecatedSince20")


@pytest.fixture(scope="module", params=list(BENCHES))
def bench(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bench]:
    with BENCHES[request.param](tmp_path_factory.mktemp("bench")) as found:
        yield found


@pytest.fixture(scope="module", params=HTTP_VENDORS)
def one_vendor(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bench]:
    with BENCHES[request.param](tmp_path_factory.mktemp("vendor")) as found:
        yield found


@pytest.fixture
def vendor(one_vendor: Bench) -> Bench:
    """A vendor that was not called yet and will answer well."""
    assert one_vendor.server is not None
    one_vendor.server.received.clear()
    one_vendor.server.next.clear()
    return one_vendor


def transcribe(bench: Bench, report: Report = no_report, *, silent: bool = False) -> SpeechResult:
    samples = hiss(LENGTH_MS / 1_000) if silent else two_cities(0, LENGTH_MS)
    if bench.whole_file:
        file = file_request(samples, language="en", media_url="https://media.test/1?signed")
        reference = bench.engine.start(file, report)
        result: SpeechResult = bench.engine.collect(reference, file, report)
        return result
    request = SpeechRequest(
        samples=samples, offset_ms=OFFSET_MS, options=SpeechOptions(language="en")
    )
    windowed: SpeechResult = bench.engine.transcribe(request, report)
    return windowed


def place(bench: Bench) -> tuple[int, int]:
    start = 0 if bench.whole_file else OFFSET_MS
    return start, start + LENGTH_MS


def test_every_row_has_its_bench() -> None:
    assert SPEECH.keys() == BENCHES.keys() | NEEDS_TORCH


def test_the_same_sound_gives_the_same_shape(bench: Bench) -> None:
    start, end = place(bench)
    result = transcribe(bench)
    assert broken_rules(result, start_ms=start, end_ms=end) == []
    assert result.segments
    assert result.language == "en"
    assert result.model
    kinds = {stretch.kind for stretch in result.coverage}
    assert CoverageKind.SPEECH in kinds


def test_progress_moves_on_inside_the_recording(bench: Bench) -> None:
    seen: list[int] = []
    transcribe(bench, seen.append)
    assert seen
    assert all(0 <= done <= LENGTH_MS for done in seen)
    assert seen[-1] == LENGTH_MS


def test_a_cancel_is_felt_within_the_call(bench: Bench) -> None:
    class Cancelled(Exception):
        pass

    def cancel(done_ms: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        transcribe(bench, cancel)


@pytest.mark.parametrize("name", sorted({*HTTP_VENDORS, "modal"}))
def test_a_vendor_without_its_key_says_which_variable(name: str) -> None:
    none = dict.fromkeys(
        ("openai_api_key", "groq_api_key", "assemblyai_api_key", "modal_token_id"), None
    )
    settings = Settings(engines=EngineSettings(**none))
    with pytest.raises(ProviderMisconfigured, match=SPEECH[name].needed_settings[0]):
        speech_engine(name, settings)


def test_a_missing_package_says_which_command() -> None:
    row = SPEECH["whisper"]
    assert registry.missing(row, Settings()) == (
        f"whisper, torch is not installed: {install_command(*row.install)}"
    )


@pytest.mark.parametrize("name", ["openai", "groq"])
def test_silence_is_not_paid_for_by_the_window(name: str, tmp_path: Path) -> None:
    with BENCHES[name](tmp_path) as vendor:
        assert vendor.server is not None
        result = transcribe(vendor, silent=True)
        assert result.segments == ()
        assert vendor.server.received == []


def failure(bench: Bench) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        transcribe(bench)
    whole = "".join(traceback.format_exception(caught.value))
    assert not [secret for secret in bench.secrets if secret in whole]
    assert caught.value.provider == bench.name
    return caught.value


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, ProviderRejected),
        (401, ProviderMisconfigured),
        (402, ProviderMisconfigured),
        (403, ProviderMisconfigured),
        (404, ProviderRejected),
        (413, ProviderRejected),
        (422, ProviderRejected),
        (429, ProviderBusy),
        (500, ProviderUnreachable),
        (502, ProviderUnreachable),
        (503, ProviderUnreachable),
    ],
)
def test_each_status_means_the_same_everywhere(
    vendor: Bench, status: int, kind: type[ProviderError]
) -> None:
    assert vendor.server is not None
    said = f"no, not with {vendor.secrets[0]}"
    vendor.server.fail(Reply(status=status, body={"error": {"message": said}, "message": said}))
    error = failure(vendor)
    assert type(error) is kind
    assert error.code
    assert error.retryable is (kind in (ProviderBusy, ProviderUnreachable))


def test_a_rejection_is_readable_and_keeps_the_code(vendor: Bench) -> None:
    assert vendor.server is not None
    body: dict[str, Any] = {"message": "The sound is too short.", "code": "too_short"}
    if vendor.name != "assemblyai":
        body = {"error": body}
    vendor.server.fail(Reply(status=400, body=body))
    error = failure(vendor)
    assert "The sound is too short." in error.message
    assert error.code == "too_short"


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_vendors_pause_is_kept(vendor: Bench, status: int) -> None:
    assert vendor.server is not None
    body = {"error": "slow down"}
    vendor.server.fail(Reply(status=status, body=body, headers={"Retry-After": "7"}))
    error = failure(vendor)
    assert isinstance(error, ProviderBusy)
    assert error.retry_after_s == 7


def test_retries_are_the_jobs(vendor: Bench) -> None:
    assert vendor.server is not None
    vendor.server.fail(Reply(status=500, body={}))
    failure(vendor)
    assert len(vendor.server.received) == 1


def test_a_wrong_key_is_the_operators_problem(vendor: Bench) -> None:
    assert vendor.server is not None
    said = f"Incorrect API key provided: {vendor.secrets[0]}"
    vendor.server.fail(Reply(status=401, body={"error": said}))
    assert isinstance(failure(vendor), ProviderMisconfigured)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=b"<html>not JSON</html>"),
        Reply(body=b'{"text": "it was'),
        Reply(body=b"[1, 2]"),
        Reply(body=b"\xff\xfe"),
        Reply(body={"text": "it was the best of times"}, cut_at=5),
    ],
    ids=["html", "cut-json", "list", "not-utf-8", "cut-connection"],
)
def test_an_answer_that_cannot_be_read_is_tried_again(vendor: Bench, reply: Reply) -> None:
    assert vendor.server is not None
    vendor.server.fail(reply)
    assert isinstance(failure(vendor), ProviderUnreachable)


def test_a_vendor_that_is_slow_or_gone_is_tried_again(vendor: Bench) -> None:
    assert vendor.server is not None
    vendor.server.fail(Reply(body={}, after_s=1.6))
    slow = failure(vendor)
    assert isinstance(slow, ProviderUnreachable)
    assert slow.code == "timeout"


@pytest.mark.parametrize("name", HTTP_VENDORS)
def test_a_vendor_that_cannot_be_reached(name: str, tmp_path: Path) -> None:
    with BENCHES[name](tmp_path) as bench:
        assert bench.server is not None
        bench.server.stop()
        error = failure(bench)
        assert isinstance(error, ProviderUnreachable)
        assert error.code == "connection"


def test_a_local_engine_without_its_model_is_not_available(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, faster_whisper_model="base")
    row = SPEECH["faster-whisper"]
    reason = registry.missing(row, settings)
    assert reason is not None
    assert "mp4totext models pull faster-whisper:base" in reason
    assert "faster-whisper" not in registry.available(SPEECH, settings)
    make_whisper(tmp_path / "models" / "faster-whisper" / "mine")
    assert registry.missing(row, settings, model="mine") is None  # a request may name another
    assert registry.missing(row, settings, model="../mine") is not None
