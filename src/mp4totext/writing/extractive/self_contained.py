"""Which sentences can be shown alone: central ones that are short, end, and lean on none before."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mp4totext.writing.extractive import centrality
from mp4totext.writing.extractive.terms import is_english
from mp4totext.writing.results import Sentence

BEST_CHARACTERS = 180
"""Longer sentences are held back: they share words with many others by their length alone."""

QUESTION = 0.5  # tells less than its answer
LEANING = 0.2
UNFINISHED = 0.5

_ENDS = (".", "!", "?", "…", "。", "！", "？", "؟", "।", "۔", "።", "។", "։")
_CLOSERS = "\"'”’»›」』）)]】"

# English words that point back at what was said before.
_LEANS = re.compile(
    r"(?:and|but|or|nor|yet|so|then|thus|hence|also|again|still|because|therefore|however|otherwise"
    r"|instead|besides|moreover|furthermore|similarly|likewise|meanwhile|nevertheless|which|whose"
    r"|he|she|they|it|his|her|their|its|this|that|these|those|such|here|both|neither|another"
    r"|the (?:latter|former|same|other|others|rest)|as (?:such|well|a result)"
    r"|(?:for|in|at|on|by|of|with|from|to|after|before)"
    r" (?:this|that|these|those|which|it|them|him|her|such)"
    r"|(?:yes|no|yeah|ok|okay|right|well|oh|uh|um)\b[,.]?)\b"
    r"|.*,? (?:however|therefore|too|as well|as (?:mentioned|i said))[,.]",
    re.IGNORECASE,
)


def scores(sentences: Sequence[Sentence], rows: Sequence[centrality.Vector]) -> NDArray[np.float64]:
    """Importance of each, as a sentence that is read without its neighbours."""
    found = centrality.rank(rows)
    for index, sentence in enumerate(sentences):
        found[index] *= weight(sentence)
    return found


def weight(sentence: Sentence) -> float:
    text = sentence.text
    factor = min(1.0, BEST_CHARACTERS / len(text))
    end = text.rstrip(_CLOSERS)[-1:]
    if end in ("?", "？", "؟"):
        factor *= QUESTION
    if is_english(sentence.language):
        if _LEANS.match(text):
            factor *= LEANING
        if end not in _ENDS or text[:1].islower():
            factor *= UNFINISHED
    return factor
