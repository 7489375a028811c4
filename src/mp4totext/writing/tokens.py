"""Estimates an upper bound of a text's tokens for any model, by script.

A vendor's own counter is a download of megabytes, or a call for each count. The rates are above the
highest that the tokenizers of gpt-4o, gpt-oss, Gemini, Llama 3.1, DeepSeek V3 and Qwen 3 give for
forty languages; `tests/writing/test_tokens.py` has their counts.
"""

import math
import re

_PLAIN = re.compile(r"[A-Za-z\s]+")
_PLAIN_MILLI = 400  # thousandths of a token per character

# Digits and marks, letters with accents, Greek, Cyrillic, Hebrew, Arabic, Devanagari, Thai, CJK.
_COMMON = re.compile(
    r"[!-@\[-`{-~\u00a0-\u024f\u1e00-\u1eff\u2000-\u206f\u0370-\u052f\u0590-\u06ff\u0750-\u077f"
    r"\u0900-\u097f\u0e00-\u0e7f\u1100-\u11ff\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    r"\uf900-\ufaff\uff00-\uffef]+"
)
_COMMON_MILLI = 1150

_RARE_MILLI = 3000  # one token per byte of UTF-8, as models know few words in these scripts


def approximate_tokens(text: str) -> int:
    """An upper bound of the text's tokens, for English about twice the actual number."""
    plain = sum(map(len, _PLAIN.findall(text)))
    common = sum(map(len, _COMMON.findall(text)))
    rare = len(text) - plain - common
    milli = plain * _PLAIN_MILLI + common * _COMMON_MILLI + rare * _RARE_MILLI
    return math.ceil(milli / 1000)
