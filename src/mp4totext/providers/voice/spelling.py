"""Spells out English text: numbers, times, dates, amounts and addresses become words. Pure.

The voice's letter-to-sound table skips everything that is not a word, so "9:30" would be silent.
"""

import re
from collections.abc import Callable
from typing import TypeAlias

from anyascii import anyascii

from mp4totext.providers.voice import spelling_numbers as say
from mp4totext.providers.voice.spelling_numbers import YEAR
from mp4totext.providers.voice.spelling_words import (
    ABBREVIATIONS,
    COUNTED_SMALL,
    CURRENCIES,
    DAYS,
    DIRECTIONS,
    MONTH,
    NUMBERED,
    SCALE,
    SCALES,
    SHORT_MONTH,
    SHORT_MONTHS,
    SPELLED,
    STATES,
    SUFFIXES,
    SYMBOLS,
    TITLES,
    UNITS,
)

Rule: TypeAlias = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]


def spelled_out(text: str) -> str:
    """The text with letters, apostrophes and punctuation for pauses only."""
    for pattern, spoken in _RULES:
        text = pattern.sub(spoken, text)
    for symbol, word in SYMBOLS.items():
        text = text.replace(symbol, word)
    text = anyascii(text)  # letters of other alphabets, dashes and quotation marks
    # Digits that anyascii made of characters such as ½ and ².
    text = re.sub(r"\d+", lambda digits: say.number(digits[0]), text)
    text = re.sub(r"\s+-+\s+|--+", ", ", text)
    text = re.sub(r"[^A-Za-z0-9 .,!?;:'\-\n]", " ", text)
    return re.sub(r"\s+([.,!?;:])", r"\1", " ".join(text.split()))


def spoken_words(text: str) -> list[str]:
    """The words of ``spelled_out`` in lower case, to compare with recognised words."""
    plain = re.sub(r"[^a-z0-9']+", " ", spelled_out(text).lower())
    return [word.strip("'") for word in plain.split() if word.strip("'")]


_DIGITS = r"\d{1,3}(?:,\d{3})+|\d+"
_UNIT_NAMES = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
_SHORT = "|".join(re.escape(short) for short in ABBREVIATIONS)
_SIGNS = "|".join(re.escape(s) for s in sorted(CURRENCIES, key=len, reverse=True) if "$" in s)
_CODES = "|".join(code for code in CURRENCIES if code.isalpha() and code.isupper())
_DOMAINS = "com|org|net|io|dev|edu|gov|info|app|ai|tv|fm|eu|uk|de|fr|ch|ca|nl"
# What follows a street at the end of a sentence, and no saint.
_OPENERS = (
    "A|An|And|As|At|But|For|From|He|Here|I|If|In|It|Its|My|On|Our|She|So|That|The|Then|There|These|"
    "They|This|To|Turn|We|What|When|Where|Who|You|Your"
)
_RULES: tuple[Rule, ...] = (
    (re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), say.address),
    (
        re.compile(r"\b(?:https?|s?ftp)://[^\s,;]+[^\s,;.!?)]|\bwww\.[^\s,;]+[^\s,;.!?)]"),
        say.address,
    ),
    (
        re.compile(
            rf"(?<![\w.-])(?:[A-Za-z0-9-]+\.)+(?:{_DOMAINS})\b(?:/[\w/.-]*\w)?"
        ),
        say.address,
    ),
    (
        re.compile(rf"(?<=\w)\.({SUFFIXES})\b"),
        lambda m: f" dot {m[1] if m[1] in ('zip', 'gif') else say.letters(m[1])}",
    ),
    (re.compile(r"(?<![\w.])\.NET\b"), lambda _: "dot net"),
    (re.compile(r"\b([CF])#"), lambda m: f"{m[1]} sharp"),
    (re.compile(r"(?<!\w)#(?=[A-Za-z])"), lambda _: "hashtag "),
    (re.compile(r"\bv\.?\s?(?=\d+\.\d)"), lambda _: "version "),
    # The dash of a time range: 9:00-10:30, 9 am - 5 pm.
    (
        re.compile(
            r"(?:(?<=[\dm])|(?<=m\.)|(?<=\bnoon))\s?[-–]\s?"
            r"(?=noon\b|\d{1,2}(?::\d\d|\s?[ap]\.?m\b))"
        ),
        lambda _: " to ",
    ),
    (
        re.compile(r"\b(?P<year>\d{4})(?P<by>[-/])(?P<month>0[1-9]|1[0-2])(?P=by)(?P<day>\d{2})\b"),
        say.iso_date,
    ),
    (
        re.compile(
            rf"\b(?P<month>0?[1-9]|1[0-2])/(?P<day>1[3-9]|2\d|3[01])/(?P<year>{YEAR})\b"
        ),
        say.iso_date,
    ),
    (
        re.compile(
            rf"\b(?P<day>1[3-9]|2\d|3[01])/(?P<month>0?[1-9]|1[0-2])/(?P<year>{YEAR})\b"
        ),
        say.day_first,
    ),
    (
        re.compile(
            rf"\b(?P<day>0?[1-9]|[12]\d|3[01])\.(?P<month>0?[1-9]|1[0-2])\.(?P<year>{YEAR})\b"
        ),
        say.day_first,
    ),
    (re.compile(r"\b(?P<hour>\d{1,3})\s?h\s?(?P<minute>\d{1,2})\s?m(?:in)?\b"), say.duration),
    (re.compile(r"\b(?P<hour>\d{1,2}):(?P<minute>[0-5]\d):(?P<second>[0-5]\d)\b"), say.duration),
    (
        re.compile(
            r"\b(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)"
            r"(?:\s*(?P<half>[ap]\.m\.|[ap]m\b))?",
            re.I,
        ),
        say.time,
    ),
    (
        re.compile(r"\b(?P<hour>1[0-2]|[1-9])(?P<minute>)\s*(?P<half>[ap]\.m\.|[ap]m\b)", re.I),
        say.time,
    ),
    (
        re.compile(r"\b(?P<hour>1[0-2]|[1-9])\.(?P<minute>[0-5]\d)\s*(?P<half>[ap]\.m\.|[ap]m\b)"),
        say.time,
    ),
    (re.compile(r"\b(?P<hour>[01]?\d|2[0-3])h(?P<minute>[0-5]\d)(?P<half>)\b"), say.time),
    (re.compile(r"(?<=\d\.\d\d)[-–](?=[$€£])"), lambda _: " to "),
    (
        re.compile(
            rf"(?<![A-Z])(?P<sign>{_SIGNS}|[€£¥₹₩₽₺₪฿₫₿]|(?:{_CODES})\s)\s?(?P<whole>{_DIGITS})"
            rf"(?P<rest>\.\d+)?(?:[-–][$€£]?(?P<to>{_DIGITS})(?![\d.]))?"
            rf"(?:\s?(?P<scale>{SCALE})\b)?"
        ),
        say.amount,
    ),
    (
        re.compile(
            rf"(?<![\d.,])(?P<whole>{_DIGITS})(?P<rest>\.\d+)?(?P<scale>)\s?"
            rf"(?P<sign>[€£]|(?:zł|{_CODES})\b)"
        ),
        say.amount,
    ),
    (re.compile(r"(?<=\d)\s?¢"), lambda _: " cents"),
    (re.compile(r"\b(\d{1,2})p\b"), lambda m: f"{m[1]} pence"),
    # Thousands apart: 1 000 000.
    (
        re.compile(r"(?<![\d.,])\d{1,3}(?:[ \u00a0\u202f]\d{3})*[ \u00a0\u202f]000\b(?! \d)"),
        lambda m: say.number(re.sub(r"\s", "", m[0])),
    ),
    (re.compile(rf"\b({'|'.join(NUMBERED)})\.\s?(?=\d)"), lambda m: f"{NUMBERED[m[1]]} "),
    (
        re.compile(
            r"\b(?P<digits>\d{1,4})(?P<letter>[A-Z])? (?P<name>(?:[A-Z][\w']*\s?){1,3}?) ?"
            r"(?P<kind>St\.|Street|Ave\.|Avenue|Rd\.|Road|Boulevard|Ln\.|Lane|Dr\.|Drive)(?=\W|$)"
        ),
        say.street,
    ),
    (re.compile(r"[\u00bc-\u00be\u2150-\u215e]"), say.vulgar_fraction),
    (
        re.compile(
            r"(?<![\d/.,])(?:(?P<whole>\d{1,4})\s+)?"
            r"(?P<numerator>\d)/(?P<denominator>1000?|10|16|32|64|[2-9])(?![\d/])"
        ),
        say.fraction,
    ),
    (
        re.compile(r"(?<![\d/.,])(?P<of>\d+\.\d)/(?=\d{1,2}\b)|\b(?P<all>100?)/(?=(?P=all)\b)"),
        lambda m: f"{m['of'] or m['all']} out of ",
    ),
    (
        re.compile(
            rf"\b(?P<before>[A-Z][a-z]+|{COUNTED_SMALL}) "
            r"(?P<roman>[IVXL]{2,6}|[VX]|I(?=[,.:;)]|$))\b"
        ),
        say.roman,
    ),
    (re.compile(r"\b(?P<roman>[IVX]{1,5})(?:st|nd|rd|th)? century\b"), say.century),
    (re.compile(r"\bWW(I{1,3})\b"), lambda m: f"World War {say.number(str(len(m[1])))}"),
    (
        re.compile(
            rf"(?<=, )(?P<state>{'|'.join(STATES)}) (?P<code>\d{{5}})(?:-(?P<rest>\d{{4}}))?\b"
        ),
        say.zip_code,
    ),
    (
        re.compile(rf"(?<=\b(?:Street|Avenue)) (?P<way>{'|'.join(DIRECTIONS)})\b"),
        lambda m: f" {DIRECTIONS[m['way']]}",
    ),
    (
        re.compile(
            r"(?<![\w.])(?P<feet>\d)\s?(?:ft\.?|['′])\s?(?P<inches>1[01]|\d)\s?(?:in\b\.?|[\"″])"
        ),
        lambda m: f"{say.number(m['feet'])} foot {say.number(m['inches'])}",
    ),
    (re.compile(rf"\bSt\.(?= (?:{_OPENERS})\b)"), lambda _: "Street."),
    (re.compile(r"\bSt\.?(?= [A-Z])(?<!\bMain St)"), lambda _: "Saint"),
    (re.compile(r"\bSt\."), lambda _: "Street"),
    (re.compile(r"\b([A-Z]\w+) Dr\.(?! [A-Z])"), lambda m: f"{m[1]} Drive"),
    (re.compile(rf"\b({'|'.join(TITLES)})\.(?= [A-Z])|\b(M[sx])(?= [A-Z])"), lambda m: (
        TITLES[m[1] or m[2]]
    )),
    (re.compile(r"(?<=[a-z]) v\. (?=[A-Z])"), lambda _: " versus "),
    (re.compile(r"\bvs\b\.?"), lambda _: "versus"),
    (re.compile(r"\bw/o\b"), lambda _: "without"),
    (re.compile(r"\bw/(?=\s)"), lambda _: "with"),
    (re.compile(r"\baka\b"), lambda _: "also known as"),
    (re.compile(r"&c\."), lambda _: "et cetera"),
    (re.compile(r"\bA\.?D\.?(?= \d)"), lambda _: "A D"),
    (re.compile(r"(?<=\bA D )1\d\d\d\b"), lambda m: say.year(m[0])),
    (re.compile(r"\b1\d\d\d(?= (?:BCE?|CE|AD)\b)"), lambda m: say.year(m[0])),
    (re.compile(r"(?<=[\da-z] )(?:BCE?|CE|AD)\b"), lambda m: say.letters(m[0])),
    (
        re.compile(r"\b(?:Mon|Tues?|Wed|Thu|Thurs|Fri|Sat|Sun)\.?\s?[-–](?=(?:Tue|Wed|Thu|Fri|S))"),
        lambda m: f"{DAYS[m[0].rstrip(' -–.') + '.']} to ",
    ),
    (  # "sat." and "sun." may end a sentence
        re.compile(
            r"\b(?:Mon|Tues?|Wed|Thu|Thurs|Fri)\.|\b(?:Sat|Sun)\.(?=,| \d| to | [A-Z])|"
            r"(?<= to )(?:Sat|Sun)\."
        ),
        lambda m: DAYS[m[0]],
    ),
    (re.compile(r"(?<=day to )(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b\.?"), lambda m: (
        DAYS[m[0].rstrip(".") + "."]
    )),
    (re.compile(rf"\b({SHORT_MONTH})\.?(?= \d)"), lambda m: SHORT_MONTHS[m[1]]),
    (re.compile(rf"(?<=\d )({SHORT_MONTH})\b\.?"), lambda m: SHORT_MONTHS[m[1]]),
    (re.compile(rf"\b(?:{_SHORT})"), lambda m: ABBREVIATIONS[m[0]]),
    (re.compile(r"\b(?:[A-Z]\.){2,}"), lambda m: say.letters(m[0].replace(".", ""))),
    (
        re.compile(rf"\b(?P<month>{MONTH}) (?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b"),
        lambda m: f"{m['month']} {say.ordinal(m['day'])}",
    ),
    (
        re.compile(rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)? (?P<month>{MONTH})\b"),
        lambda m: f"the {say.ordinal(m['day'])} of {m['month']}",
    ),
    (re.compile(r"\b(\d{1,18})(?:st|nd|rd|th)\b"), lambda m: say.ordinal(m[1])),
    (
        re.compile(
            r"(?:\+\d{1,3}[ -])?\(?\b\d{3}\)?[ -]\d{3}[ -]\d{4}\b|\b\d{3}-\d{4}\b|"
            r"(?:\+\d{1,3}|\(?(?<![\d.,])0\d{2,4}\)?)(?:[ -]\d{2,8}){2,}\b|"
            r"\b\d+(?:-\d+){2,}\b|\+\d{7,15}\b|\b\d{3}\.\d{3}\.\d{4}\b|"
            r"(?<![\d.,])\d{4}(?: \d{4}){2,}\b"
        ),
        say.one_by_one_in_groups,
    ),
    (re.compile(r"\b(?P<country>1)-(?P<code>8\d\d)-(?=[A-Z])"), say.free_call),
    (re.compile(r"(?<![\w.,:/-])0\d\d+\b(?![.,:/-]\d)"), lambda m: say.one_by_one(m[0])),
    (re.compile(r"(?<=\b[Dd]ial |\b[Cc]all )\d{3}\b"), lambda m: say.one_by_one(m[0])),
    (
        re.compile(
            r"\b(?P<of>(?:PIN|pin|[Cc]ode)(?: is|:)|PIN|(?:[Aa]rea|ZIP) code) (?P<digits>\d{3,8})\b"
        ),
        lambda m: f"{m['of']} {say.one_by_one(m['digits'])}",
    ),
    (re.compile(r"(?<=\b[Ff]light )[A-Z]{2}(?= ?\d)"), lambda m: f"{say.letters(m[0])} "),
    (re.compile(rf"\b({YEAR})s\b"), lambda m: f"{say.year(m[1])}s".replace("ys", "ies")),
    (re.compile(rf"(?<![\w.,-])(?P<first>{YEAR})[-–/](?P<last>\d\d)(?![\w/-])"), say.years),
    (  # "60s" alone may be seconds
        re.compile(r"(?:(?<!\w)['’]|(?<=\bthe ))([2-9]0)['’]?s\b"),
        lambda m: f"{say.number(m[1])[:-1]}ies",
    ),
    (re.compile(r"(?<=\w)/(?=(?:month|year|week|day|hour|person)\b)"), lambda _: " per "),
    (re.compile(r"(?<=\d)\s?[x×]\s?(?=\d)(?<!\b0x)"), lambda _: " by "),
    (re.compile(r"(?<=\d)\s?m/s²"), lambda _: " meters per second squared"),
    (re.compile(r"(?<=\d)\s?(k?m|[cm]m|ft)([²³])"), lambda m: (
        f" {'square' if m[2] == '²' else 'cubic'} {UNITS[m[1]]}"
    )),
    (re.compile(r"°\s?([NSEW])\b"), lambda m: f" degrees {DIRECTIONS[m[1]]}"),
    (re.compile(r"(?<=\d)\s?(M|bn)\b"), lambda m: f" {SCALES[m[1].lower()]}"),
    (re.compile(r"(?<![\w.,])\.(?=\d)"), lambda _: "0."),
    (re.compile(r"~\s?(?=\d)"), lambda _: "about "),
    (re.compile(r"(?<=[A-Za-z])(?P<exponent>[²³])"), say.power),
    (re.compile(r"(?<=\d)(?P<exponent>[⁰¹²³⁴-⁹]+)"), say.power),
    (re.compile(r"(?<=\d)\^(?P<exponent>\d+)"), say.power),
    # The dot after a unit within a sentence.
    (re.compile(rf"(?<=\d)(\s?(?:{_UNIT_NAMES}))\.(?= [a-z])"), lambda m: m[1]),
    (re.compile(rf"(?<![\d.,])1\s?(?P<unit>{_UNIT_NAMES})(?![\w])"), say.single_unit),
    (re.compile(rf"(?<=\d)\s?(?P<unit>{_UNIT_NAMES})(?![\w])"), lambda m: f" {UNITS[m['unit']]}"),
    (re.compile(r"\b(?:tsp|tbsp)\b"), lambda m: UNITS[m[0]][:-1]),  # after a fraction
    (re.compile(rf"\b([B-DF-HJ-NP-TV-XZ]{{2,5}}|{SPELLED})s\b"), lambda m: (
        f"{say.letters(m[1])}'s"
    )),
    (re.compile(rf"\b(?:[B-DF-HJ-NP-TV-XZ]{{2,5}}|{SPELLED})\b"), lambda m: say.letters(m[0])),
    (re.compile(r"(?<![\d.,])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)"), lambda m: " dot ".join(
        say.number(part) for part in m[0].split(".")
    )),
    # A version number, in which each dot is spoken: 3.11.2.
    (re.compile(r"(?<![\d.,])\d+(?:\.\d+){2,3}(?![\d.]*\d)"), lambda m: " point ".join(
        say.number(part) for part in m[0].split(".")
    )),
    (re.compile(r"(?<=\b[Ii]n )10\d\d(?=[,.;:?!]|$| (?!\w+s\b))"), lambda m: say.year(m[0])),
    (re.compile(r"(?<=\b[A-Z]\d)-(?=\d)|(?<=\b[A-Z]\d\d)-(?=\d)"), lambda _: ", "),  # a code
    (re.compile(r"(?<=\d)(?:\s?[-–]|:)(?=\d)"), lambda _: " to "),
    (re.compile(r"(?<![\w])[-−](?=\d)"), lambda _: "minus "),
    (re.compile(rf"(?<![\w.,])({YEAR})(?!\d|[.,]\d)\b"), lambda m: say.year(m[1])),
    (re.compile(r"\b(?=\w*[A-Za-z])(?=\w*\d)[A-Za-z0-9]+\b"), say.alphanumeric),
    (re.compile(rf"(?:{_DIGITS})(?:\.\d+)?"), lambda m: say.number(m[0])),
)  # fmt: skip
