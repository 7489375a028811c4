"""The engines in order of preference, local ones first."""

from mp4totext.providers import model_files, onnx_models, registry
from mp4totext.providers.openai_sdk import GROQ_SDK
from mp4totext.providers.registry import Entry, Table
from mp4totext.providers.speech import audio_models
from mp4totext.providers.speech.audio_models import AudioQuirks
from mp4totext.providers.speech.base import (
    ALL_LANGUAGES,
    FileSpeechToText,
    LiveSpeechToText,
    SpeechCapabilities,
    SpeechToText,
)
from mp4totext.providers.speech.languages import WHISPER_SUBTAGS
from mp4totext.settings import Settings


def _combined_missing(settings: Settings, model: str | None) -> str | None:
    engines = settings.engines
    if engines.faster_whisper_device == "cuda" or "faster-whisper" in settings.gpu_engines:
        return "on a GPU Whisper alone is quicker and better: use faster-whisper"
    return model_files.faster_whisper_missing(settings, model)


_FASTER_WHISPER_OPTIONS = {
    "model": "FASTER_WHISPER_MODEL",
    "device": "FASTER_WHISPER_DEVICE",
    "compute_type": "FASTER_WHISPER_COMPUTE_TYPE",
    "batch_size": "FASTER_WHISPER_BATCH_SIZE",
    "beam_size": "FASTER_WHISPER_BEAM_SIZE",
}

SPEECH: Table[SpeechCapabilities] = {
    "combined": Entry(
        title="Moonshine and Whisper together, bundled",
        factory="mp4totext.providers.speech.combined:build",
        capabilities=SpeechCapabilities(
            languages=WHISPER_SUBTAGS,
            vocabulary=True,
            prompt=True,
            translate_to_english=True,
            qualities=frozenset({"fast", "balanced", "best"}),
        ),
        modules=("onnxruntime", "moonshine_voice", "faster_whisper"),
        install=("faster-whisper==1.2.1", "moonshine-voice==0.1.0"),
        options=_FASTER_WHISPER_OPTIONS,
        model_missing=_combined_missing,
    ),
    "moonshine": Entry(
        title="Moonshine tiny, English, bundled",
        factory="mp4totext.providers.speech.moonshine:build",
        capabilities=SpeechCapabilities(
            languages=frozenset({"en"}),
            vocabulary=True,
            qualities=frozenset({"fast"}),
            live=True,
            bundled=True,
        ),
        modules=("onnxruntime", "moonshine_voice"),
        install=("moonshine-voice==0.1.0",),
    ),
    "faster-whisper": Entry(
        title="Whisper through CTranslate2, on this machine",
        factory="mp4totext.providers.speech.faster_whisper:build",
        capabilities=SpeechCapabilities(
            languages=WHISPER_SUBTAGS,
            vocabulary=True,
            prompt=True,
            translate_to_english=True,
        ),
        modules=("faster_whisper",),
        install=("faster-whisper==1.2.1",),
        options=_FASTER_WHISPER_OPTIONS,
        model_missing=model_files.faster_whisper_missing,
    ),
    "whisper": Entry(
        title="OpenAI's Whisper through PyTorch, on this machine",
        factory="mp4totext.providers.speech.whisper:build",
        capabilities=SpeechCapabilities(
            languages=WHISPER_SUBTAGS,
            vocabulary=True,
            prompt=True,
            translate_to_english=True,
        ),
        modules=("whisper", "torch"),
        install=("mp4totext[whisper]",),
        options={"model": "WHISPER_MODEL", "device": "WHISPER_DEVICE"},
        model_missing=model_files.whisper_missing,
    ),
    onnx_models.ENGINE: Entry(
        title="Parakeet, Canary and GigaAM on ONNX Runtime, on this machine",
        factory="mp4totext.providers.speech.onnx_asr:build",
        capabilities=SpeechCapabilities(languages=onnx_models.LANGUAGES),
        modules=("onnx_asr", "onnxruntime"),
        install=("mp4totext[onnx-asr]",),
        model_missing=onnx_models.onnx_missing,
    ),
    "openai": Entry(
        title="OpenAI audio API",
        vendor="OpenAI",
        factory="mp4totext.providers.speech.audio_api:AudioApiSpeech",
        capabilities=SpeechCapabilities(
            languages=WHISPER_SUBTAGS,
            vocabulary=True,
            prompt=True,
            translate_to_english=True,
            max_bytes=25_000_000,
        ),
        quirks=AudioQuirks(models=audio_models.OPENAI),
        modules=("openai",),
        install=("mp4totext[openai]",),
        key="OPENAI_API_KEY",
        base_url="OPENAI_BASE_URL",
        options={"model": "OPENAI_SPEECH_MODEL"},
    ),
    "groq": Entry(
        title="Groq audio API",
        vendor="Groq",
        factory="mp4totext.providers.speech.audio_api:AudioApiSpeech",
        capabilities=SpeechCapabilities(
            languages=WHISPER_SUBTAGS,
            vocabulary=True,
            prompt=True,
            translate_to_english=True,
            max_bytes=25_000_000,
        ),
        # Its faster model was not trained to translate.
        quirks=AudioQuirks(sdk=GROQ_SDK, translator="whisper-large-v3"),
        modules=("groq",),
        install=("mp4totext[groq]",),
        key="GROQ_API_KEY",
        base_url="GROQ_BASE_URL",
        options={"model": "GROQ_SPEECH_MODEL"},
    ),
    "assemblyai": Entry(
        title="AssemblyAI, with speech understanding and LLM Gateway",
        vendor="AssemblyAI",
        factory="mp4totext.providers.speech.assemblyai:AssemblyAISpeech",
        capabilities=SpeechCapabilities(
            languages=WHISPER_SUBTAGS,
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
            max_bytes=2_200_000_000,  # of the upload, which is sound only
            max_duration_ms=10 * 3_600_000,
        ),
        modules=("assemblyai",),
        install=("mp4totext[assemblyai]",),
        key="ASSEMBLYAI_API_KEY",
        base_url="ASSEMBLYAI_BASE_URL",
        options={
            "models": "ASSEMBLYAI_SPEECH_MODELS",
            "gateway_url": "ASSEMBLYAI_GATEWAY_URL",
            "gateway_model": "ASSEMBLYAI_GATEWAY_MODEL",
        },
    ),
    "modal": Entry(
        title="faster-whisper and pyannote on a GPU at Modal",
        vendor="Modal",
        factory="mp4totext.providers.speech.modal:build",
        capabilities=SpeechCapabilities(
            languages=WHISPER_SUBTAGS,
            vocabulary=True,
            prompt=True,
            translate_to_english=True,
            diarization=True,
            whole_file=True,
        ),
        modules=("modal",),
        install=("mp4totext[modal]",),
        key="MODAL_TOKEN_SECRET",
        needs=("MODAL_TOKEN_ID", "MODAL_TOKEN_SECRET"),
        options={
            "token_id": "MODAL_TOKEN_ID",
            "app": "MODAL_APP_NAME",
            "environment": "MODAL_ENVIRONMENT",
        },
    ),
}


def configured_models(settings: Settings) -> dict[str, tuple[str, tuple[str, ...]]]:
    """By engine of a vendor: the setting that names its models, and those models."""
    found = {}
    for name, entry in SPEECH.items():
        setting = entry.options.get("model") or entry.options.get("models")
        if entry.key is not None and setting is not None:
            models = str(registry.setting(settings, setting)).split(",")
            found[name] = (setting, tuple(model.strip() for model in models if model.strip()))
    return found


def speech_capabilities(name: str) -> SpeechCapabilities:
    return registry.row(SPEECH, name).capabilities


def bundled_engine() -> str:
    """The engine that every installation has; English only."""
    return next(name for name, entry in SPEECH.items() if entry.capabilities.bundled)


def speech_engine(name: str, settings: Settings) -> SpeechToText:
    """The engine, loaded once per process. Raises ProviderMisconfigured with what is missing."""
    engine: SpeechToText = registry.build(SPEECH, name, settings)
    return engine


def live_engine(name: str, settings: Settings) -> LiveSpeechToText:
    """Like ``speech_engine``, for engines with the capability ``live``."""
    engine: LiveSpeechToText = registry.build(SPEECH, name, settings)
    return engine


def file_speech_engine(name: str, settings: Settings) -> FileSpeechToText:
    """Like ``speech_engine``, for engines with the capability ``whole_file``."""
    engine: FileSpeechToText = registry.build(SPEECH, name, settings)
    return engine
