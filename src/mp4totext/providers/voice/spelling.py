"""Spells out English text: numbers, times, dates, amounts and addresses become words. Pure.

The voice's letter-to-sound table skips everything that is not a word, so "9:30" would be silent.
"""

import importlib
import re
from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias
from unicodedata import normalize

from anyascii import anyascii

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_MONTH = "|".join(_MONTHS)
_SHORT_MONTHS = {**{month[:3]: month for month in _MONTHS}, "Sept": "September"}
_SHORT_MONTH = "|".join(sorted(_SHORT_MONTHS, key=len, reverse=True))
_CURRENCIES = {
    "$": ("dollar", "cent"), "€": ("euro", "cent"), "£": ("pound", "penny"), "¥": ("yen", "sen"),
    "₹": ("rupee", "paisa"),
}  # fmt: skip
_SCALES = {"k": "thousand", "m": "million", "bn": "billion", "b": "billion"}
_SCALE = "thousand|million|billion|trillion|bn|[kKmMbB]"
_UNITS = {
    "km/h": "kilometers per hour", "km": "kilometers", "cm": "centimeters", "mm": "millimeters",
    "m": "meters", "kg": "kilograms", "mg": "milligrams", "g": "grams", "lb": "pounds",
    "lbs": "pounds", "oz": "ounces", "ft": "feet", "ml": "milliliters", "kHz": "kilohertz",
    "MHz": "megahertz", "GHz": "gigahertz", "Hz": "hertz", "KB": "kilobytes", "MB": "megabytes",
    "GB": "gigabytes", "TB": "terabytes", "ms": "milliseconds", "s": "seconds",
    "min": "minutes", "h": "hours", "°C": "degrees Celsius", "°F": "degrees Fahrenheit",
    "°": "degrees", "%": "percent", "mph": "miles per hour", "mi": "miles", "sec": "seconds",
    "hr": "hours", "hrs": "hours", "yrs": "years", "tsp": "teaspoons", "tbsp": "tablespoons",
    "kW": "kilowatts", "kWh": "kilowatt hours",
}  # fmt: skip
_ABBREVIATIONS = {
    "Dr.": "Doctor", "Mr.": "Mister", "Mrs.": "Missus", "Ms.": "Miss", "Prof.": "Professor",
    "Jr.": "Junior", "Sr.": "Senior", "Ave.": "Avenue", "Rd.": "Road", "Blvd.": "Boulevard",
    "Mt.": "Mount", "vs.": "versus", "etc.": "et cetera", "e.g.": "for example",
    "i.e.": "that is", "approx.": "approximately", "dept.": "department", "Inc.": "Incorporated",
    "Ltd.": "Limited", "Co.": "Company", "Gen.": "General", "Capt.": "Captain", "Lt.": "Lieutenant",
    "Gov.": "Governor", "Rev.": "Reverend", "Jan.": "January", "Feb.": "February",
    "Aug.": "August", "Sept.": "September", "Oct.": "October", "Nov.": "November",
    "Dec.": "December", "pp.": "pages", "incl.": "including", "excl.": "excluding",
    "vol.": "volume", "Vol.": "Volume", "fig.": "figure", "Fig.": "Figure",
    "a.k.a.": "also known as", "Corp.": "Corporation", "Sgt.": "Sergeant", "Col.": "Colonel",
    "Maj.": "Major", "Sen.": "Senator", "Univ.": "University", "Bros.": "Brothers",
    "Ph.D.": "P H D", "PhD": "P H D", "lbs.": "pounds", "oz.": "ounces",
}  # fmt: skip
_DAYS = {
    "Mon.": "Monday", "Tue.": "Tuesday", "Tues.": "Tuesday", "Wed.": "Wednesday",
    "Thu.": "Thursday", "Thurs.": "Thursday", "Fri.": "Friday", "Sat.": "Saturday",
    "Sun.": "Sunday",
}  # fmt: skip
_STATES = {  # before a ZIP code: "OK" and "IN" are words, too
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California",
    "CO": "Colorado", "CT": "Connecticut", "DE": "Delaware", "FL": "Florida", "GA": "Georgia",
    "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas",
    "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts",
    "MI": "Michigan", "MN": "Minnesota", "MS": "Mississippi", "MO": "Missouri", "MT": "Montana",
    "NE": "Nebraska", "NV": "Nevada", "NH": "New Hampshire", "NJ": "New Jersey",
    "NM": "New Mexico", "NY": "New York", "NC": "North Carolina", "ND": "North Dakota",
    "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania", "RI": "Rhode Island",
    "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas", "UT": "Utah",
    "VT": "Vermont", "VA": "Virginia", "WA": "Washington", "WV": "West Virginia",
    "WI": "Wisconsin", "WY": "Wyoming", "DC": "D C",
}  # fmt: skip
_DIRECTIONS = {
    "N": "North", "S": "South", "E": "East", "W": "West", "NE": "Northeast", "NW": "Northwest",
    "SE": "Southeast", "SW": "Southwest",
}  # fmt: skip
# Acronyms that could be words; those without a vowel are recognised without a list.
_SPELLED = (
    "AI|API|ATM|CEO|CIA|DIY|DNA|ESA|EU|FAQ|FBI|HIV|IBM|IP|IPO|IQ|RNA|UFO|UI|UK|UN|URL|USA|USB|UX|"
    "VAT|VIP|AC|AMD|AWS|CIO|CPU|EPA|GPU|IRS|ISBN|MIT|MRI|NBA|OECD|ROI|SUV|UAE|UCLA|USSR|"
    "EST|EV|HR|ID|NGO|NYC|OS|US|UTC|UV"
)
_FRACTIONS = {2: "half", 4: "quarter"}  # the others are ordinals
# A Roman number after one of these is a cardinal; after a name an ordinal: Elizabeth the second.
_COUNTED = frozenset(
    {"Act", "Appendix", "Article", "Book", "Chapter", "Class", "Figure", "Grade", "Level", "Part",
     "Phase", "Section", "Stage", "Table", "Title", "Type", "Unit", "Version", "Volume", "War"}
)  # fmt: skip
_COUNTED_SMALL = "|".join(sorted(word.lower() for word in _COUNTED))
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50}
_SYMBOLS = {"&": " and ", "+": " plus ", "=": " equals ", "@": " at ", "#": " number "}

Rule: TypeAlias = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]


def spelled_out(text: str) -> str:
    """The text with letters, apostrophes and punctuation for pauses only."""
    for pattern, spoken in _RULES:
        text = pattern.sub(spoken, text)
    for symbol, word in _SYMBOLS.items():
        text = text.replace(symbol, word)
    text = anyascii(text)  # letters of other alphabets, dashes and quotation marks
    # Digits that anyascii made of characters such as ½ and ².
    text = re.sub(r"\d+", lambda digits: _number(digits[0]), text)
    text = re.sub(r"\s+-+\s+|--+", ", ", text)
    text = re.sub(r"[^A-Za-z0-9 .,!?;:'\-\n]", " ", text)
    return re.sub(r"\s+([.,!?;:])", r"\1", " ".join(text.split()))


def spoken_words(text: str) -> list[str]:
    """The words of ``spelled_out`` in lower case, to compare with recognised words."""
    plain = re.sub(r"[^a-z0-9']+", " ", spelled_out(text).lower())
    return [word.strip("'") for word in plain.split() if word.strip("'")]


@cache
def _inflect() -> Any:  # inflect.engine, which has no types
    """Imported on first use: it takes a second, half of the start of the program."""
    return importlib.import_module("inflect").engine()


def _number(digits: str) -> str:
    words = str(_inflect().number_to_words(digits.replace(",", ""), andword="", comma=""))
    return words.replace("  ", " ")


def _ordinal(digits: str) -> str:
    return str(_inflect().number_to_words(_inflect().ordinal(digits), andword="", comma=""))


def _year(digits: str) -> str:
    high, low = int(digits[:2]), int(digits[2:])
    if low == 0:
        return _number(digits) if high % 10 == 0 else f"{_number(digits[:2])} hundred"
    if high % 10 == 0 and low < 10:
        return _number(digits)  # two thousand five
    return f"{_number(str(high))} {'oh ' if low < 10 else ''}{_number(str(low))}"


def _one_by_one(digits: str) -> str:
    return " ".join(_number(digit) if digit != "0" else "zero" for digit in digits)


def _letters(text: str) -> str:
    return " ".join(text.upper())


def _amount(match: re.Match[str]) -> str:
    unit, hundredth = _CURRENCIES[match["sign"]]
    whole, scale, rest = match["whole"], match["scale"], match["rest"]
    plural = unit if unit == "yen" else f"{unit}s"
    if scale:
        scale = _SCALES.get(scale.lower(), scale)
        return f"{_number(whole + (rest or ''))} {scale} {plural}"
    spoken = f"{_number(whole)} {unit if whole == '1' else plural}"
    if not rest or int(rest[1:]) == 0:
        return spoken
    count = int(rest[1:].ljust(2, "0")[:2])
    if count != 1:
        hundredth = {"penny": "pence"}.get(hundredth, f"{hundredth}s")
    return f"{spoken} and {_number(str(count))} {hundredth}"


def _fraction(match: re.Match[str]) -> str:
    """Fractions below one with denominators up to ten; dates and scores stay as they are."""
    numerator, denominator = int(match["numerator"]), int(match["denominator"])
    if not 0 < numerator < denominator:
        return match[0]
    name = _FRACTIONS.get(denominator) or _ordinal(str(denominator))
    if numerator > 1:
        name = f"{name[:-1]}ves" if name == "half" else f"{name}s"
    whole = f"{match['whole']} and " if match["whole"] else ""
    return f"{whole}{_number(str(numerator))} {name}"


def _vulgar_fraction(match: re.Match[str]) -> str:
    return " " + normalize("NFKC", match[0]).replace("\u2044", "/")


def _roman(match: re.Match[str]) -> str:
    values = [_ROMAN[letter] for letter in match["roman"]]
    number = sum(
        -value if any(later > value for later in values[at + 1 : at + 2]) else value
        for at, value in enumerate(values)
    )
    if match["before"].capitalize() in _COUNTED:
        return f"{match['before']} {_number(str(number))}"
    if len(values) == 1:  # more often a letter: Plan V
        return match[0]
    return f"{match['before']} the {_ordinal(str(number))}"


def _single_unit(match: re.Match[str]) -> str:
    """One of a unit in the singular: 1 km is one kilometer."""
    first, _, rest = _UNITS[match["unit"]].partition(" ")
    single = {"feet": "foot", "hertz": "hertz", "kilohertz": "kilohertz"}.get(first)
    return f"one {single or first.removesuffix('s')} {rest}".rstrip()


def _time(match: re.Match[str]) -> str:
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    half = " ".join((match["half"] or "").replace(".", "").upper())
    if minute:
        minutes = f" oh {_number(str(minute))}" if minute < 10 else f" {_number(str(minute))}"
    else:
        minutes = "" if half or hour > 12 else " o'clock"
        minutes = " hundred hours" if not half and hour > 12 else minutes
    return f"{_number(str(hour))}{minutes} {half}".strip()


def _iso_date(match: re.Match[str]) -> str:
    month = _MONTHS[int(match["month"]) - 1]
    return f"{month} {_ordinal(match['day'])}, {_year(match['year'])}"


def _address(match: re.Match[str]) -> str:
    """E-mail and web addresses: dots and slashes become words."""
    text = re.sub(r"^https?://", "", match[0]).rstrip("/")
    text = text.replace("www.", "W W W dot ")
    # Labels that are not pronounceable as words, and those of countries.
    text = re.sub(r"\b(?:[b-df-hj-np-tv-xz]{2,5}|uk|io|eu|us|ai)\b", lambda m: _letters(m[0]), text)
    for sign, word in (
        (".", "dot"),
        ("@", "at"),
        ("/", "slash"),
        ("-", "dash"),
        ("_", "underscore"),
    ):
        text = text.replace(sign, f" {word} ")
    return re.sub(r"\d+", lambda digits: f" {_one_by_one(digits[0])} ", text)


def _alphanumeric(match: re.Match[str]) -> str:
    """Letters and digits in one word: MP4, B2B, 3D. "A-four" tells the letter from the article."""
    spoken = []
    for part in re.findall(r"[A-Za-z]+|\d+", match[0]):
        if re.fullmatch(_YEAR, part):
            spoken.append(_year(part))
        elif part.isdigit():
            spoken.append(_number(part))
        else:
            spoken.append(_letters(part) if len(part) <= 3 else part)
    return re.sub(r"^A (?=[a-z])", "A-", " ".join(spoken))


def _street(match: re.Match[str]) -> str:
    """House numbers in pairs of digits: 221 is two twenty-one."""
    digits, letter = match["digits"], match["letter"] or ""
    if len(digits) < 3:
        spoken = _number(digits)
    else:
        pair = digits[-2:]
        low = "hundred" if pair == "00" else ("oh " if pair[0] == "0" else "") + _number(pair)
        spoken = f"{_number(digits[:-2])} {low}"
    kind = {"St.": "Street", "Ave.": "Avenue", "Rd.": "Road"}.get(match["kind"], match["kind"])
    return f"{spoken} {letter} {match['name']} {kind}".replace("  ", " ")


def _zip_code(match: re.Match[str]) -> str:
    groups = [match["code"], match["rest"]]
    return f"{_STATES[match['state']]} " + ", ".join(_one_by_one(each) for each in groups if each)


def _one_by_one_in_groups(match: re.Match[str]) -> str:
    """A telephone number or an ISBN."""
    groups = re.findall(r"\d+", match[0])
    plus = "plus " if match[0].startswith("+") else ""
    return plus + ", ".join(_one_by_one(group) for group in groups)


_YEAR = r"1[1-9]\d\d|20\d\d"
_DIGITS = r"\d{1,3}(?:,\d{3})+|\d+"
_UNIT_NAMES = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))
_SHORT = "|".join(re.escape(short) for short in _ABBREVIATIONS)
_RULES: tuple[Rule, ...] = (
    (re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), _address),
    (re.compile(r"https?://[^\s,;]+[^\s,;.!?)]|\bwww\.[^\s,;]+[^\s,;.!?)]"), _address),
    (
        re.compile(
            r"(?<![\w.-])(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|edu)\b(?:/[\w/.-]*\w)?"
        ),
        _address,
    ),
    (re.compile(r"\bv\.?\s?(?=\d+\.\d)"), lambda _: "version "),
    # The dash of a time range: 9:00-10:30, 9 am - 5 pm.
    (
        re.compile(r"(?:(?<=[\dm])|(?<=m\.))\s?[-–]\s?(?=\d{1,2}(?::\d\d|\s?[ap]\.?m\b))"),
        lambda _: " to ",
    ),
    (re.compile(r"\b(?P<year>\d{4})-(?P<month>0[1-9]|1[0-2])-(?P<day>\d{2})\b"), _iso_date),
    (
        re.compile(
            r"\b(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)"
            r"(?:\s*(?P<half>[ap]\.m\.|[ap]m\b))?",
            re.I,
        ),
        _time,
    ),
    (
        re.compile(r"\b(?P<hour>1[0-2]|[1-9])(?P<minute>)\s*(?P<half>[ap]\.m\.|[ap]m\b)", re.I),
        _time,
    ),
    (
        re.compile(
            rf"(?P<sign>[$€£¥₹])(?P<whole>{_DIGITS})(?P<rest>\.\d+)?(?:\s?(?P<scale>{_SCALE})\b)?"
        ),
        _amount,
    ),
    (
        re.compile(rf"(?<![\d.,])(?P<whole>{_DIGITS})(?P<rest>\.\d+)?(?P<scale>)\s?(?P<sign>[€£])"),
        _amount,
    ),
    (re.compile(r"\b[Nn]o\.(?= \d)"), lambda _: "number"),
    (
        re.compile(
            r"\b(?P<digits>\d{1,4})(?P<letter>[A-Z])? (?P<name>(?:[A-Z][\w']*\s?){1,3}?) ?"
            r"(?P<kind>St\.|Street|Ave\.|Avenue|Rd\.|Road|Boulevard|Lane|Drive)(?=\W|$)"
        ),
        _street,
    ),
    (re.compile(r"[\u00bc-\u00be\u2150-\u215e]"), _vulgar_fraction),
    (
        re.compile(
            r"(?<![\d/.,])(?:(?P<whole>\d{1,4})\s+)?"
            r"(?P<numerator>\d)/(?P<denominator>10|[2-9])(?![\d/])"
        ),
        _fraction,
    ),
    (
        re.compile(
            rf"\b(?P<before>[A-Z][a-z]+|{_COUNTED_SMALL}) "
            r"(?P<roman>[IVXL]{2,6}|[VX]|I(?=[,.:;)]|$))\b"
        ),
        _roman,
    ),
    (re.compile(r"\bWW(I{1,3})\b"), lambda m: f"World War {_number(str(len(m[1])))}"),
    (
        re.compile(
            rf"(?<=, )(?P<state>{'|'.join(_STATES)}) (?P<code>\d{{5}})(?:-(?P<rest>\d{{4}}))?\b"
        ),
        _zip_code,
    ),
    (
        re.compile(rf"(?<=\b(?:Street|Avenue)) (?P<way>{'|'.join(_DIRECTIONS)})\b"),
        lambda m: f" {_DIRECTIONS[m['way']]}",
    ),
    (
        re.compile(
            r"(?<![\w.])(?P<feet>\d)\s?(?:ft\.?|['′])\s?(?P<inches>1[01]|\d)\s?(?:in\b\.?|[\"″])"
        ),
        lambda m: f"{_number(m['feet'])} foot {_number(m['inches'])}",
    ),
    (re.compile(r"\bSt\.(?= [A-Z])"), lambda _: "Saint"),
    (re.compile(r"\bSt\."), lambda _: "Street"),
    (re.compile(r"\bp\.(?= \d)"), lambda _: "page"),
    (
        re.compile(r"\b(?:Mon|Tues?|Wed|Thu|Thurs|Fri|Sat|Sun)\.?\s?[-–](?=(?:Tue|Wed|Thu|Fri|S))"),
        lambda m: f"{_DAYS[m[0].rstrip(' -–.') + '.']} to ",
    ),
    (  # "sat." and "sun." may end a sentence
        re.compile(
            r"\b(?:Mon|Tues?|Wed|Thu|Thurs|Fri)\.|\b(?:Sat|Sun)\.(?=,| \d| to | [A-Z])|"
            r"(?<= to )(?:Sat|Sun)\."
        ),
        lambda m: _DAYS[m[0]],
    ),
    (re.compile(rf"\b(?:{_SHORT_MONTH})(?= \d)"), lambda m: _SHORT_MONTHS[m[0]]),
    (re.compile(rf"(?<=\d )({_SHORT_MONTH})\b\.?"), lambda m: _SHORT_MONTHS[m[1]]),
    (re.compile(rf"\b(?:{_SHORT})"), lambda m: _ABBREVIATIONS[m[0]]),
    (re.compile(r"\b(?:[A-Z]\.){2,}"), lambda m: _letters(m[0].replace(".", ""))),
    (
        re.compile(rf"\b(?P<month>{_MONTH}) (?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b"),
        lambda m: f"{m['month']} {_ordinal(m['day'])}",
    ),
    (
        re.compile(rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)? (?P<month>{_MONTH})\b"),
        lambda m: f"the {_ordinal(m['day'])} of {m['month']}",
    ),
    (re.compile(r"\b(\d+)(?:st|nd|rd|th)\b"), lambda m: _ordinal(m[1])),
    (
        re.compile(
            r"(?:\+\d{1,3}[ -])?\(?\b\d{3}\)?[ -]\d{3}[ -]\d{4}\b|\b\d{3}-\d{4}\b|"
            r"(?:\+\d{1,3}|(?<![\d.,])0\d{2,4})(?:[ -]\d{2,4}){2,}\b|\b\d+(?:-\d+){2,}\b"
        ),
        _one_by_one_in_groups,
    ),
    (re.compile(r"(?<=\b[Dd]ial |\b[Cc]all )\d{3}\b"), lambda m: _one_by_one(m[0])),
    (
        re.compile(
            r"\b(?P<of>(?:PIN|pin|[Cc]ode)(?: is|:)|PIN|(?:[Aa]rea|ZIP) code) (?P<digits>\d{3,8})\b"
        ),
        lambda m: f"{m['of']} {_one_by_one(m['digits'])}",
    ),
    (re.compile(r"(?<=\b[Ff]light )[A-Z]{2}(?= ?\d)"), lambda m: f"{_letters(m[0])} "),
    (re.compile(rf"\b({_YEAR})s\b"), lambda m: f"{_year(m[1])}s".replace("ys", "ies")),
    (  # "60s" alone may be seconds
        re.compile(r"(?:(?<!\w)['’]|(?<=\bthe ))([2-9]0)['’]?s\b"),
        lambda m: f"{_number(m[1])[:-1]}ies",
    ),
    (re.compile(r"(?<=\w)/(?=(?:month|year|week|day|hour|person)\b)"), lambda _: " per "),
    (re.compile(r"(?<=\d)\s?[x×]\s?(?=\d)(?<!\b0x)"), lambda _: " by "),
    (re.compile(r"(?<=\d)\s?(k?m|[cm]m|ft)([²³])"), lambda m: (
        f" {'square' if m[2] == '²' else 'cubic'} {_UNITS[m[1]]}"
    )),
    (re.compile(r"°\s?([NSEW])\b"), lambda m: f" degrees {_DIRECTIONS[m[1]]}"),
    (re.compile(r"(?<=\d)\s?(M|bn)\b"), lambda m: f" {_SCALES[m[1].lower()]}"),
    (re.compile(r"(?<![\w.,])\.(?=\d)"), lambda _: "0."),
    (re.compile(r"\bca?\.(?= \d)"), lambda _: "circa"),
    (re.compile(rf"(?<![\d.,])1\s?(?P<unit>{_UNIT_NAMES})(?![\w])"), _single_unit),
    (re.compile(rf"(?<=\d)\s?(?P<unit>{_UNIT_NAMES})(?![\w])"), lambda m: f" {_UNITS[m['unit']]}"),
    (re.compile(r"\b(?:tsp|tbsp)\b"), lambda m: _UNITS[m[0]][:-1]),  # after a fraction
    (re.compile(rf"\b([B-DF-HJ-NP-TV-XZ]{{2,5}}|{_SPELLED})s\b"), lambda m: f"{_letters(m[1])}'s"),
    (re.compile(rf"\b(?:[B-DF-HJ-NP-TV-XZ]{{2,5}}|{_SPELLED})\b"), lambda m: _letters(m[0])),
    # A version number, in which each dot is spoken: 3.11.2.
    (re.compile(r"(?<![\d.,])\d+(?:\.\d+){2,3}(?![\d.]*\d)"), lambda m: " point ".join(
        _number(part) for part in m[0].split(".")
    )),
    (re.compile(r"(?<=\b[Ii]n )10\d\d(?=[,.;:?!]|$| (?!\w+s\b))"), lambda m: _year(m[0])),
    (re.compile(r"(?<=\b[A-Z]\d)-(?=\d)|(?<=\b[A-Z]\d\d)-(?=\d)"), lambda _: ", "),  # a code
    (re.compile(r"(?<=\d)(?:\s?[-–]|:)(?=\d)"), lambda _: " to "),
    (re.compile(r"(?<![\w])[-−](?=\d)"), lambda _: "minus "),
    (re.compile(rf"(?<![\w.,])({_YEAR})(?!\d|[.,]\d)\b"), lambda m: _year(m[1])),
    (re.compile(r"\b(?=\w*[A-Za-z])(?=\w*\d)[A-Za-z0-9]+\b"), _alphanumeric),
    (re.compile(rf"(?:{_DIGITS})(?:\.\d+)?"), lambda m: _number(m[0])),
)  # fmt: skip
