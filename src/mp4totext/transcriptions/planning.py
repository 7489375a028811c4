"""Which engine will hear a recording and which features can run, before anything is held."""

from dataclasses import dataclass

from mp4totext.providers import registry
from mp4totext.providers.base import SpeechCapabilities
from mp4totext.settings import Settings
from mp4totext.transcriptions.errors import EngineMissing, UnsupportedFeature
from mp4totext.transcriptions.schemas import TranscriptionOptions
from mp4totext.writing.features import LOCAL_FEATURES, runs

BUNDLED = "moonshine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    engine: str
    reason: str
    diarizer: str | None
    features: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def plan(options: TranscriptionOptions, settings: Settings) -> Plan:
    """Raises UnsupportedFeature or EngineMissing saying what would work."""
    engine, reason = _engine(options, settings)
    capabilities = registry.speech_capabilities(engine)
    _check_options(options, engine, capabilities)
    features, warnings = _features(options)
    if options.features.llm_gateway.enabled and not capabilities.llm_gateway:
        warnings = _refused(
            options,
            warnings,
            "llm_gateway",
            f"{engine!r} has no language-model gateway; supported by: {_who('llm_gateway')}.",
        )
    return Plan(
        engine=engine,
        reason=reason,
        diarizer=_diarizer(options, capabilities, settings),
        features=features,
        warnings=tuple(warnings),
    )


def _engine(options: TranscriptionOptions, settings: Settings) -> tuple[str, str]:
    if options.engine != "auto":
        if options.engine not in registry.SPEECH:
            known = ", ".join(["auto", *sorted(registry.SPEECH)])
            raise UnsupportedFeature(
                f"There is no engine {options.engine!r}. Engines: {known}.", code="unknown_engine"
            )
        missing = registry.missing(registry.SPEECH[options.engine], settings, model=options.model)
        if missing is not None:
            raise EngineMissing(f"The engine {options.engine!r} is not ready here: {missing}")
        return options.engine, "chosen by you"
    language = options.language.lower()
    if language == "auto" or language.partition("-")[0] == "en":
        return BUNDLED, "bundled, English, nothing to install"
    for name in registry.available(registry.SPEECH, settings):
        if registry.speech_capabilities(name).speaks(language):
            return name, f"the first one ready here that speaks {language!r}"
    speakers = [n for n, e in registry.SPEECH.items() if e.capabilities.speaks(language)]
    raise EngineMissing(
        f"No engine that is ready here speaks {options.language!r}. Able to: "
        + "; ".join(f"{n} ({registry.missing(registry.SPEECH[n], settings)})" for n in speakers)
    )


def _check_options(
    options: TranscriptionOptions, engine: str, capabilities: SpeechCapabilities
) -> None:
    if options.language != "auto" and not capabilities.speaks(options.language.lower()):
        able = [n for n, e in registry.SPEECH.items() if e.capabilities.speaks(options.language)]
        raise UnsupportedFeature(
            f"{engine!r} does not speak {options.language!r}. Engines that do: "
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
    if options.vocabulary and not capabilities.vocabulary and options.strict:
        raise UnsupportedFeature(
            f"{engine!r} takes no vocabulary. Engines that do: {_who('vocabulary')}. "
            "Or send strict=false.",
            supported_by=_able("vocabulary"),
        )


def _able(capability: str) -> list[str]:
    return [n for n, e in registry.SPEECH.items() if getattr(e.capabilities, capability)]


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
        warnings = _refused(
            options,
            warnings,
            feature,
            f"{feature} works for {languages} only, here and at vendors.",
        )
    return tuple(kept), warnings


def _refused(
    options: TranscriptionOptions, warnings: list[str], feature: str, why: str
) -> list[str]:
    if options.strict:
        raise UnsupportedFeature(f"{why} Leave it out, or send strict=false.", feature=feature)
    return [*warnings, f"{why} It was left out and is not billed."]


def _diarizer(
    options: TranscriptionOptions, capabilities: SpeechCapabilities, settings: Settings
) -> str | None:
    if not options.wants_speakers or capabilities.diarization:
        return None
    if options.diarizer not in registry.DIARIZATION:
        known = ", ".join(sorted(registry.DIARIZATION))
        raise UnsupportedFeature(
            f"There is no diarizer {options.diarizer!r}. Diarizers: {known}.",
            code="unknown_diarizer",
        )
    missing = registry.missing(registry.DIARIZATION[options.diarizer], settings)
    if missing is not None:
        raise EngineMissing(f"The diarizer {options.diarizer!r} is not ready here: {missing}")
    return options.diarizer
