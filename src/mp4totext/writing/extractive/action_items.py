"""Finds action items (task, owner, deadline) by patterns; `action_forms` has other languages.

Patterns cannot distinguish a plan from a report about one, so only commitments and requests in the
present tense count: "I'll send", "can you check", "we need to book", "action item".
"""

import re
from collections.abc import Iterable, Mapping

from mp4totext.writing import chinese
from mp4totext.writing.extractive.action_forms import FORMS, ActionForms
from mp4totext.writing.extractive.terms import is_english, primary_subtag
from mp4totext.writing.results import ActionItem, Sentence
from mp4totext.writing.wordlists import words

# Verbs after "I'll" or "we need to" that announce no action, such as "say" or "see".
_IDLE = "|".join(sorted(words("idle_verbs")))
_NOT_IDLE = rf"(?!(?:{_IDLE})\b)"
_ADVERBS = r"(?:(?:just|also|then|definitely|probably|quickly|go ahead and|try to|try and)\s)*"

_FIRST_PERSON = re.compile(
    rf"\bI(?:'ll| will|'m going to| am going to| can| need to| have to|'ve got to)\s{_ADVERBS}"
    rf"{_NOT_IDLE}(?P<verb>[a-z]+)\b",
)
_FIRST_PERSON_PLURAL = re.compile(
    rf"\b(?:[Ww]e(?:'ll| will| need to| have to| should| must|'ve got to)|[Ll]et's)\s{_ADVERBS}"
    rf"{_NOT_IDLE}(?P<verb>[a-z]+)\b"
)
_REQUEST = re.compile(
    r"(?:\b(?P<name>[A-Z][a-z]+), )?\b(?:[Cc]an|[Cc]ould|[Ww]ill|[Ww]ould) you (?:please )?"
    rf"{_ADVERBS}(?:(?P<shown>show|tell) (?!me\b)|{_NOT_IDLE}(?P<verb>[a-z]+)\b)"
    rf"|(?:\b(?P<other>[A-Z][a-z]+), )?\b[Pp]lease {_NOT_IDLE}(?P<polite>[a-z]+)\b"
    rf"|\b(?:[Dd]on't forget|[Rr]emember|[Mm]ake sure|[Bb]e sure) (?:to|that|you) [a-z]+"
    rf"|\b[Yy]ou(?:'ll)? (?:need|have) to {_NOT_IDLE}[a-z]+"
)
_NAMED_PERSON = re.compile(
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
    rf"|{_MONTH}(?: (?:the )?[\w-]+)?|\d+(?:st|nd|rd|th)?(?: of \w+| {_MONTH})?"
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
_QUESTION = ("?", "？", "؟")

ACTION_LANGUAGES = frozenset({"en", *FORMS})
"""Primary subtags of the languages whose action items are found."""


def action_items(
    sentences: Iterable[Sentence], *, speakers: Mapping[str, str] | None = None
) -> tuple[ActionItem, ...]:
    """Action items in spoken order. ``speakers``: speaker id -> label for owners."""
    items = []
    for sentence in sentences:
        text = sentence.text.replace("’", "'")
        forms = FORMS.get(primary_subtag(sentence.language))
        if is_english(sentence.language) and _is_commitment(text):
            owner, due = _owner(text, sentence.speaker, speakers or {}), _DUE.search(text)
        elif forms is not None and _is_action(text := _in_one_script(sentence), forms):
            is_own = not forms.asks.search(text) and sentence.speaker is not None
            owner = (speakers or {}).get(sentence.speaker or "", sentence.speaker)
            owner, due = owner if is_own else None, forms.due.search(text)
        else:
            continue
        items.append(
            ActionItem(
                segment_ids=sentence.segment_ids,
                start_ms=sentence.start_ms,
                end_ms=sentence.end_ms,
                text=sentence.text,
                owner=owner,
                due=sentence.text[due.start() : due.end()] if due else None,
                speaker=sentence.speaker,
            )
        )
    return tuple(items)


def _in_one_script(sentence: Sentence) -> str:
    """The text of a sentence; Chinese in simplified characters, like the patterns."""
    text = sentence.text.replace("’", "'")
    return chinese.simplified(text) if chinese.is_chinese(sentence.language) else text


def _is_action(text: str, forms: ActionForms) -> bool:
    """Whether it is a commitment or a request: "Can you send it?", not "Will I send it?"."""
    if forms.idle.search(text):
        return False
    commits = forms.commits.search(text) and not text.rstrip().endswith(_QUESTION)
    return bool(commits or forms.asks.search(text))


def _is_commitment(text: str) -> bool:
    if _HYPOTHETICAL.search(text):
        return False
    if _FIRST_PERSON.search(text) or _LABELLED.search(text) or _named_person(text):
        return True
    if _REQUEST.search(text):
        return True
    # "Should we book?" is a question, "we need to book" a plan.
    return bool(_FIRST_PERSON_PLURAL.search(text)) and not text.rstrip().endswith("?")


def _owner(text: str, speaker: str | None, speakers: Mapping[str, str]) -> str | None:
    request = _REQUEST.search(text)
    if request is not None:
        addressed = request.group("name") or request.group("other")
        return addressed if addressed and addressed.lower() not in _NOT_NAMES else None
    if (person := _named_person(text)) is not None:
        return person
    if _FIRST_PERSON.search(text) and speaker is not None:
        return speakers.get(speaker, speaker)
    return None


def _named_person(text: str) -> str | None:
    for match in _NAMED_PERSON.finditer(text):
        name = match.group("name")
        if not any(word.lower() in _NOT_NAMES for word in name.split()):
            return name
    return None
