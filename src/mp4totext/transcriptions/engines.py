"""A snapshot of the engines of this installation, so that planning is pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Self

from mp4totext.catalogue.errors import ModelRetired, UnknownModel
from mp4totext.kit.clock import now
from mp4totext.providers import model_files, registry
from mp4totext.providers.denoise.table import denoise_missing
from mp4totext.providers.diarization.base import DiarizationCapabilities
from mp4totext.providers.diarization.table import DIARIZATION
from mp4totext.providers.model_catalogue import ModelEntry, shipped
from mp4totext.providers.retirement import verdict
from mp4totext.providers.speech.base import SpeechCapabilities
from mp4totext.providers.speech.table import SPEECH, bundled_engine, configured_models
from mp4totext.settings import EngineSettings, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    speech: Mapping[str, SpeechCapabilities]  # all engines in order of preference
    diarizers: Mapping[str, DiarizationCapabilities]
    # For engines that are not ready: the reason, with the command or variable to add.
    speech_missing: Mapping[str, str]
    diarizers_missing: Mapping[str, str]
    bundled: str  # the engine that every installation has
    # Models by name: rows of the catalogue for vendors, names of local models. An engine that is
    # missing here accepts any name, or none.
    models: Mapping[str, Mapping[str, ModelEntry | None]]
    today: date
    denoise_missing: str | None  # why no noise filter is available, with the command
    on_gpu: frozenset[str]  # engines and diarizers whose jobs run on workers with a GPU
    only_by_name: frozenset[str] = frozenset()  # vendors' engines that ``auto`` may not choose

    @classmethod
    def of(
        cls,
        settings: Settings,
        *,
        engine: str = "auto",
        model: str | None = None,
        catalogue: Iterable[ModelEntry] | None = None,
        today: date | None = None,
    ) -> Self:
        """The engines for a request that names ``engine`` and, optionally, ``model``.

        ``catalogue`` None: the release's own rows, for commands without a database.
        """
        today = today or now().date()
        models = _models(settings, shipped().models if catalogue is None else catalogue)
        speech_missing = {
            name: registry.missing(
                entry, settings, model=model if engine in (name, "auto") else None
            )
            for name, entry in SPEECH.items()
        }
        for name, why in _ended(settings, models, today).items():
            # A missing model would be replaced by that of the settings.
            if model not in models[name]:
                speech_missing[name] = why
        diarizers_missing = {
            name: registry.missing(entry, settings) for name, entry in DIARIZATION.items()
        }
        return cls(
            speech={name: entry.capabilities for name, entry in SPEECH.items()},
            diarizers={name: entry.capabilities for name, entry in DIARIZATION.items()},
            speech_missing={name: why for name, why in speech_missing.items() if why is not None},
            diarizers_missing={
                name: why for name, why in diarizers_missing.items() if why is not None
            },
            bundled=bundled_engine(),
            models=models,
            today=today,
            denoise_missing=denoise_missing(settings),
            on_gpu=frozenset(settings.gpu_engines),
            only_by_name=frozenset()
            if settings.engines.auto_uses_vendors
            else frozenset(name for name, entry in SPEECH.items() if entry.needed_settings),
        )

    @property
    def ready(self) -> dict[str, SpeechCapabilities]:
        return {name: can for name, can in self.speech.items() if name not in self.speech_missing}

    def able(self, capability: str) -> list[str]:
        """Engines with a capability, ready or not."""
        return [name for name, can in self.speech.items() if getattr(can, capability)]

    def with_model(self, model: str) -> list[str]:
        """Engines that have a model of this name, ready or not."""
        return [name for name, models in self.models.items() if model in models]

    def only(self, names: Iterable[str]) -> Self:
        """The snapshot without the other engines."""
        kept = set(names)
        return replace(
            self, speech={name: can for name, can in self.speech.items() if name in kept}
        )

    def without(self, names: Iterable[str]) -> Self:
        return self.only(self.speech.keys() - set(names))

    def is_sold(self, engine: str, model: str) -> bool:
        entry = self.models[engine][model]
        return entry is None or verdict(entry, self.today).state != "refused"

    def refuse_unsold(self, engine: str, model: str) -> None:
        """Raises UnknownModel or ModelRetired for a model that the engine does not offer."""
        if engine not in self.models:
            return
        models = self.models[engine]
        if model not in models:
            raise UnknownModel(model, known=models, of=f" of the engine {engine!r}")
        entry = models[model]
        if entry is not None and not self.is_sold(engine, model):
            raise ModelRetired(entry, verdict(entry, self.today))


def _models(
    settings: Settings, catalogue: Iterable[ModelEntry]
) -> dict[str, dict[str, ModelEntry | None]]:
    models: dict[str, dict[str, ModelEntry | None]] = {
        engine: dict.fromkeys(names) for engine, names in model_files.names(settings).items()
    }
    for entry in catalogue:
        if entry.kind == "speech" and entry.active and not _is_own_server(entry.provider, settings):
            models.setdefault(entry.provider, {})[entry.model] = entry
    return models


def _is_own_server(engine: str, settings: Settings) -> bool:
    """Whether a vendor's API is called at another address: such a server has its own models."""
    entry = SPEECH.get(engine)
    if entry is None or entry.base_url is None:
        return False
    fields = EngineSettings.model_fields
    default = fields[entry.base_url.lower()].default
    return bool(registry.setting(settings, entry.base_url) != default and default is None)


def _ended(
    settings: Settings, models: Mapping[str, Mapping[str, ModelEntry | None]], today: date
) -> dict[str, str]:
    """Engines whose configured models have all been retired, with what to set."""
    ended = {}
    for engine, (setting, names) in configured_models(settings).items():
        rows = [models.get(engine, {}).get(name) for name in names]
        verdicts = [verdict(row, today) for row in rows if row is not None]
        if verdicts and len(verdicts) == len(names):
            refused = [result for result in verdicts if result.state == "refused"]
            if len(refused) == len(names):
                ended[engine] = f"{refused[0].message} Set {setting}."
    return ended
