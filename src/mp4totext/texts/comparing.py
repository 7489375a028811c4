"""What changed between two texts of one kind: their facts, and their words sentence by sentence."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from mp4totext.texts.models import WrittenText
from mp4totext.texts.schemas import ChangeOut

FACTS = ("provider", "model", "prompt_version", "version", "language", "options")

# A sentence with the space after it, or a line.
_UNIT = re.compile(r".+?(?:[.!?…]+[\"'”’»)\]]*\s+|[。！？]+\s*|\n+|$)", re.DOTALL)


def changed_facts(before: WrittenText, after: WrittenText) -> list[str]:
    return [name for name in FACTS if getattr(before, name) != getattr(after, name)]


def changes(before: str, after: str) -> tuple[list[ChangeOut], float]:
    """In order, and how alike they are from 0 to 1. What is same and added is ``after``, what is
    same and removed is ``before``, to the letter."""
    old, new = _UNIT.findall(before), _UNIT.findall(after)
    matcher = SequenceMatcher(None, old, new)
    found: list[ChangeOut] = []
    for _, at, to, begin, end in matcher.get_opcodes():
        found += _changes("".join(old[at:to]), "".join(new[begin:end]))
    same = sum(len(one.text) for one in found if one.change == "same")
    return found, round(2 * same / max(1, len(before) + len(after)), 4)


def _changes(old: str, new: str) -> Iterator[ChangeOut]:
    if old == new:
        yield ChangeOut(change="same", text=old)
        return
    if old:
        yield ChangeOut(change="removed", text=old)
    if new:
        yield ChangeOut(change="added", text=new)
