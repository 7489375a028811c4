"""The models of ``onnx-asr`` and their folders on disk. Imports nothing heavy.

Repositories and file names are those of onnx-asr 0.12; languages are from the model cards.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mp4totext.kit.packages import own_command
from mp4totext.providers.errors import ProviderMisconfigured, ProviderUnsupported
from mp4totext.settings import Settings

ENGINE = "onnx-asr"

_EUROPEAN = frozenset(
    {
        "bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "hr", "hu", "it", "lt", "lv",
        "mt", "nl", "pl", "pt", "ro", "ru", "sk", "sl", "sv", "uk",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class OnnxModel:
    """Properties of a model; the first row is the default."""

    repository: str  # on the hub
    files: str  # pattern of its files for CPUs, with 8-bit weights
    languages: frozenset[str]  # primary subtags
    told_language: bool = False  # does not detect the language: a request must name it


_NEMO = r"config\.json|vocab\.txt|(encoder|decoder(_joint)?)-model\.int8\.onnx(\.data)?"

ONNX_MODELS: Mapping[str, OnnxModel] = {
    "nemo-parakeet-tdt-0.6b-v3": OnnxModel(
        repository="istupakov/parakeet-tdt-0.6b-v3-onnx", files=_NEMO, languages=_EUROPEAN
    ),
    "nemo-parakeet-tdt-0.6b-v2": OnnxModel(
        repository="istupakov/parakeet-tdt-0.6b-v2-onnx", files=_NEMO, languages=frozenset({"en"})
    ),
    "nemo-canary-1b-v2": OnnxModel(
        repository="istupakov/canary-1b-v2-onnx",
        files=_NEMO,
        languages=_EUROPEAN,
        told_language=True,
    ),
    "gigaam-v3-e2e-rnnt": OnnxModel(
        repository="istupakov/gigaam-v3-onnx",
        files=r"config\.json|v3_e2e_rnnt_((encoder|decoder|joint)\.int8\.onnx|vocab\.txt)",
        languages=frozenset({"ru"}),
    ),
}
DEFAULT = next(iter(ONNX_MODELS))
LANGUAGES = frozenset().union(*(model.languages for model in ONNX_MODELS.values()))


def onnx_model(name: str) -> OnnxModel:
    try:
        return ONNX_MODELS[name]
    except KeyError:
        names = ", ".join(ONNX_MODELS)
        raise ProviderUnsupported(f"There is no model {name!r}: choose one of {names}.") from None


def onnx_folder(name: str, models_dir: Path) -> Path:
    """Raises ProviderMisconfigured with the download command if the model is missing."""
    onnx_model(name)
    folder = models_dir / ENGINE / name
    if not folder.is_dir():
        raise ProviderMisconfigured(
            f"The model {name!r} is not installed: "
            f"run `{own_command(f'models pull {ENGINE}:{name}')}`.",
            provider=ENGINE,
            code="model_missing",
        )
    return folder


def onnx_missing(settings: Settings, model: str | None) -> str | None:
    """Why a model (None: the default) is not installed, or None if it is."""
    try:
        onnx_folder(model or DEFAULT, settings.models_dir)
    except (ProviderMisconfigured, ProviderUnsupported) as error:
        return error.message
    return None
