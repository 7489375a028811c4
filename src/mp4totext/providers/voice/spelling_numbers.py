"""Says numbers of every kind in words: years, amounts, times, fractions, addresses. Pure."""

import importlib
import re
from functools import cache
from typing import Any
from unicodedata import normalize

from mp4totext.providers.voice.spelling_words import (
    COUNTED,
    CURRENCIES,
    FRACTIONS,
    MONTHS,
    ROMAN,
    SAME_IN_PLURAL,
    SCALES,
    STATES,
    UNITS,
)

_LONGEST = 18  # digits that are said as one number
YEAR = r"1[1-9]\d\d|20\d\d"


@cache
def _inflect() -> Any:  # inflect.engine, which has no types
    """Imported on first use: it takes a second, half of the start of the program."""
    return importlib.import_module("inflect").engine()


def number(digits: str) -> str:
    digits = digits.replace(",", "")
    if len(digits.partition(".")[0]) > _LONGEST:  # an account, and no number
        return one_by_one(re.sub(r"\D", "", digits))
    words = str(_inflect().number_to_words(digits, andword="", comma=""))
    return words.replace("  ", " ")


def ordinal(digits: str) -> str:
    return str(_inflect().number_to_words(_inflect().ordinal(digits), andword="", comma=""))


def year(digits: str) -> str:
    high, low = int(digits[:2]), int(digits[2:])
    if low == 0:
        return number(digits) if high % 10 == 0 else f"{number(digits[:2])} hundred"
    if high % 10 == 0 and low < 10:
        return number(digits)  # two thousand five
    return f"{number(str(high))} {'oh ' if low < 10 else ''}{number(str(low))}"


def one_by_one(digits: str) -> str:
    return " ".join(number(digit) if digit != "0" else "zero" for digit in digits)


def letters(text: str) -> str:
    return " ".join(text.upper())


def amount(match: re.Match[str]) -> str:
    unit, hundredth = CURRENCIES[match["sign"].strip()]
    whole, scale, rest, to = (match.groupdict().get(n) for n in ("whole", "scale", "rest", "to"))
    assert whole is not None
    plural = unit if unit in SAME_IN_PLURAL else f"{unit}s"
    if scale or to:
        scale = f" {SCALES.get(scale.lower(), scale)}" if scale else ""
        to = f" to {number(to)}" if to else ""
        return f"{number(whole + (rest or ''))}{to}{scale} {plural}"
    spoken = f"{number(whole)} {unit if whole == '1' else plural}"
    if not rest or int(rest[1:]) == 0:
        return spoken
    count = int(rest[1:].ljust(2, "0")[:2])
    if count != 1:
        hundredth = {"penny": "pence"}.get(hundredth, f"{hundredth}s")
    small = f"{number(str(count))} {hundredth}"
    return small if whole == "0" else f"{spoken} and {small}"


def fraction(match: re.Match[str]) -> str:
    """Fractions below one; dates and scores stay as they are."""
    numerator, denominator = int(match["numerator"]), int(match["denominator"])
    if numerator == denominator:
        return f"{number(str(numerator))} out of {number(str(denominator))}"
    if not 0 < numerator < denominator:
        return match[0]
    name = FRACTIONS.get(denominator) or ordinal(str(denominator)).removeprefix("one ")
    if numerator > 1:
        name = f"{name[:-1]}ves" if name == "half" else f"{name}s"
    whole = f"{match['whole']} and " if match["whole"] else ""
    return f"{whole}{number(str(numerator))} {name}"


def vulgar_fraction(match: re.Match[str]) -> str:
    return " " + normalize("NFKC", match[0]).replace("\u2044", "/")


def _roman_number(written: str) -> int:
    values = [ROMAN[letter] for letter in written]
    return sum(
        -value if any(later > value for later in values[at + 1 : at + 2]) else value
        for at, value in enumerate(values)
    )


def roman(match: re.Match[str]) -> str:
    value = _roman_number(match["roman"])
    if match["before"].capitalize() in COUNTED:
        return f"{match['before']} {number(str(value))}"
    if len(match["roman"]) == 1:  # more often a letter: Plan V
        return match[0]
    return f"{match['before']} the {ordinal(str(value))}"


def single_unit(match: re.Match[str]) -> str:
    """One of a unit in the singular: 1 km is one kilometer."""
    first, _, rest = UNITS[match["unit"]].partition(" ")
    single = {"feet": "foot", "hertz": "hertz", "kilohertz": "kilohertz"}.get(first)
    return f"one {single or first.removesuffix('s')} {rest}".rstrip()


def time(match: re.Match[str]) -> str:
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    half = " ".join((match["half"] or "").replace(".", "").upper())
    if minute:
        minutes = f" oh {number(str(minute))}" if minute < 10 else f" {number(str(minute))}"
    else:
        minutes = "" if half or hour > 12 else " o'clock"
        minutes = " hundred hours" if not half and hour > 12 else minutes
    return f"{number(str(hour))}{minutes} {half}".strip()


def iso_date(match: re.Match[str]) -> str:
    month = MONTHS[int(match["month"]) - 1]
    return f"{month} {ordinal(match['day'])}, {year(match['year'])}"


def day_first(match: re.Match[str]) -> str:
    month = MONTHS[int(match["month"]) - 1]
    return f"the {ordinal(match['day'])} of {month}, {year(match['year'])}"


def duration(match: re.Match[str]) -> str:
    """Hours, minutes and seconds, of which the last may be missing."""
    parts = [
        f"{number(str(int(digits)))} {unit}{'' if int(digits) == 1 else 's'}"
        for unit, digits in match.groupdict().items()
        if digits is not None and int(digits)
    ]
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 2 else " ".join(parts)


def years(match: re.Match[str]) -> str:
    """A range of years of one century: 1914-18, 2003/04."""
    first, last = match["first"], match["last"]
    if last <= first[-2:]:  # rather a month: 2024-11
        return match[0]
    low = f"oh {number(last[1])}" if last[0] == "0" else number(last)
    return f"{year(first)} to {low}"


def power(match: re.Match[str]) -> str:
    exponent = normalize("NFKC", match["exponent"])
    return {"2": " squared", "3": " cubed"}.get(exponent, f" to the power of {exponent}")


def century(match: re.Match[str]) -> str:
    return f"{ordinal(str(_roman_number(match['roman'])))} century"


def address(match: re.Match[str]) -> str:
    """E-mail and web addresses: dots and slashes become words."""
    text = re.sub(r"^[a-z]+://", "", match[0]).rstrip("/")
    text = text.replace("www.", "W W W dot ")
    # Labels that are not pronounceable as words, and those of countries.
    text = re.sub(r"\b(?:[b-df-hj-np-tv-xz]{2,5}|uk|io|eu|us|ai)\b", lambda m: letters(m[0]), text)
    for sign, word in (
        (".", "dot"),
        ("@", "at"),
        ("/", "slash"),
        ("-", "dash"),
        ("_", "underscore"),
        (":", "colon"),
        ("?", "question mark"),
        ("=", "equals"),
        ("#", "hash"),
    ):
        text = text.replace(sign, f" {word} ")
    return re.sub(r"\d+", lambda digits: f" {one_by_one(digits[0])} ", text)


def alphanumeric(match: re.Match[str]) -> str:
    """Letters and digits in one word: MP4, B2B, 3D. "A-four" tells the letter from the article."""
    spoken = []
    for part in re.findall(r"[A-Za-z]+|\d+", match[0]):
        if re.fullmatch(YEAR, part):
            spoken.append(year(part))
        elif part.isdigit():
            spoken.append(number(part))
        else:
            spoken.append(letters(part) if len(part) <= 3 else part)
    return re.sub(r"^A (?=[a-z])", "A-", " ".join(spoken))


def street(match: re.Match[str]) -> str:
    """House numbers in pairs of digits: 221 is two twenty-one."""
    digits, letter = match["digits"], match["letter"] or ""
    if len(digits) < 3:
        spoken = number(digits)
    else:
        pair = digits[-2:]
        low = "hundred" if pair == "00" else ("oh " if pair[0] == "0" else "") + number(pair)
        spoken = f"{number(digits[:-2])} {low}"
    kinds = {"St.": "Street", "Ave.": "Avenue", "Rd.": "Road", "Dr.": "Drive", "Ln.": "Lane"}
    kind = kinds.get(match["kind"], match["kind"])
    return f"{spoken} {letter} {match['name']} {kind}".replace("  ", " ")


def zip_code(match: re.Match[str]) -> str:
    groups = [match["code"], match["rest"]]
    return f"{STATES[match['state']]} " + ", ".join(one_by_one(each) for each in groups if each)


def one_by_one_in_groups(match: re.Match[str]) -> str:
    """A telephone number or an ISBN."""
    groups = re.findall(r"\d+", match[0])
    plus = "plus " if match[0].startswith("+") else ""
    return plus + ", ".join(one_by_one(group) for group in groups)


def free_call(match: re.Match[str]) -> str:
    return f"{number(match['country'])}, {number(match['code'])}, "
