"""Public ids: ordered by time, not guessable, safe in URLs and object keys."""

import secrets
import time
from datetime import UTC, datetime

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base 32: no i, l, o, u


def new_id(prefix: str) -> str:
    """``prefix_`` + 10 characters of time + 16 random characters (80 bits)."""
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    digits = [_ALPHABET[(value >> shift) & 31] for shift in range(125, -1, -5)]
    return f"{prefix}_{''.join(digits)}"


def is_id(text: str, prefix: str) -> bool:
    """Whether the text has the form of ``new_id(prefix)``."""
    start, _, digits = text.partition("_")
    return start == prefix and len(digits) == 26 and set(digits) <= set(_ALPHABET)


def created_at(public_id: str) -> datetime:
    """When ``new_id`` created it, to the millisecond. Raises ValueError for any other text."""
    value = 0
    for character in public_id.rpartition("_")[2]:
        value = value << 5 | _ALPHABET.index(character)
    return datetime.fromtimestamp((value >> 80) / 1000, UTC)
