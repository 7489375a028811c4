"""Which engine hears a recording, and why. Pure: facts in, a name and a reason out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mp4totext.providers.speech.base import ALL_LANGUAGES, SpeechCapabilities


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a recording needs of its engine. ``language`` None: not known yet."""

    language: str | None = None
    features: frozenset[str] = frozenset()  # those the engine itself must deliver
    llm_gateway: bool = False
    diarize: bool = False  # by the engine itself
    translate_to_english: bool = False
    vocabulary: bool = False
    duration_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    engine: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoChoice:
    """No engine that is available here does all of it."""

    reason: str
    supporters: tuple[str, ...]  # engines that would, once they are set up


def choose(
    wanted: Wanted,
    available: Mapping[str, SpeechCapabilities],
    *,
    every: Mapping[str, SpeechCapabilities] | None = None,
    prices_uc: Mapping[str, int] | None = None,
) -> Choice | NoChoice:
    """The cheapest engine that does everything wanted; the order of ``available`` breaks ties.

    ``available`` is in order of preference (the registry's: local before vendors); ``every``
    also has the engines that are not set up, to say which of them would do; ``prices_uc`` holds
    what each would cost in micro-credits.
    """
    able = [name for name, can in available.items() if not lacks(wanted, can)]
    if not able:
        would = tuple(name for name, can in (every or {}).items() if not lacks(wanted, can))
        return NoChoice(reason=_why_none(wanted, available), supporters=would)
    costs = prices_uc or {}
    best = min(able, key=lambda name: (costs.get(name, 0), able.index(name)))
    return Choice(engine=best, reason=_why(best, able, wanted, available, costs))


def lacks(wanted: Wanted, can: SpeechCapabilities) -> list[str]:
    """What of it an engine cannot do, in words; empty when it can do all."""
    missing = [
        feature.replace("_", " ")
        for feature in sorted(wanted.features)
        if not delivers(can, feature, wanted.language)
    ]
    # A language that is not known yet may be any: only an engine that hears them all will do.
    heard = (
        can.speaks(wanted.language)
        if wanted.language
        else len(can.languages) > 1 or (ALL_LANGUAGES in can.languages)
    )
    checks = (
        (heard, f"the language {wanted.language}" if wanted.language else "unknown languages"),
        (can.llm_gateway or not wanted.llm_gateway, "an LLM gateway"),
        (can.diarization or not wanted.diarize, "speakers"),
        (can.translate_to_english or not wanted.translate_to_english, "translation to English"),
        (can.vocabulary or not wanted.vocabulary, "a vocabulary"),
        (short_enough(wanted.duration_ms, can), "a recording of this length"),
    )
    return missing + [what for good, what in checks if not good]


def delivers(can: SpeechCapabilities, feature: str, language: str | None) -> bool:
    """Whether an engine has a feature in a language; with None, in any language at all."""
    languages = can.features.get(feature, frozenset())
    if language is None or ALL_LANGUAGES in languages:
        return bool(languages)
    return language.partition("-")[0].lower() in languages


def supporters(
    feature: str, language: str | None, table: Mapping[str, SpeechCapabilities]
) -> list[str]:
    """Engines that have a feature in a language: for a refusal that says who does."""
    return [name for name, can in table.items() if delivers(can, feature, language)]


def hearers(language: str, table: Mapping[str, SpeechCapabilities]) -> list[str]:
    """Engines that hear a language: for the same."""
    return [name for name, can in table.items() if can.speaks(language)]


def short_enough(duration_ms: int | None, can: SpeechCapabilities) -> bool:
    """Whether an engine takes a recording of this length; of an unknown one it may."""
    limit = can.max_duration_ms
    return limit is None or duration_ms is None or duration_ms <= limit


def _why(
    best: str,
    able: Iterable[str],
    wanted: Wanted,
    available: Mapping[str, SpeechCapabilities],
    costs: Mapping[str, int],
) -> str:
    spoken = f"hears {wanted.language}" if wanted.language else "hears any language"
    passed = [name for name in available if name == best or name not in able]
    first = next((name for name in passed[: passed.index(best)]), None)
    because = f"; {first} lacks {', '.join(lacks(wanted, available[first]))}" if first else ""
    others = [name for name in able if name != best]
    if not others:
        return f"{best} is the only engine here that {spoken} and does all that was asked{because}."
    cheaper = any(costs.get(name, 0) > costs.get(best, 0) for name in others)
    how = "the cheapest" if cheaper else "the first choice"
    return f"{best} {spoken} and is {how} of {', '.join([best, *others])}{because}."


def _why_none(wanted: Wanted, available: Mapping[str, SpeechCapabilities]) -> str:
    said = [f"{name} lacks {', '.join(lacks(wanted, can))}" for name, can in available.items()]
    return "No engine that is set up here does all of it: " + ("; ".join(said) or "none is") + "."
