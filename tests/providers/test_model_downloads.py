"""Downloads of models from a hub with the public one's API."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mp4totext.providers import model_downloads
from mp4totext.providers.base import no_report
from mp4totext.providers.errors import (
    ProviderMisconfigured,
    ProviderRejected,
    ProviderUnreachable,
    ProviderUnsupported,
)
from mp4totext.providers.onnx_models import DEFAULT, ONNX_MODELS
from mp4totext.providers.speech.base import SpeechOptions, SpeechRequest
from mp4totext.providers.speech.table import speech_engine
from mp4totext.settings import AppSettings, EngineSettings, Settings
from tests.conformance.hub import Hub
from tests.conformance.server import Reply, Server, running
from tests.support.speech_samples import two_cities
from tests.support.tiny_parakeet import make_parakeet
from tests.support.tiny_whisper import make_whisper

REPOSITORY = "Systran/faster-whisper-tiny"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_whisper(tmp_path_factory.mktemp("hub") / "tiny")
    (folder / "README.md").write_text("not needed")
    return folder


@pytest.fixture
def hub(source: Path) -> Iterator[Server]:
    with running(Hub({REPOSITORY: source, "someone/plain": source.parent})) as server:
        yield server


def settings_for(folder: Path, hub: Server) -> Settings:
    return Settings(
        app=AppSettings(app_env="test", data_dir=folder),
        engines=EngineSettings(
            models_dir=None, hf_endpoint=hub.url, hf_token=None, faster_whisper_model="tiny"
        ),
    )


def test_a_pulled_model_transcribes(tmp_path: Path, hub: Server, source: Path) -> None:
    settings = settings_for(tmp_path, hub)
    download = model_downloads.find("faster-whisper:tiny", settings)
    wanted = {path.name for path in source.iterdir()} - {"README.md"}
    assert {file.name for file in download.files} == wanted
    assert download.size_bytes == sum((source / name).stat().st_size for name in wanted)

    seen: list[tuple[int, int]] = []
    model = model_downloads.pull(download, settings, lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen)
    assert seen[-1] == (download.size_bytes, download.size_bytes)
    assert model.reference == "faster-whisper:tiny"
    assert model.size_bytes == download.size_bytes
    assert {path.name for path in model.path.iterdir()} == wanted
    assert model_downloads.installed(settings) == [model]

    engine = speech_engine("faster-whisper", settings)
    result = engine.transcribe(
        SpeechRequest(samples=two_cities(), options=SpeechOptions(model="tiny")), no_report
    )
    assert result.segments


def test_models_of_another_engine_are_pulled_from_their_repositories(tmp_path: Path) -> None:
    source = make_parakeet(tmp_path / "hub" / "parakeet")
    (source / "encoder-model.onnx").write_bytes(b"the full weights, which are not fetched")
    repository = ONNX_MODELS[DEFAULT].repository
    with running(Hub({repository: source})) as server:
        settings = settings_for(tmp_path, server)
        download = model_downloads.find(f"onnx-asr:{DEFAULT}", settings)
        model = model_downloads.pull(download, settings, lambda done, total: None)
    assert model.reference == f"onnx-asr:{DEFAULT}"
    assert {path.name for path in model.path.iterdir()} == {
        "config.json",
        "vocab.txt",
        "encoder-model.int8.onnx",
        "decoder_joint-model.int8.onnx",
    }
    assert model_downloads.installed(settings) == [model]
    engine = speech_engine("onnx-asr", settings)
    assert engine.transcribe(SpeechRequest(samples=two_cities()), no_report).segments


def test_a_second_pull_replaces_the_first(tmp_path: Path, hub: Server) -> None:
    settings = settings_for(tmp_path, hub)
    download = model_downloads.find("faster-whisper:tiny", settings)
    first = model_downloads.pull(download, settings, lambda done, total: None)
    (first.path / "old").write_text("left over")
    again = model_downloads.pull(download, settings, lambda done, total: None)
    assert not (again.path / "old").exists()
    assert [path.name for path in again.path.parent.iterdir()] == ["tiny"]


def test_a_damaged_file_is_noticed_and_nothing_stays(tmp_path: Path, hub: Server) -> None:
    settings = settings_for(tmp_path, hub)
    download = model_downloads.find("faster-whisper:tiny", settings)
    assert isinstance(hub.vendor, Hub)
    for name in ("model.bin", "config.json"):  # one with a SHA-256, one that git names
        hub.vendor.damaged = {name}
        with pytest.raises(ProviderUnreachable, match="damaged") as caught:
            model_downloads.pull(download, settings, lambda done, total: None)
        assert caught.value.code == "checksum"
        assert model_downloads.installed(settings) == []
        assert list((settings.models_dir / "faster-whisper").iterdir()) == []


def test_what_a_hub_may_answer_instead(tmp_path: Path, hub: Server) -> None:
    settings = settings_for(tmp_path, hub)
    with pytest.raises(ProviderRejected, match="has no model 'Systran/faster-whisper-small'"):
        model_downloads.find("faster-whisper:small", settings)
    with pytest.raises(ProviderRejected, match=r"no model\.bin"):
        model_downloads.find("faster-whisper:someone/plain", settings)
    assert isinstance(hub.vendor, Hub)
    hub.vendor.gated = frozenset({REPOSITORY})
    with pytest.raises(ProviderMisconfigured, match="HF_TOKEN"):
        model_downloads.find("faster-whisper:tiny", settings)
    hub.vendor.gated = frozenset()
    hub.fail(Reply(status=500, body={}))
    with pytest.raises(ProviderUnreachable, match="MODELS_DIR"):
        model_downloads.find("faster-whisper:tiny", settings)


def test_no_network_says_what_to_do(tmp_path: Path, hub: Server) -> None:
    nobody = EngineSettings(hf_endpoint="http://127.0.0.1:9", hf_token=None)
    settings = settings_for(tmp_path, hub).model_copy(update={"engines": nobody})
    with pytest.raises(ProviderUnreachable, match="MODELS_DIR"):
        model_downloads.find("faster-whisper:tiny", settings)


def test_names_that_are_none(tmp_path: Path, hub: Server) -> None:
    settings = settings_for(tmp_path, hub)
    for reference in ("tiny", "faster-whisper:", "other:tiny", ""):
        with pytest.raises(ProviderUnsupported, match="faster-whisper:base"):
            model_downloads.find(reference, settings)
    with pytest.raises(ProviderUnsupported, match="choose one of"):
        model_downloads.find("faster-whisper:huge", settings)


def test_a_removed_model_is_gone(tmp_path: Path, hub: Server) -> None:
    settings = settings_for(tmp_path, hub)
    make_whisper(settings.models_dir / "faster-whisper" / "tiny")
    (settings.models_dir / "whisper").mkdir()
    (settings.models_dir / "whisper" / "base.pt").write_bytes(b"12345")
    assert [m.reference for m in model_downloads.installed(settings)] == [
        "faster-whisper:tiny",
        "whisper:base",
    ]
    copy = settings.models_dir / "whisper-tiny-5-7-r1"  # of speech/whisper_weights.py
    copy.mkdir()
    assert model_downloads.remove("faster-whisper:tiny", settings).name == "tiny"
    assert not copy.exists()
    assert model_downloads.remove("whisper:base", settings).size_bytes == 5
    assert model_downloads.installed(settings) == []
    with pytest.raises(ProviderRejected, match="not installed"):
        model_downloads.remove("faster-whisper:tiny", settings)
