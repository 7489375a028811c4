"""Chooses the engine and the possible features of a recording, before anything is held.

Pure: from the request, the available engines and the prices to a plan or a refusal.
"""

from dataclasses import dataclass, replace

from mp4totext.catalogue.errors import UnknownModel
from mp4totext.credits.prices import PriceList
from mp4totext.kit.queue_names import GPU_QUEUE
from mp4totext.media.download import check_url
from mp4totext.media.download_errors import DownloadError
from mp4totext.providers.denoise.base import Denoise
from mp4totext.providers.model_catalogue import did_you_mean
from mp4totext.providers.speech.base import SpeechCapabilities
from mp4totext.providers.speech.choice import Choice, EngineNeeds, NoChoice, choose, short_enough
from mp4totext.transcriptions.engines import Engines
from mp4totext.transcriptions.errors import EngineMissing, UnsupportedFeature, UnusableRecording
from mp4totext.transcriptions.options import TranscriptionOptions
from mp4totext.transcriptions.order import EngineChoice
from mp4totext.writing.extractive.features import LOCAL_FEATURES, runs

_NOISE = "{engine!r} receives the file as it is, so its noise cannot be reduced first."


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    engine: EngineChoice
    reason: str  # why this engine was chosen, for users
    features: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    fallback: EngineChoice | None = None
    denoise: Denoise = "off"
    queue: str | None = None  # None: that of its priority


def plan(
    options: TranscriptionOptions,
    engines: Engines,
    prices: PriceList,
    *,
    duration_ms: int | None = None,
) -> Plan:
    """Raises UnsupportedFeature or EngineMissing with alternatives.

    ``duration_ms`` None: unknown until the download.
    """
    if options.webhook_url is not None:
        check_address(str(options.webhook_url))
    needs = _needs(options, duration_ms)
    costs_uc = _costs_uc(options, engines, prices)
    engine, reason = _engine(options, needs, engines, costs_uc)
    can = engines.speech[engine]
    warnings = _check_options(options, needs, engine, engines)
    denoise, not_denoised = _denoise(options, can, engines, engine)
    features, dropped = _features(options)
    dropped += not_denoised
    if needs.llm_gateway and not can.llm_gateway:
        supporters = ", ".join(engines.able("llm_gateway")) or "none"
        why = f"{engine!r} has no language-model gateway; supported by: {supporters}."
        dropped += _refused(options, "llm_gateway", why)
    diarizer = _diarizer(options, engine, engines)
    fallback = _fallback(options, needs, engine, engines, costs_uc)
    if isinstance(fallback, str):
        dropped, fallback = [*dropped, fallback], None
    return Plan(
        engine=EngineChoice(
            engine=engine, diarizer=diarizer, gateway=needs.llm_gateway and can.llm_gateway
        ),
        reason=reason,
        features=features,
        warnings=(*warnings, *dropped),
        fallback=fallback,
        denoise=denoise,
        queue=queue_of(engines, engine, diarizer),
    )


def check_address(url: str) -> None:
    """Raises UnusableRecording for an address that may not be contacted."""
    try:
        check_url(url)
    except DownloadError as error:
        raise UnusableRecording(error.message, code=error.code) from error


def queue_of(engines: Engines, *names: str | None) -> str | None:
    """The GPU queue if one of these engines or diarizers runs there, else None."""
    return GPU_QUEUE if set(names) & engines.on_gpu else None


def _needs(options: TranscriptionOptions, duration_ms: int | None) -> EngineNeeds:
    """What the engine itself must support; other parts may add speakers and features."""
    language = options.speech.language
    return EngineNeeds(
        language=None if language is None else language.lower(),
        llm_gateway=options.features.llm_gateway.enabled,
        translate_to_english=options.translate_to_english,
        vocabulary=bool(options.vocabulary) and options.strict,
        prompt=bool(options.prompt) and options.strict,
        quality=options.quality,
        duration_ms=duration_ms,
    )


def _costs_uc(options: TranscriptionOptions, engines: Engines, prices: PriceList) -> dict[str, int]:
    """What a minute costs with each engine; some charge extra for speakers."""
    costs_uc = dict.fromkeys(engines.speech, prices.amount_uc("transcription"))
    if options.speakers is not None:
        for name, can in engines.speech.items():
            key = f"diarization.{name if can.diarization else options.diarizer}"
            costs_uc[name] += prices.amounts_uc.get(key, 0)
    return costs_uc


def _engine(
    options: TranscriptionOptions, needs: EngineNeeds, engines: Engines, costs_uc: dict[str, int]
) -> tuple[str, str]:
    """The name of the engine, and why it was chosen."""
    if options.engine == "auto":
        if options.model is not None:
            return _engine_with(options.model, needs, engines, costs_uc)
        return _best_engine(needs, engines, costs_uc)
    if options.engine not in engines.speech:
        known = ["auto", *sorted(engines.speech)]
        hint = did_you_mean(options.engine, known)
        raise UnsupportedFeature(
            f"There is no engine {options.engine!r}.{hint} Engines: {', '.join(known)}.",
            code="unknown_engine",
        )
    if options.model is not None:
        engines.refuse_unsold(options.engine, options.model)
    missing = engines.speech_missing.get(options.engine)
    if missing is not None:
        raise EngineMissing(f"The engine {options.engine!r} is not ready here: {missing}")
    return options.engine, "chosen by you"


def _engine_with(
    model: str, needs: EngineNeeds, engines: Engines, costs_uc: dict[str, int]
) -> tuple[str, str]:
    """The best engine that has the requested model."""
    with_model = engines.with_model(model)
    if not with_model:
        known = [name for models in engines.models.values() for name in models]
        raise UnknownModel(model, known=known)
    sold = [name for name in with_model if engines.is_sold(name, model)]
    if not sold:
        engines.refuse_unsold(with_model[0], model)
    choice = _choose(needs, engines.only(sold), costs_uc)
    if isinstance(choice, Choice):
        return choice.engine, f"{choice.engine} has the model {model!r}"
    missing = [name for name in sold if name in engines.speech_missing]
    if len(missing) == len(sold):
        how = "; ".join(f"{name}: {engines.speech_missing[name]}" for name in missing)
        raise EngineMissing(f"No engine with the model {model!r} is ready here: {how}.")
    raise UnsupportedFeature(f"The model {model!r} cannot do all of it: {choice.reason}")


def _best_engine(needs: EngineNeeds, engines: Engines, costs_uc: dict[str, int]) -> tuple[str, str]:
    """The best engine that is ready and supports everything.

    For an unknown language it is the bundled one, which notices what is not English; what else it
    lacks is refused by name.
    """
    choice = _choose(needs, engines.without(engines.only_by_name), costs_uc)
    if isinstance(choice, Choice):
        return choice.engine, choice.reason
    bundled = engines.bundled
    if needs.language is None or engines.speech[bundled].supports(needs.language):
        return bundled, "bundled, English; no engine for other languages is set up here"
    by_name = _choose(needs, engines, costs_uc)
    if isinstance(by_name, Choice):
        local = [name for name in choice.supporters if name in engines.speech_missing]
        how = "".join(f" {name}: {engines.speech_missing[name]}" for name in local)
        raise EngineMissing(
            f"{choice.reason} {by_name.engine!r} would, but sends the recording to a vendor: "
            f"choose it by its name, or add an engine to this machine.{how}"
        )
    if not any(can.supports(needs.language) for can in engines.speech.values()):
        raise UnsupportedFeature(
            f"No engine supports the language {needs.language!r}. GET /config lists the languages "
            "of each.",
            code="unsupported_language",
            supported_by=[],
        )
    if not choice.supporters:  # nothing that could be set up helps
        raise UnsupportedFeature(f"{choice.reason} Leave one of them out.", supported_by=[])
    how = "; ".join(f"{name}: {engines.speech_missing[name]}" for name in choice.supporters)
    raise EngineMissing(f"{choice.reason} Able to, once set up: {how}.")


def _choose(
    needs: EngineNeeds, engines: Engines, costs_uc: dict[str, int], *, excluding: str | None = None
) -> Choice | NoChoice:
    """``excluding``: the engine that needs a fallback."""
    ready = {name: can for name, can in engines.ready.items() if name != excluding}
    return choose(needs, ready, all_engines=engines.speech, prices_uc=costs_uc)


def _fallback(
    options: TranscriptionOptions,
    needs: EngineNeeds,
    engine: str,
    engines: Engines,
    costs_uc: dict[str, int],
) -> EngineChoice | str | None:
    """The fallback engine, or why there is none; None if no fallback is allowed."""
    if not options.allow_fallback:
        return None
    needs = replace(needs, llm_gateway=needs.llm_gateway and options.strict)
    allowed = engines.without(engines.only_by_name)
    choice = _choose(needs, allowed, costs_uc, excluding=engine)
    if isinstance(choice, NoChoice):
        return f"No engine here can take over from {engine!r}: {choice.reason}"
    can = engines.speech[choice.engine]
    try:
        diarizer = _diarizer(options, choice.engine, engines)
    except EngineMissing as error:
        return f"{choice.engine!r} could not take over from {engine!r}: {error.message}"
    without = []
    if options.features.llm_gateway.enabled and not can.llm_gateway:
        without.append("has no LLM gateway, which is not billed")
    if options.denoise != "off" and can.whole_file:
        without.append("does not reduce noise")
    without += [f"does not support a {what}" for what in _unsupported_hints(options, can)]
    return EngineChoice(
        engine=choice.engine, diarizer=diarizer, gateway=can.llm_gateway, without=tuple(without)
    )


def _who_does(able: list[str], engines: Engines) -> str:
    """The engines that can do it and, if none of them is ready, what makes the first one ready."""
    named = f"Engines that do: {', '.join(able) or 'none'}."
    if not able or any(name not in engines.speech_missing for name in able):
        return named
    return f"{named} {able[0]!r} is not ready here: {engines.speech_missing[able[0]]}"


def _check_options(
    options: TranscriptionOptions, needs: EngineNeeds, engine: str, engines: Engines
) -> list[str]:
    """Warnings for what strict=false leaves out. Raises UnsupportedFeature."""
    can = engines.speech[engine]
    language = options.speech.language
    if language is not None and not can.supports(language.lower()):
        able = [name for name, other in engines.speech.items() if other.supports(language)]
        raise UnsupportedFeature(
            f"{engine!r} does not support the language {language!r}. {_who_does(able, engines)}",
            code="unsupported_language",
            supported_by=able,
        )
    if options.translate_to_english and not can.translate_to_english:
        able = engines.able("translate_to_english")
        raise UnsupportedFeature(
            f"{engine!r} cannot translate to English. {_who_does(able, engines)}",
            supported_by=able,
        )
    if options.quality is not None and options.quality not in can.qualities:
        able = [
            name for name, other in engines.speech.items() if options.quality in other.qualities
        ]
        raise UnsupportedFeature(
            f"{engine!r} does not support quality={options.quality}. {_who_does(able, engines)}",
            supported_by=able,
        )
    if not short_enough(needs.duration_ms, can):
        raise UnsupportedFeature(
            f"{engine!r} accepts recordings up to {(can.max_duration_ms or 0) // 3_600_000} "
            "hours. Choose another engine, or cut the recording.",
            code="too_long_for_engine",
        )
    warnings: list[str] = []
    for what in _unsupported_hints(options, can):
        others = ", ".join(engines.able(what)) or "none"
        why = f"{engine!r} does not support a {what}. Engines that do: {others}."
        warnings += _refused(options, what, why)
    return warnings


def _unsupported_hints(options: TranscriptionOptions, can: SpeechCapabilities) -> list[str]:
    """The options (vocabulary, prompt) that the engine does not support."""
    hints = {"vocabulary": options.vocabulary, "prompt": options.prompt}
    return [name for name, value in hints.items() if value and not getattr(can, name)]


def _denoise(
    options: TranscriptionOptions, can: SpeechCapabilities, engines: Engines, engine: str
) -> tuple[Denoise, list[str]]:
    """The possible denoise mode, and warnings for what strict=false leaves out."""
    if options.denoise == "off":
        return "off", []
    if can.whole_file:
        return "off", _refused(options, "denoise", _NOISE.format(engine=engine))
    if engines.denoise_missing is not None:
        why = f"Noise reduction is not ready here: {engines.denoise_missing}."
        return "off", _refused(options, "denoise", why)
    return options.denoise, []


def _features(options: TranscriptionOptions) -> tuple[tuple[str, ...], list[str]]:
    """The features that are possible in the language; ``auto`` is checked again after detection."""
    possible: list[str] = []
    warnings: list[str] = []
    for feature in LOCAL_FEATURES:
        if feature not in options.features.requested:
            continue
        if options.language == "auto" or runs(feature, options.language):
            possible.append(feature)
            continue
        languages = ", ".join(sorted(LOCAL_FEATURES[feature]))
        why = f"{feature} works for {languages} only, here and at vendors."
        warnings += _refused(options, feature, why)
    return tuple(possible), warnings


def _refused(options: TranscriptionOptions, feature: str, why: str) -> list[str]:
    """A warning or, with strict=true, a refusal."""
    if options.strict:
        raise UnsupportedFeature(f"{why} Leave it out, or send strict=false.", feature=feature)
    return [f"{why} It was left out and is not billed."]


def _diarizer(options: TranscriptionOptions, engine: str, engines: Engines) -> str | None:
    """None if speakers were not requested, or the engine delivers them."""
    if options.speakers is None or engines.speech[engine].diarization:
        return None
    return ready_diarizer(options.diarizer, engines)


def ready_diarizer(name: str, engines: Engines) -> str:
    """The name, if the diarizer is ready. Raises UnsupportedFeature or EngineMissing."""
    if name not in engines.diarizers:
        known = ", ".join(sorted(engines.diarizers))
        raise UnsupportedFeature(
            f"There is no diarizer {name!r}. Diarizers: {known}.", code="unknown_diarizer"
        )
    missing = engines.diarizers_missing.get(name)
    if missing is not None:
        raise EngineMissing(f"The diarizer {name!r} is not ready here: {missing}")
    return name


def refuse_one_channel(diarizer: str | None, channels: int | None, engines: Engines) -> None:
    """Raises UnsupportedFeature for a recording without separate channels."""
    if diarizer is None or channels != 1:
        return
    if engines.diarizers[diarizer].needs_channels:
        raise UnsupportedFeature(
            f"The recording has one channel, so the diarizer {diarizer!r} cannot tell its sides "
            "apart: use 'local'.",
            code="one_channel",
        )
