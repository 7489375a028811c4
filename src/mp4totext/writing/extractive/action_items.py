"""Who said they, or somebody, would do what, by when. English, by the patterns people use.

A pattern cannot tell a plan from a story about one, so only forms that commit or ask in the
present are taken: "I'll send", "can you check", "we need to book", "action item".
"""

import re
from collections.abc import Iterable, Mapping

from mp4totext.writing.extractive.terms import is_english
from mp4totext.writing.results import ActionItem, Sentence
from mp4totext.writing.wordlists import words

# Verbs that follow "I'll" or "we need to" without anything being done afterwards.
_IDLE = "|".join(sorted(words("idle_verbs")))
_NOT_IDLE = rf"(?!(?:{_IDLE})\b)"
_ADVERBS = r"(?:(?:just|also|then|definitely|probably|quickly|go ahead and|try to|try and)\s)*"

_OWN = re.compile(
    rf"\bI(?:'ll| will|'m going to| am going to| can| need to| have to|'ve got to)\s{_ADVERBS}"
    rf"{_NOT_IDLE}(?P<verb>[a-z]+)\b",
)
_TOGETHER = re.compile(
    rf"\b(?:[Ww]e(?:'ll| will| need to| have to| should| must|'ve got to)|[Ll]et's)\s{_ADVERBS}"
    rf"{_NOT_IDLE}(?P<verb>[a-z]+)\b"
)
_ASKED = re.compile(
    r"(?:\b(?P<name>[A-Z][a-z]+), )?\b(?:[Cc]an|[Cc]ould|[Ww]ill|[Ww]ould) you (?:please )?"
    rf"{_ADVERBS}{_NOT_IDLE}(?P<verb>[a-z]+)\b"
    rf"|(?:\b(?P<other>[A-Z][a-z]+), )?\b[Pp]lease {_NOT_IDLE}(?P<polite>[a-z]+)\b"
    rf"|\b(?:[Dd]on't forget|[Rr]emember|[Mm]ake sure|[Bb]e sure) (?:to|that|you) [a-z]+"
    rf"|\b[Yy]ou(?:'ll)? (?:need|have) to {_NOT_IDLE}[a-z]+"
)
_NAMED = re.compile(
    rf"\b(?P<name>[A-Z][a-z]+(?: [A-Z][a-z]+)?) (?:will|is going to|needs to|has to|should|is to) "
    rf"{_ADVERBS}{_NOT_IDLE}(?P<verb>[a-z]+)\b"
)
_LABELLED = re.compile(
    r"\b(?:action (?:item|point)|to-?do|next steps?|follow[- ]up)\b", re.IGNORECASE
)

_WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
)
_DUE = re.compile(
    r"\b(?:by|before|until|no later than|on|due)\s(?:the\s)?(?:"
    r"end of (?:the )?(?:day|week|month|quarter|year)|tomorrow|tonight|noon|next (?:week|month)"
    rf"|(?:next |this )?{_WEEKDAY}(?: morning| afternoon| evening| night)?"
    rf"|{_MONTH}(?: (?:the )?[\w-]+)?|\d+(?:st|nd|rd|th)?(?: of \w+)?"
    r"|\d{1,2}(?::\d\d)?\s?[ap]\.?m\.?)"
    rf"|\b(?:tomorrow|tonight|today|(?:next|this) week|next month|(?:next|this) {_WEEKDAY}"
    r"|this (?:morning|afternoon|evening)|as soon as possible|right away"
    r"|in (?:a|one|two|three|\d+) (?:days?|weeks?|hours?))\b",
    re.IGNORECASE,
)
_HYPOTHETICAL = re.compile(
    r"^(?:if|when|imagine|suppose|whenever|unless)\b(?![^,]*,)|\b(?:used to|would have|could have|"
    r"should have)\b",
    re.IGNORECASE,
)
_NOT_NAMES = words("not_owners")


def action_items(
    sentences: Iterable[Sentence], *, speakers: Mapping[str, str] | None = None
) -> tuple[ActionItem, ...]:
    """In the order they are said. ``speakers``: id to the label that an owner is called by."""
    found = []
    for sentence in sentences:
        text = sentence.text.replace("’", "'")
        if not is_english(sentence.language) or not _commits(text):
            continue
        due = _DUE.search(text)
        found.append(
            ActionItem(
                segment_ids=sentence.segment_ids,
                start_ms=sentence.start_ms,
                end_ms=sentence.end_ms,
                text=sentence.text,
                owner=_owner(text, sentence.speaker, speakers or {}),
                due=sentence.text[due.start() : due.end()] if due else None,
                speaker=sentence.speaker,
            )
        )
    return tuple(found)


def _commits(text: str) -> bool:
    if _HYPOTHETICAL.search(text):
        return False
    if _OWN.search(text) or _LABELLED.search(text) or _third_person(text):
        return True
    asked = _ASKED.search(text)
    together = _TOGETHER.search(text)
    question = text.rstrip().endswith("?")
    return bool(asked) or (bool(together) and not question)


def _owner(text: str, speaker: str | None, speakers: Mapping[str, str]) -> str | None:
    asked = _ASKED.search(text)
    if asked is not None:
        addressed = asked.group("name") or asked.group("other")
        return addressed if addressed and addressed.lower() not in _NOT_NAMES else None
    if (named := _third_person(text)) is not None:
        return named
    if _OWN.search(text) and speaker is not None:
        return speakers.get(speaker, speaker)
    return None


def _third_person(text: str) -> str | None:
    for match in _NAMED.finditer(text):
        name = match.group("name")
        if not any(word.lower() in _NOT_NAMES for word in name.split()):
            return name
    return None
