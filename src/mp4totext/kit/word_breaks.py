"""Where words end in scripts without blanks: Chinese, Japanese and Thai."""

import re
from functools import cache

import budoux

from mp4totext.kit import unicode

_KANA = re.compile("[\u3041-\u30ff]")
_THAI = re.compile("[\u0e01-\u0e5b]")
_LATIN = re.compile("[!-~\u00c0-\u058f]")  # and Greek, Cyrillic, Armenian


def words(text: str, language: str = "") -> list[str] | None:
    """A text without blanks as words, or in Japanese as phrases, with their marks.

    None where nothing is known about its script. ``language``: two letters. Only Chinese and
    Japanese share a script, so words of them in other languages, or in "", go by the script.
    """
    name = None if text.isascii() else _model_for(text, language)
    return None if name is None else _attached(_model(name).parse(text))


def _model_for(text: str, language: str) -> str | None:
    if _THAI.search(text):
        return "thai"
    if not unicode.is_ideographic(text):
        return None
    if language == "ja" or (language not in ("zh", "yue") and _KANA.search(text)):
        return "japanese"
    return "simplified_chinese" if _is_simplified(text) else "traditional_chinese"


@cache
def _model(name: str) -> budoux.Parser:
    loaded: budoux.Parser = getattr(budoux, f"load_default_{name}_parser")()
    return loaded


def _is_simplified(text: str) -> bool:
    try:
        text.encode("gb2312")  # has the simplified characters alone
    except UnicodeEncodeError:
        return False
    return True


def _attached(chunks: list[str]) -> list[str]:
    """Marks belong to the word before them, opening brackets to the one after.

    The models know no other scripts, and would part "Microsoft".
    """
    whole: list[str] = []
    for chunk in chunks:
        bare = not any(character.isalnum() for character in chunk)
        latin = whole and _LATIN.match(whole[-1][-1]) and _LATIN.match(chunk)
        if whole and (bare or latin or not any(character.isalnum() for character in whole[-1])):
            whole[-1] += chunk
        else:
            whole.append(chunk)
    return whole
