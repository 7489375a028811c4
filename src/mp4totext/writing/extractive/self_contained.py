"""Scores sentences by how well they can be read alone: central, complete, without references."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mp4totext.writing.extractive import centrality
from mp4totext.writing.extractive.terms import is_english
from mp4totext.writing.results import Sentence
from mp4totext.writing.sentences import END_MARKS

BEST_CHARACTERS = 180
"""Longer sentences are weighed down: by their length alone they share words with many others."""

QUESTION = 0.5  # of a question, which says less than its answer
DEPENDENT = 0.2  # of a sentence that refers to an earlier one
UNFINISHED = 0.5  # of an incomplete sentence

_CLOSERS = "\"'”’»›」』）)]】"

# English beginnings that refer to what was said before.
_REFERS_BACK = re.compile(
    r"(?:and|but|or|nor|yet|so|then|thus|hence|also|again|still|because|therefore|however|otherwise"
    r"|instead|besides|moreover|furthermore|similarly|likewise|meanwhile|nevertheless|which|whose"
    r"|he|she|they|it|his|her|their|its|this|that|these|those|such|here|both|neither|another"
    r"|the (?:latter|former|same|other|others|rest)|as (?:such|well|a result)"
    r"|(?:for|in|at|on|by|of|with|from|to|after|before)"
    r" (?:this|that|these|those|which|it|them|him|her|such)"
    r"|(?:yes|no|yeah|ok|okay|right|well|oh|uh|um)\b[,.]?)\b",
    re.IGNORECASE,
)
_REFERS_BACK_INSIDE = re.compile(
    r" (?:however|therefore|too|as well|as (?:mentioned|i said))[,.]", re.IGNORECASE
)


def scores(sentences: Sequence[Sentence], rows: Sequence[centrality.Vector]) -> NDArray[np.float64]:
    """The importance of each sentence when it is read without its context."""
    importance = centrality.rank(rows)
    for index, sentence in enumerate(sentences):
        importance[index] *= weight(sentence)
    return importance


def weight(sentence: Sentence) -> float:
    """How well a sentence can be read alone, from 0 to 1."""
    text = sentence.text
    factor = min(1.0, BEST_CHARACTERS / len(text))
    end = text.rstrip(_CLOSERS)[-1:]
    if end in ("?", "？", "؟"):
        factor *= QUESTION
    if is_english(sentence.language):
        if _REFERS_BACK.match(text) or _REFERS_BACK_INSIDE.search(text):
            factor *= DEPENDENT
        if end not in END_MARKS or text[:1].islower():
            factor *= UNFINISHED
    return factor
