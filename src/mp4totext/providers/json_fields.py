"""Fields of a vendor's JSON answer. One that is missing, null or of another type is absent.

Answers are read this way because one bad number must not cost the transcript around it.
"""

import json
import math
from collections.abc import Mapping
from typing import TypeAlias

JsonObject: TypeAlias = Mapping[str, object]


def parse_object(content: bytes | str) -> JsonObject:
    """Raises ValueError for anything but a JSON object."""
    answer = json.loads(content)
    if not isinstance(answer, dict):
        raise ValueError("not an object")  # noqa: TRY004  # one error for callers: bad answer
    return answer


def number(value: object) -> float | None:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        converted = float(value)
    except OverflowError:  # JSON has no largest integer, a float has
        return None
    return converted if math.isfinite(converted) else None


def share(value: object) -> float | None:
    """A confidence, clamped to 0..1 and rounded to four digits."""
    confidence = number(value)
    return None if confidence is None else round(min(max(confidence, 0.0), 1.0), 4)


def seconds_to_ms(value: object, offset_ms: int = 0) -> float | None:
    """Seconds since the start of a window, as milliseconds of the recording."""
    seconds = number(value)
    return None if seconds is None else seconds * 1_000 + offset_ms


def text(value: object) -> str:
    """Without white space around it; "" when it is no text."""
    return value.strip() if isinstance(value, str) else ""


def objects(value: object) -> list[JsonObject]:
    """The objects of a list; whatever else is in it is left out."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
