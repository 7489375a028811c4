"""Models of ``onnx-asr`` that can be had, and where they are on disk. Imports nothing heavy.

Repositories and file names as onnx-asr 0.12 has them; languages from the cards of the models.
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
    """What one model can do; the first is the engine's own choice."""

    repository: str  # at the hub
    files: str  # pattern of its files there, those for processors: 8-bit weights
    languages: frozenset[str]  # primary subtags
    told_language: bool = False  # a request must name the language: the model does not detect it


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
    """Raises ProviderMisconfigured with the command when the model is not there."""
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
    """Why the engine has no such model (None: its own choice) here, or None when it has."""
    try:
        onnx_folder(model or DEFAULT, settings.models_dir)
    except (ProviderMisconfigured, ProviderUnsupported) as error:
        return error.message
    return None
