"""Converts values of a type to JSON and back, for columns that hold JSON."""

from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")

_ADAPTERS: dict[Any, TypeAdapter[Any]] = {}  # cached by type, as building one takes milliseconds


def _adapter(kind: Any) -> TypeAdapter[Any]:  # a type
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def dump(kind: type[T], value: T) -> Any:  # JSON values
    return _adapter(kind).dump_python(value, mode="json")


def load(kind: type[T], data: Any) -> T:  # JSON values
    """Raises ValidationError for data that ``dump`` did not produce."""
    value: T = _adapter(kind).validate_python(data)
    return value
