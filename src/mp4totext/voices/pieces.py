"""Divides a text into pieces that are spoken and checked one by one. Pure."""

import re

PIECE_CHARACTERS = 320
"""About 20 s of speech: one window of an engine, and short enough for a vendor's constant tone."""

_SENTENCE = re.compile(r"(?<=[.!?…])\s+")


def pieces_of(text: str, *, longest: int = PIECE_CHARACTERS) -> list[str]:
    """Pieces of whole sentences of up to ``longest`` characters; longer sentences are cut."""
    pieces: list[str] = []
    for paragraph in re.split(r"\n\s*\n|\n", text):
        current = ""
        for sentence in _SENTENCE.split(" ".join(paragraph.split())):
            for part in _cut(sentence, longest):
                if current and len(current) + 1 + len(part) > longest:
                    pieces.append(current)
                    current = part
                else:
                    current = f"{current} {part}".strip()
        if current:
            pieces.append(current)
    return [piece for piece in pieces if any(character.isalnum() for character in piece)]


def halves(text: str) -> list[str]:
    """The text cut at the space nearest to its middle; one part if it has no space."""
    spaces = [at for at, character in enumerate(text) if character == " "]
    if not spaces:
        return [text]
    at = min(spaces, key=lambda space: abs(2 * space - len(text)))
    return [text[:at].strip(), text[at:].strip()]


def _cut(sentence: str, longest: int) -> list[str]:
    parts = []
    while len(sentence) > longest:
        window = sentence[:longest]
        at = max(window.rfind(mark) for mark in (", ", "; ", ": "))
        at = at + 1 if at > longest // 2 else window.rfind(" ")
        at = at if at > 0 else longest
        parts.append(sentence[:at].strip())
        sentence = sentence[at:].strip()
    return [*parts, sentence] if sentence else parts
