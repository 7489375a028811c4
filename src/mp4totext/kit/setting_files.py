"""Settings whose values lie in files: SECRET_KEY_FILE=/run/secrets/key, or a folder of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

_FOLDER = "secrets_dir"


@dataclass(frozen=True, slots=True)
class Unusable:
    """The reason why there is no value. ``sentence`` continues after the variable's name."""

    sentence: str


class FileSource(PydanticBaseSettingsSource):
    """The variable NAME_FILE names the file of NAME; SECRETS_DIR has files by the names."""

    def __init__(self, settings: type[BaseSettings], *, given: Mapping[str, str | None]) -> None:
        """``given``: all environment variables, with names in lower case."""
        super().__init__(settings)
        self._given = given

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return self._value(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        values = {name: self._value(name) for name in self.settings_cls.model_fields}
        return {name: value for name, value in values.items() if value is not None}

    def _value(self, name: str) -> str | Unusable | None:
        path, is_set = self._given.get(f"{name}_file"), bool(self._given.get(name))
        if path:
            if is_set:
                return Unusable(f"is set twice, also by {name.upper()}_FILE: keep one of the two")
            return _text_of(Path(path), f"{name.upper()}_FILE")
        folder = self._given.get(_FOLDER)
        if not folder or is_set:
            return None
        for candidate in (Path(folder, name.upper()), Path(folder, name)):
            if candidate.is_file():
                return _text_of(candidate, _FOLDER.upper())
        return None


def _text_of(path: Path, variable: str) -> str | Unusable | None:
    try:
        return path.read_text(encoding="utf-8").strip() or None  # an empty file counts as none
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        return Unusable(f"cannot be read from {str(path)!r}, which {variable} names: {reason}")
