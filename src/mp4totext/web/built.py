"""Finds the files that ``make web`` builds beside this module."""

from dataclasses import dataclass
from pathlib import Path

STATIC = Path(__file__).parent / "static"

# Types of the files that the build makes. Browsers reject module scripts of another type.
_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_ENCODINGS = {"br": ".br", "gzip": ".gz"}  # encodings that the build stores, smallest first


@dataclass(frozen=True, slots=True)
class Asset:
    path: Path
    media_type: str
    encoding: str | None  # Content-Encoding of the file
    in_encodings: bool  # whether the file is stored in several encodings


@dataclass(frozen=True, slots=True)
class BuiltPage:
    folder: Path = STATIC

    def document(self, name: str, *, root_path: str) -> str | None:
        """An HTML file with ``root_path`` as the base of its links; None if it is not built."""
        try:
            text = (self.folder / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        return text.replace('<base href="/" />', f'<base href="{root_path}/" />', 1)

    def asset(self, name: str, accept_encoding: str) -> Asset | None:
        """The file in the best encoding that the browser accepts; None if there is no such file."""
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
        """The licences of the libraries that are compiled into the page."""
        path = self.folder / "licences.txt"
        return path if path.is_file() else None
