"""Lazy tables of engines and vendors: nothing is imported until it is used.

To add one: its file, its row here, its settings. See CONTRIBUTING.
"""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from threading import Lock
from typing import Any

from mp4totext.providers import model_files
from mp4totext.providers.diarization.base import DiarizationCapabilities, Diarizer
from mp4totext.providers.errors import ProviderMisconfigured, ProviderUnsupported
from mp4totext.providers.search.base import SearchCapabilities, WebSearch
from mp4totext.providers.speech.base import (
    ALL_LANGUAGES,
    FileSpeechToText,
    HearsLanguage,
    HearsLive,
    SpeechCapabilities,
    SpeechToText,
)
from mp4totext.providers.speech.languages import HEARD_LANGUAGES
from mp4totext.providers.text import capabilities as text
from mp4totext.providers.text.base import TextCapabilities, TextModel, TextModelFacts
from mp4totext.providers.text.models import UNKNOWN, served_facts
from mp4totext.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Where a provider is and what it needs before it can be built."""

    title: str
    factory: str  # "module:function", called with Settings
    capabilities: Any  # the kind's own capabilities class
    modules: tuple[str, ...] = ()  # importable names it needs
    install: str = ""  # the command that adds them
    settings: tuple[str, ...] = ()  # environment variables it needs, e.g. "OPENAI_API_KEY"
    settings_present: Callable[[Settings], bool] = lambda _settings: True
    # Why a local model (None: the one the settings name) is not there, with the command.
    model_missing: Callable[[Settings, str | None], str | None] = lambda _settings, _model: None
    # Limits of models that ``capabilities`` does not name, where settings give them.
    served: Callable[[Settings], TextModelFacts] | None = None


def _has_modal_token(settings: Settings) -> bool:
    engines = settings.engines
    return engines.modal_token_id is not None and engines.modal_token_secret is not None


SPEECH: Mapping[str, Entry] = {
    "moonshine": Entry(
        title="Moonshine tiny, English, bundled",
        factory="mp4totext.providers.speech.moonshine:build",
        capabilities=SpeechCapabilities(languages=frozenset({"en"}), live=True),
        modules=("onnxruntime", "moonshine_voice"),
        install="pip install moonshine-voice==0.1.0",
    ),
    "faster-whisper": Entry(
        title="Whisper through CTranslate2, on this machine",
        factory="mp4totext.providers.speech.faster_whisper:build",
        capabilities=SpeechCapabilities(
            languages=HEARD_LANGUAGES,
            vocabulary=True,
            translate_to_english=True,
            detects_language=True,
        ),
        modules=("faster_whisper",),
        install="pip install faster-whisper==1.2.1",
        model_missing=model_files.faster_whisper_missing,
    ),
    "whisper": Entry(
        title="OpenAI's Whisper through PyTorch, on this machine",
        factory="mp4totext.providers.speech.whisper:build",
        capabilities=SpeechCapabilities(
            languages=HEARD_LANGUAGES,
            vocabulary=True,
            translate_to_english=True,
            detects_language=True,
        ),
        modules=("whisper", "torch"),
        install="pip install 'mp4totext[whisper]'",
        model_missing=model_files.whisper_missing,
    ),
    "openai": Entry(
        title="OpenAI audio API",
        factory="mp4totext.providers.speech.openai:build",
        capabilities=SpeechCapabilities(
            languages=HEARD_LANGUAGES,
            vocabulary=True,
            translate_to_english=True,
            max_bytes=25_000_000,
        ),
        modules=("openai",),
        install="pip install 'mp4totext[openai]'",
        settings=("OPENAI_API_KEY",),
        settings_present=lambda settings: settings.engines.openai_api_key is not None,
    ),
    "groq": Entry(
        title="Groq audio API",
        factory="mp4totext.providers.speech.groq:build",
        capabilities=SpeechCapabilities(
            languages=HEARD_LANGUAGES,
            vocabulary=True,
            translate_to_english=True,
            max_bytes=25_000_000,
        ),
        modules=("groq",),
        install="pip install 'mp4totext[groq]'",
        settings=("GROQ_API_KEY",),
        settings_present=lambda settings: settings.engines.groq_api_key is not None,
    ),
    "assemblyai": Entry(
        title="AssemblyAI, with speech understanding and LLM Gateway",
        factory="mp4totext.providers.speech.assemblyai:build",
        capabilities=SpeechCapabilities(
            languages=HEARD_LANGUAGES,
            vocabulary=True,
            diarization=True,
            features={
                "sentiment_analysis": frozenset({"en"}),
                "auto_chapters": frozenset({"en"}),
                "auto_highlights": frozenset({"en"}),
                "entity_detection": frozenset({ALL_LANGUAGES}),
            },
            llm_gateway=True,
            whole_file=True,
            max_bytes=2_200_000_000,  # of what we upload: sound only
            max_duration_ms=10 * 3_600_000,
        ),
        modules=("assemblyai",),
        install="pip install 'mp4totext[assemblyai]'",
        settings=("ASSEMBLYAI_API_KEY",),
        settings_present=lambda settings: settings.engines.assemblyai_api_key is not None,
    ),
    "modal": Entry(
        title="faster-whisper and pyannote on a GPU at Modal",
        factory="mp4totext.providers.speech.modal:build",
        capabilities=SpeechCapabilities(
            languages=HEARD_LANGUAGES,
            vocabulary=True,
            translate_to_english=True,
            diarization=True,
            whole_file=True,
        ),
        modules=("modal",),
        install="pip install 'mp4totext[modal]'",
        settings=("MODAL_TOKEN_ID", "MODAL_TOKEN_SECRET"),
        settings_present=_has_modal_token,
    ),
}

DIARIZATION: Mapping[str, Entry] = {
    "local": Entry(
        title="Two networks of pyannote's community-1, and clustering; bundled",
        factory="mp4totext.providers.diarization.local:build",
        capabilities=DiarizationCapabilities(overlap=True),
        modules=("kaldi_native_fbank", "moonshine_voice", "onnxruntime"),
        install="pip install --no-deps kaldi-native-fbank onnxruntime moonshine-voice==0.1.0",
    ),
    "channels": Entry(
        title="One speaker a channel, for telephone recordings; bundled",
        factory="mp4totext.providers.diarization.channels:build",
        capabilities=DiarizationCapabilities(needs_channels=True),
    ),
    "pyannote": Entry(
        title="pyannote, on this machine",
        factory="mp4totext.providers.diarization.pyannote:build",
        capabilities=DiarizationCapabilities(overlap=True),
        modules=("pyannote", "torch"),
        install="pip install torch, then pip install 'pyannote.audio>=4'",
    ),
    "modal": Entry(
        title="pyannote on a GPU at Modal",
        factory="mp4totext.providers.diarization.modal:build",
        capabilities=DiarizationCapabilities(overlap=True),
        modules=("modal",),
        install="pip install 'mp4totext[modal]'",
        settings=("MODAL_TOKEN_ID", "MODAL_TOKEN_SECRET"),
        settings_present=_has_modal_token,
    ),
}

TEXT: Mapping[str, Entry] = {
    "gemini": Entry(
        title="Google Gemini",
        factory="mp4totext.providers.text.gemini:build",
        capabilities=text.GEMINI,
        modules=("google.genai",),
        install="pip install 'mp4totext[gemini]'",
        settings=("GEMINI_API_KEY",),
        settings_present=lambda settings: settings.engines.gemini_api_key is not None,
    ),
    "openai": Entry(
        title="OpenAI",
        factory="mp4totext.providers.text.openai:build",
        capabilities=text.OPENAI,
        modules=("openai",),
        install="pip install 'mp4totext[openai]'",
        settings=("OPENAI_API_KEY",),
        settings_present=lambda settings: settings.engines.openai_api_key is not None,
    ),
    "groq": Entry(
        title="Groq",
        factory="mp4totext.providers.text.groq:build",
        capabilities=text.GROQ,
        modules=("groq",),
        install="pip install 'mp4totext[groq]'",
        settings=("GROQ_API_KEY",),
        settings_present=lambda settings: settings.engines.groq_api_key is not None,
    ),
    "together": Entry(
        title="Together AI",
        factory="mp4totext.providers.text.together:build",
        capabilities=text.TOGETHER,
        modules=("openai",),
        install="pip install 'mp4totext[together]'",
        settings=("TOGETHER_API_KEY",),
        settings_present=lambda settings: settings.engines.together_api_key is not None,
    ),
    "openai-compatible": Entry(
        title="Your own server: Ollama, vLLM, llama.cpp",
        factory="mp4totext.providers.text.openai_compatible:build",
        capabilities=text.OPENAI_COMPATIBLE,
        modules=("openai",),
        install="pip install 'mp4totext[openai]'",
        settings=("OPENAI_COMPATIBLE_BASE_URL",),
        settings_present=lambda settings: settings.engines.openai_compatible_base_url is not None,
        served=served_facts,
    ),
}

SEARCH: Mapping[str, Entry] = {
    "tavily": Entry(
        title="Tavily web search",
        factory="mp4totext.providers.search.tavily:build",
        capabilities=SearchCapabilities(most_results=20),
        modules=("tavily",),
        install="pip install 'mp4totext[tavily]'",
        settings=("TAVILY_API_KEY",),
        settings_present=lambda settings: settings.engines.tavily_api_key is not None,
    ),
}


def missing(entry: Entry, settings: Settings, *, model: str | None = None) -> str | None:
    """Why a provider cannot be used here, with the command or variable that adds it; or None.

    ``model``: the one a request names; None is the one the settings name.
    """
    return _unbuildable(entry, settings) or entry.model_missing(settings, model)


def _unbuildable(entry: Entry, settings: Settings) -> str | None:
    absent = [name for name in entry.modules if not _importable(name)]
    if absent:
        return f"{', '.join(absent)} is not installed: {entry.install}"
    if not entry.settings_present(settings):
        return f"set {' and '.join(entry.settings)}"
    return None


def _importable(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # the package around it is missing
        return False


def available(table: Mapping[str, Entry], settings: Settings) -> list[str]:
    return [name for name, entry in table.items() if missing(entry, settings) is None]


def speech_capabilities(name: str) -> SpeechCapabilities:
    capabilities: SpeechCapabilities = _entry(SPEECH, name).capabilities
    return capabilities


def speech_engine(name: str, settings: Settings) -> SpeechToText:
    """The engine, loaded once a process. Raises ProviderMisconfigured saying what is missing."""
    engine: SpeechToText = _build("speech", name, settings)
    return engine


def live_engine(name: str, settings: Settings) -> HearsLive:
    """The same for engines with the capability ``live``."""
    engine: HearsLive = _build("speech", name, settings)
    return engine


def file_speech_engine(name: str, settings: Settings) -> FileSpeechToText:
    """The same for engines with the capability ``whole_file``."""
    engine: FileSpeechToText = _build("speech", name, settings)
    return engine


def language_detector(name: str, settings: Settings) -> HearsLanguage:
    """The same for engines with the capability ``detects_language``."""
    engine: HearsLanguage = _build("speech", name, settings)
    return engine


def diarization_capabilities(name: str) -> DiarizationCapabilities:
    capabilities: DiarizationCapabilities = _entry(DIARIZATION, name).capabilities
    return capabilities


def diarizer(name: str, settings: Settings) -> Diarizer:
    built: Diarizer = _build("diarization", name, settings)
    return built


def text_capabilities(name: str) -> TextCapabilities:
    capabilities: TextCapabilities = _entry(TEXT, name).capabilities
    return capabilities


def text_facts(name: str, model: str, settings: Settings) -> TextModelFacts:
    """A model's limits: published, set for one's own server, or small enough for any."""
    entry = _entry(TEXT, name)
    unknown = UNKNOWN if entry.served is None else entry.served(settings)
    return text_capabilities(name).models.get(model, unknown)


def text_model(name: str, settings: Settings) -> TextModel:
    built: TextModel = _build("text", name, settings)
    return built


def web_search(name: str, settings: Settings) -> WebSearch:
    built: WebSearch = _build("search", name, settings)
    return built


TABLES: Mapping[str, Mapping[str, Entry]] = {
    "speech": SPEECH,
    "diarization": DIARIZATION,
    "text": TEXT,
    "search": SEARCH,
}


_BUILDING = Lock()


def _entry(table: Mapping[str, Entry], name: str) -> Entry:
    try:
        return table[name]
    except KeyError:
        known = ", ".join(sorted(table))
        raise ProviderUnsupported(f"{name!r} is not known here: choose one of {known}") from None


def _build(kind: str, name: str, settings: Settings) -> Any:  # the kind's Protocol
    entry = _entry(TABLES[kind], name)
    reason = _unbuildable(entry, settings)  # a request may name a model that is here
    if reason is not None:
        raise ProviderMisconfigured(f"{name}: {reason}", provider=name)
    with _BUILDING:  # two threads that need an engine at once share it
        return _loaded(entry.factory, _Same(settings))


class _Same:
    """Makes Settings a cache key by identity."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.settings is self.settings

    def __hash__(self) -> int:
        return id(self.settings)


@cache
def _loaded(factory: str, same: _Same) -> Any:  # the kind's Protocol
    module, _, function = factory.partition(":")
    return getattr(importlib.import_module(module), function)(same.settings)
