"""Compares two texts of one kind: their facts, and their words sentence by sentence."""

import re
from difflib import SequenceMatcher

from mp4totext.texts.models import WrittenText
from mp4totext.texts.schemas import ChangeOut

FACTS = ("provider", "model", "prompt_version", "version", "language", "options")

# A sentence with the following space, or a line.
_UNIT = re.compile(r".+?(?:(?<![.!?…])[.!?…]+[\"'”’»)\]]*\s+|[。！？]+\s*|\n+|$)", re.DOTALL)


def changed_facts(before: WrittenText, after: WrittenText) -> list[str]:
    return [name for name in FACTS if getattr(before, name) != getattr(after, name)]


def changes(before: str, after: str) -> tuple[list[ChangeOut], float]:
    """The changes in order, and the similarity of the texts from 0 to 1.

    "same" and "added" joined are exactly ``after``, "same" and "removed" exactly ``before``.
    """
    old_units, new_units = _UNIT.findall(before), _UNIT.findall(after)
    # By sentences, not characters: changes stay readable, and long texts are compared quickly.
    matcher = SequenceMatcher(None, old_units, new_units)
    result: list[ChangeOut] = []
    for _, old_at, old_to, new_at, new_to in matcher.get_opcodes():
        old, new = "".join(old_units[old_at:old_to]), "".join(new_units[new_at:new_to])
        if old == new:
            result.append(ChangeOut(change="same", text=old))
            continue
        if old:
            result.append(ChangeOut(change="removed", text=old))
        if new:
            result.append(ChangeOut(change="added", text=new))
    same = sum(len(change.text) for change in result if change.change == "same")
    return result, round(2 * same / max(1, len(before) + len(after)), 4)
