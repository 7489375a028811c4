"""Which engine will hear a recording and which features can run, before anything is held."""

from dataclasses import dataclass, replace

from pydantic import BaseModel

from mp4totext.credits.prices import PriceList, defaults
from mp4totext.kit.queue import GPU_QUEUE
from mp4totext.media.download import check_url
from mp4totext.media.download_errors import DownloadError
from mp4totext.providers import registry
from mp4totext.providers.diarization.table import DIARIZATION, diarization_capabilities
from mp4totext.providers.speech.base import SpeechCapabilities
from mp4totext.providers.speech.choice import Choice, EngineNeeds, NoChoice, choose, short_enough
from mp4totext.providers.speech.table import SPEECH, bundled_engine, speech_capabilities
from mp4totext.settings import Settings
from mp4totext.transcriptions.errors import EngineMissing, UnsupportedFeature, UnusableRecording
from mp4totext.transcriptions.schemas import TranscriptionOptions
from mp4totext.writing.extractive.features import LOCAL_FEATURES, runs


class Fallback(BaseModel):
    """Who takes over. Chosen when the job was accepted, so what it may cost is held."""

    engine: str
    diarizer: str | None = None
    gateway: bool = False
    without: tuple[str, ...] = ()  # what it leaves out, for people


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    engine: str
    reason: str
    diarizer: str | None
    features: tuple[str, ...]
    gateway: bool
    warnings: tuple[str, ...] = ()
    fallback: Fallback | None = None
    queue: str | None = None  # None: the one of its priority


def plan(
    options: TranscriptionOptions,
    settings: Settings,
    prices: PriceList | None = None,
    *,
    duration_ms: int | None = None,
) -> Plan:
    """Raises UnsupportedFeature or EngineMissing saying what would work.

    ``prices``: today's; absent: the defaults. ``duration_ms`` None: not known yet.
    """
    if options.webhook_url is not None:
        check_address(str(options.webhook_url))
    prices = prices or defaults()
    wanted = _wanted(options, duration_ms)
    engine, reason = _engine(options, wanted, settings, prices)
    capabilities = speech_capabilities(engine)
    warnings = _check_options(options, wanted, engine)
    features, dropped = _features(options)
    if wanted.llm_gateway and not capabilities.llm_gateway:
        dropped += _refused(
            options,
            "llm_gateway",
            f"{engine!r} has no language-model gateway; supported by: {_who('llm_gateway')}.",
        )
    diarizer = _diarizer(options, capabilities, settings)
    fallback = _fallback(options, wanted, engine, settings, prices)
    if isinstance(fallback, str):
        dropped, fallback = [*dropped, fallback], None
    return Plan(
        engine=engine,
        reason=reason,
        diarizer=diarizer,
        features=features,
        gateway=wanted.llm_gateway and capabilities.llm_gateway,
        warnings=(*warnings, *dropped),
        fallback=fallback,
        queue=queue_of(settings, engine, diarizer),
    )


def check_address(url: str) -> None:
    """Raises UnusableRecording for an address that is not to be asked, or sent anything."""
    try:
        check_url(url)
    except DownloadError as error:
        raise UnusableRecording(error.message, code=error.code) from error


def queue_of(settings: Settings, *who: str | None) -> str | None:
    """The GPU's, when one of the engines and diarizers at work is to run there."""
    return GPU_QUEUE if set(who) & set(settings.gpu_engines) else None


def _wanted(options: TranscriptionOptions, duration_ms: int | None) -> EngineNeeds:
    """What the engine itself must do: speakers and features are found here as well."""
    return EngineNeeds(
        language=None if options.language == "auto" else options.language.lower(),
        llm_gateway=options.features.llm_gateway.enabled,
        translate_to_english=options.translate_to_english,
        vocabulary=bool(options.vocabulary) and options.strict,
        duration_ms=duration_ms,
    )


def _engine(
    options: TranscriptionOptions, wanted: EngineNeeds, settings: Settings, prices: PriceList
) -> tuple[str, str]:
    if options.engine == "auto":
        return _chosen(options, wanted, settings, prices)
    if options.engine not in SPEECH:
        known = ", ".join(["auto", *sorted(SPEECH)])
        raise UnsupportedFeature(
            f"There is no engine {options.engine!r}. Engines: {known}.", code="unknown_engine"
        )
    missing = registry.missing(SPEECH[options.engine], settings, model=options.model)
    if missing is not None:
        raise EngineMissing(f"The engine {options.engine!r} is not ready here: {missing}")
    return options.engine, "chosen by you"


def _chosen(
    options: TranscriptionOptions, wanted: EngineNeeds, settings: Settings, prices: PriceList
) -> tuple[str, str]:
    """The best engine ready here that does everything. The bundled one for a language that is
    not known: it notices what is not English; what else it lacks is refused by name."""
    choice = _best(options, wanted, registry.available(SPEECH, settings), prices)
    if isinstance(choice, Choice):
        return choice.engine, choice.reason
    bundled = bundled_engine()
    if wanted.language is None or speech_capabilities(bundled).supports(wanted.language):
        return bundled, "bundled, English; no engine for other languages is set up here"
    how = "; ".join(
        f"{name}: {registry.missing(SPEECH[name], settings)}" for name in choice.supporters
    )
    raise EngineMissing(f"{choice.reason} Able to, once set up: {how or 'none'}.")


def _best(
    options: TranscriptionOptions, wanted: EngineNeeds, ready: list[str], prices: PriceList
) -> Choice | NoChoice:
    every = {name: entry.capabilities for name, entry in SPEECH.items()}
    costs = {name: prices.amount_uc("transcription") for name in ready}
    if options.wants_speakers:  # with some engines they come along, at the engine's own price
        for name in ready:
            by = name if every[name].diarization else options.diarizer
            costs[name] += prices.amounts_uc.get(f"diarization.{by}", 0)
    able = {name: every[name] for name in ready}
    return choose(wanted, able, every=every, prices_uc=costs)


def _fallback(
    options: TranscriptionOptions,
    wanted: EngineNeeds,
    engine: str,
    settings: Settings,
    prices: PriceList,
) -> Fallback | str | None:
    """Who would take over, or why nobody could; None when it is not allowed."""
    if not options.allow_fallback:
        return None
    needed = replace(wanted, llm_gateway=wanted.llm_gateway and options.strict)
    ready = [name for name in registry.available(SPEECH, settings) if name != engine]
    choice = _best(options, needed, ready, prices)
    if isinstance(choice, NoChoice):
        return f"Nothing here could take over from {engine!r}: {choice.reason}"
    can = speech_capabilities(choice.engine)
    try:
        diarizer = _diarizer(options, can, settings)
    except EngineMissing as error:
        return f"{choice.engine!r} could not take over from {engine!r}: {error.message}"
    left = (
        (wanted.llm_gateway and not can.llm_gateway, "has no LLM gateway, which is not billed"),
        (bool(options.vocabulary) and not can.vocabulary, "takes no vocabulary"),
    )
    return Fallback(
        engine=choice.engine,
        diarizer=diarizer,
        gateway=can.llm_gateway,
        without=tuple(what for is_left, what in left if is_left),
    )


def _check_options(options: TranscriptionOptions, wanted: EngineNeeds, engine: str) -> list[str]:
    """Warnings for what is left out with strict=false."""
    capabilities = speech_capabilities(engine)
    if options.language != "auto" and not capabilities.supports(options.language.lower()):
        able = [n for n, e in SPEECH.items() if e.capabilities.supports(options.language)]
        raise UnsupportedFeature(
            f"{engine!r} does not support the language {options.language!r}. Engines that do: "
            f"{', '.join(able) or 'none'}.",
            code="unsupported_language",
            supported_by=able,
        )
    if options.translate_to_english and not capabilities.translate_to_english:
        raise UnsupportedFeature(
            f"{engine!r} cannot translate to English. Engines that do: "
            f"{_who('translate_to_english')}.",
            supported_by=_able("translate_to_english"),
        )
    if not short_enough(wanted.duration_ms, capabilities):
        raise UnsupportedFeature(
            f"{engine!r} accepts recordings up to "
            f"{(capabilities.max_duration_ms or 0) // 3_600_000} hours. Choose another engine, or "
            "cut the recording.",
            code="too_long_for_engine",
        )
    if options.vocabulary and not capabilities.vocabulary:
        why = f"{engine!r} takes no vocabulary. Engines that do: {_who('vocabulary')}."
        return _refused(options, "vocabulary", why)
    return []


def _able(capability: str) -> list[str]:
    return [n for n, e in SPEECH.items() if getattr(e.capabilities, capability)]


def _who(capability: str) -> str:
    return ", ".join(_able(capability)) or "none"


def _features(options: TranscriptionOptions) -> tuple[tuple[str, ...], list[str]]:
    """Features that can run in the language; with ``auto`` the check runs again after it."""
    kept: list[str] = []
    warnings: list[str] = []
    for feature in LOCAL_FEATURES:
        if feature not in options.features.asked:
            continue
        if options.language == "auto" or runs(feature, options.language):
            kept.append(feature)
            continue
        languages = ", ".join(sorted(LOCAL_FEATURES[feature]))
        why = f"{feature} works for {languages} only, here and at vendors."
        warnings += _refused(options, feature, why)
    return tuple(kept), warnings


def _refused(options: TranscriptionOptions, feature: str, why: str) -> list[str]:
    """The warning, or with strict=true the refusal."""
    if options.strict:
        raise UnsupportedFeature(f"{why} Leave it out, or send strict=false.", feature=feature)
    return [f"{why} It was left out and is not billed."]


def _diarizer(
    options: TranscriptionOptions, capabilities: SpeechCapabilities, settings: Settings
) -> str | None:
    if not options.wants_speakers or capabilities.diarization:
        return None
    return ready_diarizer(options.diarizer, settings)


def ready_diarizer(name: str, settings: Settings) -> str:
    """The same name. Raises UnsupportedFeature or EngineMissing."""
    if name not in DIARIZATION:
        known = ", ".join(sorted(DIARIZATION))
        raise UnsupportedFeature(
            f"There is no diarizer {name!r}. Diarizers: {known}.", code="unknown_diarizer"
        )
    missing = registry.missing(DIARIZATION[name], settings)
    if missing is not None:
        raise EngineMissing(f"The diarizer {name!r} is not ready here: {missing}")
    return name


def refuse_one_channel(diarizer: str | None, channels: int | None) -> None:
    """Raises UnsupportedFeature for a recording that has no sides to tell apart."""
    if diarizer is None or channels != 1:
        return
    if diarization_capabilities(diarizer).needs_channels:
        raise UnsupportedFeature(
            f"The recording has one channel, so the diarizer {diarizer!r} cannot tell its sides "
            "apart: use 'local'.",
            code="one_channel",
        )
