"""Where the face detection model is. Imports nothing heavy."""

from pathlib import Path

from mp4totext.providers import packaged_models
from mp4totext.settings import Settings

ENGINE, MODEL = "faces", "centerface"
FACES = f"{ENGINE}:{MODEL}"  # the argument of `models pull`
(_FILE,) = packaged_models.FACES[0].files


def face_model(settings: Settings) -> Path | None:
    """The model's file; None until `mp4totext models pull faces:centerface`."""
    for home in (settings.models_dir, settings.bundled_models_dir):
        path = home / ENGINE / MODEL / _FILE
        if path.is_file():
            return path
    return None
