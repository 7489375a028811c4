"""The diarizers."""

from mp4totext.providers import registry
from mp4totext.providers.diarization.base import DiarizationCapabilities, Diarizer
from mp4totext.providers.registry import Entry, Table
from mp4totext.settings import Settings

DIARIZATION: Table[DiarizationCapabilities] = {
    "local": Entry(
        title="pyannote's community-1 networks without PyTorch; bundled",
        factory="mp4totext.providers.diarization.local:build",
        capabilities=DiarizationCapabilities(overlap=True, stereo_call=True),
        modules=("kaldi_native_fbank", "moonshine_voice", "onnxruntime"),
        install=("kaldi-native-fbank", "onnxruntime", "moonshine-voice==0.1.0"),
    ),
    "channels": Entry(
        title="One speaker per channel, for telephone recordings; bundled",
        factory="mp4totext.providers.diarization.channels:build",
        capabilities=DiarizationCapabilities(needs_channels=True, overlap=True, stereo_call=True),
    ),
    "pyannote": Entry(
        title="pyannote, on this machine",
        factory="mp4totext.providers.diarization.pyannote:build",
        capabilities=DiarizationCapabilities(),
        modules=("pyannote", "torch"),
        install=("torch", "pyannote.audio>=4"),
        key="HF_TOKEN",
        needs=(),  # a token is not needed for a model in a folder, or for one that is not gated
        options={"model": "PYANNOTE_MODEL", "device": "PYANNOTE_DEVICE"},
    ),
    "modal": Entry(
        title="pyannote on a GPU at Modal",
        vendor="Modal",
        factory="mp4totext.providers.diarization.modal:build",
        capabilities=DiarizationCapabilities(overlap=True),
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


def diarization_capabilities(name: str) -> DiarizationCapabilities:
    return registry.row(DIARIZATION, name).capabilities


def diarizer(name: str, settings: Settings) -> Diarizer:
    """The diarizer, created once. Raises ProviderMisconfigured with what is missing."""
    built: Diarizer = registry.build(DIARIZATION, name, settings)
    return built
