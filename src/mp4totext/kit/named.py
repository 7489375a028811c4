"""Values that a table names as "module:attribute", imported on first use."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, TypeVar

T = TypeVar("T")


def named(name: str) -> Any:  # of whatever type it is
    """The value of "module:attribute". Raises ImportError and AttributeError."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


class Named(Mapping[str, T]):
    """A table of values, or of names of values. Iterating over its keys imports none."""

    def __init__(self, rows: Mapping[str, T | str]) -> None:
        self._rows = rows

    def __getitem__(self, key: str) -> T:
        row = self._rows[key]
        return named(row) if isinstance(row, str) else row

    def __contains__(self, key: object) -> bool:
        return key in self._rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)
