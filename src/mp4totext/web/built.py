"""The files that ``make web`` builds, as they lie beside this module."""

from dataclasses import dataclass
from pathlib import Path

STATIC = Path(__file__).parent / "static"

# Only what the build makes. Module scripts are refused without a right type.
_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_ENCODINGS = {"br": ".br", "gzip": ".gz"}  # as the build stores them, the smaller one first


@dataclass(frozen=True, slots=True)
class Asset:
    path: Path
    media_type: str
    encoding: str | None  # of what lies at ``path``
    in_encodings: bool  # whether it is stored in several


@dataclass(frozen=True, slots=True)
class BuiltPage:
    folder: Path = STATIC

    def document(self, name: str, *, root_path: str) -> str | None:
        """An HTML file with its addresses below ``root_path``; None when it is not built."""
        try:
            text = (self.folder / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        return text.replace('<base href="/" />', f'<base href="{root_path}/" />', 1)

    def asset(self, name: str, accept_encoding: str) -> Asset | None:
        """The stored file that fits what a browser takes; None when none has that name."""
        path = self.folder / "assets" / name
        media_type = _MEDIA_TYPES.get(path.suffix)
        if media_type is None or not path.is_file():
            return None
        accepted = {part.partition(";")[0].strip() for part in accept_encoding.split(",")}
        stored = [(name, Path(f"{path}{suffix}")) for name, suffix in _ENCODINGS.items()]
        stored = [(name, packed) for name, packed in stored if packed.is_file()]
        for encoding, packed in stored:
            if encoding in accepted:
                return Asset(packed, media_type, encoding, in_encodings=True)
        return Asset(path, media_type, None, in_encodings=bool(stored))

    def licences(self) -> Path | None:
        """Of what is compiled into the page."""
        path = self.folder / "licences.txt"
        return path if path.is_file() else None
