"""A setup for each engine: the engine from the registry, and its fake vendor."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from mp4totext.providers.speech.table import speech_capabilities, speech_engine
from mp4totext.settings import AppSettings, EngineSettings, Settings
from tests.conformance import assemblyai_api, openai_audio, script
from tests.conformance.server import Server, running
from tests.support.speech_samples import two_cities
from tests.support.tiny_parakeet import make_parakeet
from tests.support.tiny_whisper import make_whisper


@dataclass(frozen=True, kw_only=True)
class Bench:
    name: str
    engine: Any  # a SpeechToText or a FileSpeechToText, by its capabilities
    server: Server | None = None  # of HTTP vendors
    secrets: tuple[str, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def whole_file(self) -> bool:
        return speech_capabilities(self.name).whole_file


def settings_for(folder: Path, **engines: Any) -> Settings:
    quick: dict[str, Any] = {
        "vendor_timeout_s": 1.0,
        "vendor_connect_timeout_s": 1.0,
        "vendor_poll_s": 0.01,
        "vendor_wait_s": 30,
        "models_dir": folder / "models",
    }
    return Settings(
        app=AppSettings(app_env="test", data_dir=folder),
        engines=EngineSettings(**(quick | engines)),
    )


@contextmanager
def moonshine(folder: Path) -> Iterator[Bench]:
    yield _bench("moonshine", settings_for(folder))


@contextmanager
def combined(folder: Path) -> Iterator[Bench]:
    make_whisper(folder / "models" / "faster-whisper" / "tiny")
    yield _bench("combined", settings_for(folder, faster_whisper_model="tiny"))


@contextmanager
def faster_whisper(folder: Path) -> Iterator[Bench]:
    make_whisper(folder / "models" / "faster-whisper" / "tiny")
    yield _bench("faster-whisper", settings_for(folder, faster_whisper_model="tiny"))


@contextmanager
def onnx_asr(folder: Path) -> Iterator[Bench]:
    make_parakeet(folder / "models" / "onnx-asr" / "nemo-parakeet-tdt-0.6b-v3")
    yield _bench("onnx-asr", settings_for(folder))


@contextmanager
def openai(folder: Path) -> Iterator[Bench]:
    with running(openai_audio.OpenAIAudio()) as server:
        key = openai_audio.KEY
        settings = settings_for(
            folder, openai_api_key=SecretStr(key), openai_base_url=f"{server.url}/v1"
        )
        yield _bench("openai", settings, server=server, secrets=(key,))


@contextmanager
def groq(folder: Path) -> Iterator[Bench]:
    models = frozenset({"whisper-large-v3", "whisper-large-v3-turbo"})
    with running(openai_audio.OpenAIAudio(prefix="/openai/v1", models=models)) as server:
        key = openai_audio.KEY
        settings = settings_for(folder, groq_api_key=SecretStr(key), groq_base_url=server.url)
        yield _bench("groq", settings, server=server, secrets=(key,))


@contextmanager
def assemblyai(folder: Path, *, wait_s: float = 30) -> Iterator[Bench]:
    with running(assemblyai_api.AssemblyAI()) as server:
        key = assemblyai_api.KEY
        settings = settings_for(
            folder,
            assemblyai_api_key=SecretStr(key),
            assemblyai_base_url=server.url,
            assemblyai_gateway_url=server.url,
            vendor_wait_s=wait_s,
        )
        facts = {"settings": settings}
        yield _bench("assemblyai", settings, server=server, secrets=(key,), facts=facts)


@contextmanager
def modal(folder: Path, *, wait_s: float = 30) -> Iterator[Bench]:
    # Both come with the vendor's own package, which other benches do not need.
    import pytest  # noqa: PLC0415

    from tests.conformance import modal_api  # noqa: PLC0415

    answering = modal_api.ModalApi(run=modal_answer)
    with modal_api.serving(answering) as api, pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODAL_SERVER_URL", api.url)  # the SDK has no other way to be told
        settings = settings_for(
            folder,
            modal_token_id=SecretStr(modal_api.TOKEN_ID),
            modal_token_secret=SecretStr(modal_api.TOKEN_SECRET),
            vendor_wait_s=wait_s,
        )
        secrets = (modal_api.TOKEN_SECRET,)
        facts = {"api": api, "settings": settings}
        bench = _bench("modal", settings, secrets=secrets, facts=facts)
        yield bench
        bench.engine.close()


def modal_answer(order: Mapping[str, Any]) -> str:
    """What the deployed function answers for the recording of every bench."""
    sentences = script.sentences(len(two_cities()) / 16_000)
    return json.dumps(
        {
            "model": order["model"] or "large-v3",
            "language": order["language"] or "en",
            "language_confidence": 0.95,
            "segments": [
                {
                    "start": sentence[0].start_s,
                    "end": sentence[-1].end_s,
                    "text": " " + " ".join(word.text for word in sentence),
                    "words": [
                        {
                            "word": f" {word.text}",
                            "start": word.start_s,
                            "end": word.end_s,
                            "probability": 0.9,
                        }
                        for word in sentence
                    ],
                }
                for sentence in sentences
            ],
            "turns": [
                {"start": s[0].start_s, "end": s[-1].end_s, "speaker": f"SPEAKER_0{1 - n}"}
                for n, s in enumerate(sentences)
            ]
            if order["diarize"]
            else [],
        }
    )


BENCHES: Mapping[str, Callable[[Path], AbstractContextManager[Bench]]] = {
    "combined": combined,
    "moonshine": moonshine,
    "faster-whisper": faster_whisper,
    "onnx-asr": onnx_asr,
    "openai": openai,
    "groq": groq,
    "assemblyai": assemblyai,
    "modal": modal,
}


def _bench(name: str, settings: Settings, **more: Any) -> Bench:
    return Bench(name=name, engine=speech_engine(name, settings), **more)
