"""Chooses the engine for a recording, with the reason. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from mp4totext.providers.speech.base import ALL_LANGUAGES, Quality, SpeechCapabilities


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineNeeds:
    """What an engine must support. ``language`` None: not known yet."""

    language: str | None = None
    features: frozenset[str] = frozenset()  # features that the engine itself must deliver
    llm_gateway: bool = False
    diarize: bool = False  # the engine itself must separate speakers
    translate_to_english: bool = False
    vocabulary: bool = False
    prompt: bool = False
    quality: Quality | None = None
    duration_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    engine: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoChoice:
    """No available engine supports everything."""

    reason: str
    supporters: tuple[str, ...]  # engines that would, after being set up


def choose(
    needs: EngineNeeds,
    available: Mapping[str, SpeechCapabilities],
    *,
    all_engines: Mapping[str, SpeechCapabilities] | None = None,
    prices_uc: Mapping[str, int] | None = None,
) -> Choice | NoChoice:
    """The cheapest engine that supports everything; the order of ``available`` breaks ties.

    ``available`` is in order of preference, which is the table's; ``all_engines`` includes those
    that are not set up, to name the suitable ones; ``prices_uc`` has each one's price for this
    recording in micro-credits.
    """
    able = [name for name, can in available.items() if not lacks(needs, can)]
    if not able:
        reasons = [
            f"{name} lacks {', '.join(lacks(needs, can))}" for name, can in available.items()
        ]
        reason = f"No engine that is set up here does all of it: {'; '.join(reasons) or 'none is'}."
        engines = (all_engines or {}).items()
        supporters = tuple(name for name, can in engines if not lacks(needs, can))
        return NoChoice(reason=reason, supporters=supporters)
    costs = prices_uc or {}
    best = min(able, key=lambda name: (costs.get(name, 0), able.index(name)))
    return Choice(engine=best, reason=_why(best, able, needs, available, costs))


def lacks(needs: EngineNeeds, can: SpeechCapabilities) -> list[str]:
    """Descriptions of the needs that an engine does not meet; empty if it meets all."""
    features = [
        feature.replace("_", " ")
        for feature in sorted(needs.features)
        if not delivers(can, feature, needs.language)
    ]
    if needs.language is not None:
        language, supported = f"the language {needs.language}", can.supports(needs.language)
    else:  # unknown, so an engine for one language only is unsuitable
        language = "unknown languages"
        supported = len(can.languages) > 1 or ALL_LANGUAGES in can.languages
    checks = (
        (supported, language),
        (can.llm_gateway or not needs.llm_gateway, "an LLM gateway"),
        (can.diarization or not needs.diarize, "speakers"),
        (can.translate_to_english or not needs.translate_to_english, "translation to English"),
        (can.vocabulary or not needs.vocabulary, "a vocabulary"),
        (can.prompt or not needs.prompt, "a prompt"),
        (needs.quality is None or needs.quality in can.qualities, f"quality={needs.quality}"),
        (short_enough(needs.duration_ms, can), "recordings of this length"),
    )
    return features + [need for is_met, need in checks if not is_met]


def delivers(can: SpeechCapabilities, feature: str, language: str | None) -> bool:
    """Whether an engine has a feature in a language; None: in any language."""
    languages = can.features.get(feature, frozenset())
    if language is None or ALL_LANGUAGES in languages:
        return bool(languages)
    return language.partition("-")[0].lower() in languages


def short_enough(duration_ms: int | None, can: SpeechCapabilities) -> bool:
    """Whether an engine accepts the length; an unknown one counts as accepted."""
    limit = can.max_duration_ms
    return limit is None or duration_ms is None or duration_ms <= limit


def _why(
    best: str,
    able: Sequence[str],
    needs: EngineNeeds,
    available: Mapping[str, SpeechCapabilities],
    costs: Mapping[str, int],
) -> str:
    supports = f"supports {needs.language}" if needs.language else "supports any language"
    preferred = takewhile(lambda name: name != best, available)
    passed_over = next((name for name in preferred if name not in able), None)
    because = ""
    if passed_over is not None:
        because = f"; {passed_over} lacks {', '.join(lacks(needs, available[passed_over]))}"
    rivals = [name for name in able if name != best]
    if not rivals:
        return (
            f"{best} is the only engine here that {supports} and does all that was asked{because}."
        )
    cheaper = any(costs.get(name, 0) > costs.get(best, 0) for name in rivals)
    rank = "the cheapest" if cheaper else "the first choice"
    return f"{best} {supports} and is {rank} of {', '.join([best, *rivals])}{because}."
