"""Where Kokoro's files are, and its voices. Imports nothing heavy."""

from pathlib import Path

from mp4totext.providers.model_files import pull_command
from mp4totext.providers.packaged_models import KOKORO
from mp4totext.providers.voice.base import Voice
from mp4totext.settings import Settings

MODEL = "82m"
VOICES = {
    "af_heart": Voice(label="Heart, American", languages=frozenset({"en"}), gender="female"),
    "am_michael": Voice(label="Michael, American", languages=frozenset({"en"}), gender="male"),
    "bf_emma": Voice(label="Emma, British", languages=frozenset({"en"}), gender="female"),
    "bm_george": Voice(label="George, British", languages=frozenset({"en"}), gender="male"),
}


def kokoro_folder(models_dir: Path, bundled_models_dir: Path) -> Path:
    """The folder with all files, or if none has them the one for a download."""
    folders = [home / "kokoro" / MODEL for home in (models_dir, bundled_models_dir)]
    return next((folder for folder in folders if _is_whole(folder)), folders[0])


def kokoro_missing(settings: Settings, _model: str | None) -> str | None:
    folder = kokoro_folder(settings.models_dir, settings.bundled_models_dir)
    if _is_whole(folder):
        return None
    return f"its model is not installed: run `{pull_command('kokoro', MODEL)}`"


def _is_whole(folder: Path) -> bool:
    return all((folder / name).is_file() for name in KOKORO[0].files)
