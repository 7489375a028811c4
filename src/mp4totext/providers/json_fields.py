"""Reads fields of a vendor's JSON. A missing, null or mistyped field counts as absent.

One malformed number must not lose the rest of a transcript.
"""

import json
import math
from collections.abc import Mapping
from typing import TypeAlias

JsonObject: TypeAlias = Mapping[str, object]


def parse_object(content: bytes | str) -> JsonObject:
    """Raises ValueError if the content is not a JSON object."""
    answer = json.loads(content)
    if not isinstance(answer, dict):
        raise ValueError("not an object")  # noqa: TRY004  # one error for callers: bad answer
    return answer


def number(value: object) -> float | None:
    """A finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        converted = float(value)
    except OverflowError:  # JSON integers are unlimited, floats are not
        return None
    return converted if math.isfinite(converted) else None


def share(value: object) -> float | None:
    """A confidence, limited to 0..1 and rounded to four digits."""
    confidence = number(value)
    return None if confidence is None else round(min(max(confidence, 0.0), 1.0), 4)


def seconds_to_ms(value: object, offset_ms: int = 0) -> float | None:
    """Seconds since the start of a window as milliseconds of the recording."""
    seconds = number(value)
    return None if seconds is None else seconds * 1_000 + offset_ms


def text(value: object) -> str:
    """The text without surrounding white space; "" for other types."""
    return value.strip() if isinstance(value, str) else ""


def objects(value: object) -> list[JsonObject]:
    """The objects of a list, without its other items."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
