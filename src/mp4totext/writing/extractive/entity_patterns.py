"""Finds entities with a recognisable written form: contacts, money, dates, times.

In every language: digits of any script, currency signs and words, month names and date marks of
the languages in `wordlists/`. In English also spelled out ("twenty dollars", "next Monday").
"""

import re
import unicodedata

from mp4totext.writing.results import EntityType
from mp4totext.writing.text_index import UNSPACED
from mp4totext.writing.wordlists import words


def _any(*lists: str) -> str:
    entries = sorted({entry for name in lists for entry in words(name)}, key=len, reverse=True)
    return "(?:" + "|".join(map(re.escape, entries)) + ")"


# "45 000", as in French or Russian, is one amount.
_AMOUNT = r"(?:\d{1,3}(?: \d{3})+(?!\d)|\d+)(?:[.,٫٬'’\u00a0\u202f]\d+)*"
# Before an amount, so that a run of thousands of digits is tried once and not at each digit.
_NO_NUMBER = r"(?<![\d.,])(?<!\d[٫٬'’\u00a0\u202f])"
_NUMERAL = "[一二三四五六七八九十百千两兩]"
_NUMBER = (
    r"(?:an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen"
    r"|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty"
    r"|ninety|hundred|thousand|million|billion|half|few|couple of)"
)
_SPELLED = rf"{_NUMBER}(?:[ -](?:and )?{_NUMBER}){{0,8}}"
_MONTH, _CURRENCY, _SCALE = _any("months"), _any("currencies"), _any("scales")
_SIGN = "[$€£¥₺₹₽₩₪₫₴₦฿￥৳]"
_YEAR = r"(?:1[5-9]|20)\d\d"
_WEEKDAY = "(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_ENGLISH_MONTH = (
    "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
)
# In scripts without blanks, and in Korean, an address follows the word before it directly.
_ADDRESS_LETTER = rf"[^\W{UNSPACED}\uac00-\ud7a3]"
_MONTH_END = r"(?![^\W\u0900-\u0dff])"  # in Indic scripts an ending may follow

# In order of priority: a match may not overlap one of an earlier pattern.
_EVERYWHERE: tuple[tuple[EntityType, str], ...] = (
    (
        "email_address",
        rf"(?<!{_ADDRESS_LETTER})(?<![.+-])(?:{_ADDRESS_LETTER}|[.+-]){{1,64}}"
        rf"@(?:{_ADDRESS_LETTER}|-){{1,63}}(?:\.(?:{_ADDRESS_LETTER}|-){{1,63}})+",
    ),
    ("url", rf"(?:https?://|www\.)[^\s<>\"'”»，。、；：！？）」』】{UNSPACED}]+(?<=[\w/])"),
    ("url", r"(?<![\w@.-])(?:[a-z0-9-]+\.)+(?:com|org|net|io|gov|edu|info|eu|de|fr|uk|tr)\b(?!@)"),
    (
        "money_amount",
        rf"(?:US|A|C|R|HK)?{_SIGN}\s?{_AMOUNT}(?:\s?(?:{_SCALE}|[kKmMbB])\b)?"
        rf"|\b(?:USD|EUR|GBP|JPY|CNY|CHF|TRY|INR|BRL|RUB|IDR|VND|PKR|BDT|KES|TZS|Rp|Rs\.?|KSh|TSh"
        rf"|R\$|shilingi)\s?{_AMOUNT}(?:\s{_SCALE}(?!\w))?"
        rf"|{_NO_NUMBER}{_AMOUNT}(?:\s{_SCALE})?(?:\s(?:de|di|d['’]))?\s?(?:{_SIGN}|{_CURRENCY}(?!\w))"
        rf"|{_NO_NUMBER}(?:{_AMOUNT}|(?<!{_NUMERAL}){_NUMERAL}{{1,20}})"
        r"\s?[百千万萬億亿만억천백]{0,4}\s?(?:円|日元|美元|欧元|人民币|元|块钱|塊錢|ドル|ユーロ|원|달러|유로)",
    ),
    (
        "date",
        rf"(?<!\d){_YEAR}-\d\d?-\d\d?(?!\d)"
        r"|(?<![\d./A-Za-z])\d\d?[./]\d\d?[./](?:\d{4}|\d\d)(?![\d./]\d|\d)"
        r"|\d{4}\s?年(?:\s?\d\d?\s?月(?:\s?\d\d?\s?[日号號])?)?|\d\d?\s?月\s?\d\d?\s?[日号號]"
        r"|\d{4}년(?:\s?\d\d?월(?:\s?\d\d?일)?)?|\d\d?월\s?\d\d?일"
        r"|(?<!\d)\d\d? tháng \d\d?(?: năm \d{4})?(?!\d)",
    ),
    (
        "date",
        rf"(?<!\d)\d\d?(?:st|nd|rd|th|er|º|ª|\.)?\s(?:of\s|de\s|di\s)?{_MONTH}{_MONTH_END}"
        rf"(?:,?\s(?:de\s|del\s)?\d{{4}}\b)?"
        rf"|\b{_MONTH}\s\d\d?(?:st|nd|rd|th)?\b(?![:.]\d)(?:,?\s\d{{4}}\b)?"
        rf"|\b{_MONTH}\s(?:of\s|de\s|del\s)?\d{{4}}\b",
    ),
    (
        "phone_number",
        rf"(?<!{_ADDRESS_LETTER})(?<![.,/-])"
        r"\+?(?:\(\d{1,4}\)[\s.-]?)?\d(?:[\s.()/-]{0,2}\d){6,14}(?![\w,])",
    ),
    (
        "time",
        r"(?<![\d:.,A-Za-z])(?:[01]?\d|2[0-3])[:h][0-5]\d(?!\d)(?:\s?[ap]\.?m\b\.?)?|\b(?:1[0-2]|[1-9])\s?[ap]\.?m\b\.?"
        r"|(?:(?<=\bpukul )|(?<=\bjam ))\d\d?\.[0-5]\d(?!\d)"
        r"|\b\d\d?(?:\.[0-5]\d)?\sUhr(?:\s[0-5]?\d\b)?|(?:午前|午後|上午|下午|오전|오후)?\s?\d\d?\s?[時点點시](?:半|\d\d?[分분])?",
    ),
)

_ENGLISH: tuple[tuple[EntityType, str], ...] = (
    (
        "email_address",
        r"(?<![\w.+-])[\w.+-]{1,64}(?: dot \w{1,63}){0,4} at \w{1,63}(?: dot \w{1,63}){0,4} dot "
        r"(?:com|org|net|io|edu|gov|co|uk|de)\b",
    ),
    ("url", r"\b(?:www dot )?\w+ dot (?:com|org|net|io|edu|gov)(?: slash \w+)*\b"),
    ("money_amount", rf"\b{_SPELLED}[ -]{_CURRENCY}(?!\w)"),
    (
        "date",
        rf"\b(?:(?:next|last|this|every)\s)?{_WEEKDAY}\b|\b(?:yesterday|today|tomorrow|tonight)\b"
        r"|\b(?:next|last|this)\s(?:week|month|quarter|year|spring|summer|autumn|fall|winter)\b"
        r"|\b(?:the\s)?\w+(?:st|nd|rd|th)\sof\s"
        rf"{_ENGLISH_MONTH}\b(?:,?\s\d{{4}}\b)?",
    ),
    ("date", rf"(?<=\b[io]n )(?:the )?(?:early |late )?{_YEAR}s?\b(?! \w+s\b)"),
    ("date", rf"(?:(?<=\bby )|(?<=\bsince )|(?<=\buntil )|(?<=\bof )|(?<=\bfrom )){_YEAR}\b"),
    (
        "time",
        r"\b(?:half past |quarter (?:past|to) )?(?:\d\d?|[a-z]+) o['’]clock\b"
        r"|\b(?:noon|midnight)\b",
    ),
)
# With case: "may" and "march" are words, "May" and "March" months.
_ENGLISH_CASED: tuple[tuple[EntityType, str], ...] = (
    ("date", rf"\b{_ENGLISH_MONTH}(?:\s(?:the\s)?[a-z-]+(?:st|nd|rd|th)\b)?(?<!\bMay)(?<!\bMarch)"),
    (
        "date",
        r"(?:(?<=\b[Ii]n )|(?<=\b[Ll]ast )|(?<=\b[Nn]ext ))(?:May|March)\b",
    ),
)

_RULES = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _EVERYWHERE)
_ENGLISH_RULES = (
    *((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _ENGLISH),
    *((kind, re.compile(pattern)) for kind, pattern in _ENGLISH_CASED),
)


def match_patterns(text: str, *, english: bool) -> list[tuple[EntityType, int, int]]:
    """(type, start, end) of each entity, in order, without overlaps."""
    entities: list[tuple[EntityType, int, int]] = []
    text = _with_plain_digits(text)
    for kind, pattern in (*_RULES, *(_ENGLISH_RULES if english else ())):
        for match in pattern.finditer(text):
            matched = match.group()
            at = match.start() + len(matched) - len(matched.lstrip())
            to = match.start() + len(matched.rstrip())
            if all(to <= other_at or at >= other_to for _, other_at, other_to in entities):
                entities.append((kind, at, to))
    return sorted(entities, key=lambda entry: entry[1])


def _with_plain_digits(text: str) -> str:
    """Replace each digit of any script by 0 to 9. The length does not change."""
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.decimal(letter)) if letter.isdecimal() else letter for letter in text
    )
