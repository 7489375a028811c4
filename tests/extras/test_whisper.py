"""The engine ``whisper`` on real PyTorch, with a tiny model made on the spot."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
import whisper

from mp4totext.providers import model_downloads
from mp4totext.providers.base import no_report
from mp4totext.providers.errors import (
    ProviderMisconfigured,
    ProviderUnreachable,
    ProviderUnsupported,
)
from mp4totext.providers.speech.base import SpeechOptions, SpeechRequest
from mp4totext.providers.speech.table import speech_engine
from mp4totext.providers.speech.whisper import Options, Whisper
from mp4totext.transcript import CoverageKind
from tests.conformance.server import Received, Reply, Server, running
from tests.contracts.speech_setups import settings_for
from tests.contracts.transcript_rules import broken_rules
from tests.extras.checkpoints import SAYS, make_checkpoint
from tests.support.service_processes import ROOT
from tests.support.speech_samples import hiss, two_cities

# The package leaves its own vocabulary file to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("models")
    make_checkpoint(home / "whisper" / "tiny.pt")
    make_checkpoint(home / "whisper" / "tiny.en.pt", english=True)
    make_checkpoint(home / "whisper" / "german.pt", language="de")
    (home / "whisper" / "torn.pt").write_bytes(b"no model")
    return home


@pytest.fixture(scope="module")
def engine(home: Path) -> Whisper:
    return Whisper(Options(models_dir=home, model="tiny"))


def test_words_have_times(engine: Whisper) -> None:
    request = SpeechRequest(
        samples=two_cities(), offset_ms=5_000, options=SpeechOptions(language="en")
    )
    seen: list[int] = []
    result = engine.transcribe(request, seen.append)
    assert broken_rules(result, start_ms=5_000, end_ms=25_000) == []
    text = " ".join(segment.text for segment in result.segments)  # cut where there is a pause
    assert text.replace(SAYS.strip(), "").strip() == ""
    assert CoverageKind.SPEECH in {stretch.kind for stretch in result.coverage}
    assert seen == sorted(seen)
    assert seen[-1] == 20_000
    assert json.dumps(asdict(result))


def test_it_comes_from_the_registry(home: Path, tmp_path: Path) -> None:
    settings = settings_for(tmp_path, models_dir=home, whisper_model="tiny")
    built = speech_engine("whisper", settings)
    assert built.transcribe(SpeechRequest(samples=two_cities()), no_report).segments


_THREADS_AFTER = """
import sys
from pathlib import Path
import torch
from mp4totext.providers.base import no_report
from mp4totext.providers.speech.base import SpeechOptions, SpeechRequest
from mp4totext.providers.speech.whisper import Options, Whisper
from tests.support.speech_samples import two_cities

engine = Whisper(Options(models_dir=Path(sys.argv[1]), model="tiny", threads=1))
request = SpeechRequest(samples=two_cities(), options=SpeechOptions(language="en"))
result = engine.transcribe(request, no_report)
print(len(result.segments) > 0, torch.get_num_threads())
"""


def test_a_worker_uses_the_threads_it_is_given(home: Path) -> None:
    """In a new process: what sets them otherwise does so once."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _THREADS_AFTER, str(home)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert done.stdout.split() == ["True", "1"]


def test_a_chunk_is_encoded_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For words and for their times; and the next chunk is not taken for it."""
    loaded: list[Any] = []
    load_model = whisper.load_model

    def load(*arguments: Any, **options: Any) -> Any:
        loaded.append(load_model(*arguments, **options))
        return loaded[0]

    monkeypatch.setattr(whisper, "load_model", load)
    engine = Whisper(Options(models_dir=home, model="tiny"))
    sound = SpeechRequest(samples=two_cities(), options=SpeechOptions(language="en"))
    engine.transcribe(sound, no_report)  # loads it
    sounds: list[torch.Tensor] = []
    loaded[0].encoder.conv1.register_forward_hook(lambda _, given, __: sounds.append(given[0]))
    engine.transcribe(sound, no_report)
    assert len(sounds) >= 2
    assert not any(torch.equal(a, b) for a, b in pairwise(sounds))


def test_silence_is_silence(engine: Whisper) -> None:
    assert engine.transcribe(SpeechRequest(samples=hiss(10)), no_report).segments == ()


def test_detects_the_language(home: Path) -> None:
    engine = Whisper(Options(models_dir=home, model="german"))
    result = engine.transcribe(SpeechRequest(samples=two_cities()), no_report)
    assert result.language == "de"


def test_the_vocabulary_reaches_the_model(engine: Whisper) -> None:
    def texts(*vocabulary: str) -> list[str]:
        request = SpeechRequest(
            samples=two_cities(), options=SpeechOptions(language="en", vocabulary=vocabulary)
        )
        return [segment.text for segment in engine.transcribe(request, no_report).segments]

    assert texts("Ja") != texts()


def test_two_threads_take_turns(engine: Whisper) -> None:
    request = SpeechRequest(samples=two_cities(), options=SpeechOptions(language="en"))
    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(lambda _: engine.transcribe(request, no_report), range(2))
    assert one == two


def test_an_english_model_refuses_what_it_cannot(home: Path) -> None:
    engine = Whisper(Options(models_dir=home, model="tiny.en"))
    assert engine.transcribe(SpeechRequest(samples=two_cities()), no_report).language == "en"
    with pytest.raises(ProviderUnsupported):
        engine.transcribe(
            SpeechRequest(samples=two_cities(), options=SpeechOptions(language="tr")), no_report
        )


def test_a_model_that_is_missing_or_none(home: Path) -> None:
    request = SpeechRequest(samples=two_cities())
    with pytest.raises(ProviderMisconfigured, match="models pull whisper:base"):
        Whisper(Options(models_dir=home, model="base")).transcribe(request, no_report)
    with pytest.raises(ProviderMisconfigured, match=r"\.pt file"):
        Whisper(Options(models_dir=home, model="torn")).transcribe(request, no_report)
    with pytest.raises(ProviderUnsupported):
        Whisper(Options(models_dir=home, model="../whisper/tiny")).transcribe(request, no_report)


class Mirror:
    """Where model files lie under their checksum, as the package expects it."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def answer(self, request: Received) -> Reply:
        return Reply(body=self.data, headers={"content-type": "application/octet-stream"})


@pytest.fixture
def mirror(home: Path) -> Iterator[Server]:
    with running(Mirror((home / "whisper" / "tiny.pt").read_bytes())) as server:
        yield server


def test_a_pulled_model_is_checked(
    mirror: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_for(tmp_path, whisper_download_url=mirror.url, whisper_model="tiny")
    download = model_downloads.find("whisper:tiny", settings)
    assert isinstance(mirror.vendor, Mirror)
    assert download.size_bytes == len(mirror.vendor.data)
    with pytest.raises(ProviderUnreachable, match="checksum"):  # it is not OpenAI's own file
        model_downloads.pull(download, settings, lambda done, total: None)
    assert model_downloads.installed(settings) == []

    sha256 = hashlib.sha256(mirror.vendor.data).hexdigest()
    monkeypatch.setitem(__import__("whisper")._MODELS, "tiny", f"https://m.test/{sha256}/tiny.pt")
    model = model_downloads.pull(
        model_downloads.find("whisper:tiny", settings), settings, lambda done, total: None
    )
    assert model.reference == "whisper:tiny"
    engine = speech_engine("whisper", settings)
    assert engine.transcribe(SpeechRequest(samples=two_cities()), no_report).segments
