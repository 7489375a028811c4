"""Local models on disk: their folders, and which are installed or missing.

Imports nothing heavy. A model is in ``MODELS_DIR/ENGINE/NAME``, or in the installation; a reference
is ``ENGINE:NAME``.
"""

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mp4totext.kit.packages import own_command
from mp4totext.providers import onnx_models
from mp4totext.providers.errors import (
    ProviderMisconfigured,
    ProviderRejected,
    ProviderUnsupported,
)
from mp4totext.settings import Settings

FASTER_WHISPER_FILES = ("model.bin", "config.json", "tokenizer.json", "vocabulary.json or .txt")

FASTER_WHISPER_REPOSITORIES: Mapping[str, str] = {
    **{
        name: f"Systran/faster-whisper-{name}"
        for name in (
            "tiny", "tiny.en", "base", "base.en", "small", "small.en", "medium", "medium.en",
            "large-v1", "large-v2", "large-v3",
        )
    },
    "distil-small.en": "Systran/faster-distil-whisper-small.en",
    "distil-medium.en": "Systran/faster-distil-whisper-medium.en",
    "distil-large-v2": "Systran/faster-distil-whisper-large-v2",
    "distil-large-v3": "Systran/faster-distil-whisper-large-v3",
    "distil-large-v3.5": "distil-whisper/distil-large-v3.5-ct2",
    "turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
}  # fmt: skip
MOONSHINE_NAME = "tiny-en"  # the only model, included in the installation
WHISPER_NAMES = (
    "tiny", "tiny.en", "base", "base.en", "small", "small.en", "medium", "medium.en",
    "large-v1", "large-v2", "large-v3", "turbo",
)  # fmt: skip
# Engines of `models pull`.
PULLED = ("faster-whisper", "whisper", onnx_models.ENGINE, "kokoro", "faces")
ALIASES = {"large": "large-v3", "large-v3-turbo": "turbo"}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalModel:
    engine: str
    name: str
    path: Path
    size_bytes: int
    bundled: bool = False  # included in the installation

    @property
    def reference(self) -> str:
        return f"{self.engine}:{self.name}"


def pull_command(engine: str, name: str) -> str:
    return own_command(f"models pull {engine}:{name}")


def faster_whisper_folder(
    name: str, models_dir: Path, *, configured: str = "", bundled_models_dir: Path | None = None
) -> Path:
    """The folder of a model by name, or the folder in the settings. Raises if it is not a model.

    Only the settings may name any folder: a name in a request stays inside ``models_dir``.
    """
    if name == configured and Path(name).is_dir():
        return _checked_folder(Path(name))
    plain = ALIASES.get(name, name)
    if not _NAME.fullmatch(plain):
        raise ProviderUnsupported(f"{name!r} is not the name of a model.")
    homes = [home for home in (models_dir, bundled_models_dir) if home is not None]
    folders = [home / "faster-whisper" / plain for home in homes]
    folder = next((folder for folder in folders if folder.is_dir()), None)
    if folder is None:
        raise ProviderMisconfigured(
            f"The model {name!r} is not installed: run `{pull_command('faster-whisper', plain)}`."
            if plain in FASTER_WHISPER_REPOSITORIES
            else f"There is no model {name!r}: choose one of "
            f"{', '.join(FASTER_WHISPER_REPOSITORIES)}, or put its folder into "
            f"MODELS_DIR/faster-whisper.",
            provider="faster-whisper",
            code="model_missing",
        )
    return _checked_folder(folder)


def whisper_file(name: str, models_dir: Path, *, configured: str = "") -> Path:
    """The .pt file of a model by name, or the file in the settings. Raises if it is missing.

    Only the settings may name any file: a name in a request stays inside ``models_dir``.
    """
    if name == configured and Path(name).is_file():
        return Path(name)
    plain = ALIASES.get(name, name)
    if not _NAME.fullmatch(plain):
        raise ProviderUnsupported(f"{name!r} is not the name of a model.")
    file = models_dir / "whisper" / f"{plain}.pt"
    if not file.is_file():
        raise ProviderMisconfigured(
            f"The model {name!r} is not installed: run `{pull_command('whisper', plain)}`.",
            provider="whisper",
            code="model_missing",
        )
    return file


def _checked_folder(folder: Path) -> Path:
    present = {path.name for path in folder.iterdir()}
    missing = [name for name in FASTER_WHISPER_FILES[:3] if name not in present]
    if not present & {"vocabulary.json", "vocabulary.txt"}:
        missing.append(FASTER_WHISPER_FILES[3])
    if missing:
        raise ProviderMisconfigured(
            f"{folder.name!r} is not a faster-whisper model: a folder with "
            f"{', '.join(FASTER_WHISPER_FILES)} was expected, {', '.join(missing)} is missing.",
            provider="faster-whisper",
            code="model_broken",
        )
    return folder


def installed(settings: Settings) -> list[LocalModel]:
    """All models by engine and name; one in MODELS_DIR hides a bundled one of the same name."""
    models: dict[str, LocalModel] = {}
    for root in (settings.bundled_models_dir, settings.models_dir):
        paths = [
            *root.glob("faster-whisper/*/model.bin"),
            *root.glob("whisper/*.pt"),
            *root.glob("kokoro/*/model.onnx"),
            *root.glob("faces/*/model.onnx"),
            *root.glob(f"{onnx_models.ENGINE}/*/*vocab.txt"),
        ]
        for path in paths:
            if not path.parent.name.startswith("."):
                model = local_model(path, bundled=root == settings.bundled_models_dir)
                models[model.reference] = model
    return sorted(models.values(), key=lambda model: model.reference)


def local_model(path: Path, *, bundled: bool = False) -> LocalModel:
    if path.suffix == ".pt":
        return LocalModel(
            engine="whisper",
            name=path.stem,
            path=path,
            size_bytes=path.stat().st_size,
            bundled=bundled,
        )
    folder = path.parent
    size = sum(file.stat().st_size for file in folder.iterdir() if file.is_file())
    return LocalModel(
        engine=folder.parent.name, name=folder.name, path=folder, size_bytes=size, bundled=bundled
    )


def remove(reference: str, settings: Settings) -> LocalModel:
    """Delete a model. Raises ProviderRejected if it is missing or belongs to the installation."""
    engine, name = split_reference(reference)
    for model in installed(settings):
        if (model.engine, model.name) == (engine, ALIASES.get(name, name)):
            if model.bundled:
                raise ProviderRejected(
                    f"The model {reference!r} is part of the installation and cannot be deleted.",
                    code="model_bundled",
                )
            if model.path.is_dir():
                shutil.rmtree(model.path)
                remove_copies(model.name, settings.models_dir)
            else:
                model.path.unlink()
            return model
    raise ProviderRejected(f"The model {reference!r} is not installed.", code="model_missing")


def remove_copies(name: str, models_dir: Path) -> None:
    """Delete what ``speech/whisper_weights.py`` keeps of the Whisper model ``name``."""
    for copy in models_dir.glob(f"whisper-{name}-[0-9]*-r*"):
        shutil.rmtree(copy)


def split_reference(reference: str) -> tuple[str, str]:
    engine, separator, name = reference.partition(":")
    if not separator or engine not in PULLED or not name:
        raise ProviderUnsupported(
            f"{reference!r} is not a model: write it as faster-whisper:base, whisper:base, "
            f"{onnx_models.ENGINE}:{onnx_models.DEFAULT}, kokoro:82m or faces:centerface."
        )
    return engine, name


def names(settings: Settings) -> dict[str, list[str]]:
    """By local engine: the models it can download, and those in MODELS_DIR."""
    engines = settings.engines
    names_of = {
        "moonshine": [MOONSHINE_NAME],
        "faster-whisper": [*FASTER_WHISPER_REPOSITORIES, *ALIASES, engines.faster_whisper_model],
        "whisper": [*WHISPER_NAMES, *ALIASES, engines.whisper_model],
        onnx_models.ENGINE: [*onnx_models.ONNX_MODELS],
    }
    for model in installed(settings):
        if model.engine in names_of:  # not a voice model
            names_of[model.engine].append(model.name)
    return {engine: list(dict.fromkeys(models)) for engine, models in names_of.items()}


def faster_whisper_missing(settings: Settings, model: str | None) -> str | None:
    """Why a model (None: that of the settings) is not installed, or None if it is."""
    configured = settings.engines.faster_whisper_model
    try:
        faster_whisper_folder(
            model or configured,
            settings.models_dir,
            configured=configured,
            bundled_models_dir=settings.bundled_models_dir,
        )
    except (ProviderMisconfigured, ProviderUnsupported) as error:
        return error.message
    return None


def whisper_missing(settings: Settings, model: str | None) -> str | None:
    """Like ``faster_whisper_missing``, for openai-whisper."""
    configured = settings.engines.whisper_model
    try:
        whisper_file(model or configured, settings.models_dir, configured=configured)
    except (ProviderMisconfigured, ProviderUnsupported) as error:
        return error.message
    return None
