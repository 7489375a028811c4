"""Parses untrusted JSON: shallow, of limited size, with values that every database can store."""

import json
import math
import re
from dataclasses import dataclass
from typing import Any, TypeAlias

DEPTH_MAX = 32
SEPARATORS_MAX = 100_000  # commas and opening brackets: at most 10 MB of objects
INTEGER_MAX = 2**63 - 1
_DIGITS_MAX = 20
_SHOWN_KEY_CHARS = 40
# PostgreSQL cannot store NUL, and half a surrogate pair has no UTF-8.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")

_Path: TypeAlias = "tuple[_Path | None, str | int] | None"  # the innermost part last


class UnacceptableJson(ValueError):
    """``where`` is the path of the value, with dots; empty for the whole document."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}" if where else why)
        self.where = where
        self.why = why


@dataclass(frozen=True, slots=True)
class _TooLarge:
    """Placeholder for a number that is too large, until its path is known for the error."""


def loads(document: str | bytes, *, where: str = "") -> Any:  # JSON values
    """Raises JSONDecodeError for invalid JSON, and UnacceptableJson for values we cannot store.

    The time is linear in the document's length, and documents that would need much memory are
    refused before they are parsed. ``where`` is the document's name in errors.
    """
    if _separators(document) > SEPARATORS_MAX:
        raise UnacceptableJson(where, f"more than {SEPARATORS_MAX} values; send fewer at a time")
    try:
        value = json.loads(document, parse_int=_integer)
    except RecursionError as error:
        raise UnacceptableJson(where, _TOO_DEEP) from error
    except UnicodeDecodeError as error:
        raise UnacceptableJson(where, "it is not UTF-8 text") from error
    check(value, where=where)
    return value


_TOO_DEEP = f"nested deeper than {DEPTH_MAX} levels"


def _separators(document: str | bytes) -> int:
    if isinstance(document, str):
        return document.count(",") + document.count("[") + document.count("{")
    return document.count(b",") + document.count(b"[") + document.count(b"{")


def _integer(digits: str) -> int | _TooLarge:
    return int(digits) if len(digits) <= _DIGITS_MAX else _TooLarge()


def check(value: Any, *, where: str = "") -> None:  # JSON values
    """Raises UnacceptableJson with the first unacceptable value."""
    # An explicit stack, as recursion would end at Python's limit instead of ours.
    waiting: list[tuple[_Path, int, Any]] = [((None, where) if where else None, 0, value)]
    while waiting:
        path, depth, node = waiting.pop()
        if depth > DEPTH_MAX:
            raise UnacceptableJson(_written(path), _TOO_DEEP)
        if isinstance(node, dict):
            for key, inner in node.items():
                _check_text(key, path)
                waiting.append(((path, key), depth + 1, inner))
        elif isinstance(node, list):
            waiting.extend(((path, n), depth + 1, inner) for n, inner in enumerate(node))
        else:
            _check_scalar(node, path)


def _check_scalar(value: Any, path: _Path) -> None:
    if isinstance(value, str):
        _check_text(value, path)
    elif isinstance(value, _TooLarge) or (isinstance(value, int) and abs(value) > INTEGER_MAX):
        raise UnacceptableJson(_written(path), f"numbers go up to {INTEGER_MAX}")
    elif isinstance(value, float) and not math.isfinite(value):
        raise UnacceptableJson(_written(path), "NaN and Infinity are no JSON; send a finite number")


def _check_text(text: str, path: _Path) -> None:
    if _UNSTORABLE.search(text):
        raise UnacceptableJson(_written(path), "NUL and unpaired surrogates are not accepted")


def _written(path: _Path) -> str:
    parts: list[str] = []
    while path is not None:
        path, part = path
        printable = str(part).encode("ascii", "backslashreplace").decode()
        parts.append(printable[:_SHOWN_KEY_CHARS])
    return ".".join(reversed(parts))
