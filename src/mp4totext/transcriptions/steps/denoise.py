"""Removes noise from the sound that is transcribed, if requested."""

from mp4totext.media.level import levelled
from mp4totext.media.noise import is_babble, is_even_noise
from mp4totext.providers.base import Samples
from mp4totext.providers.denoise.base import Denoise
from mp4totext.providers.denoise.table import noise_filter
from mp4totext.providers.vad import Vad
from mp4totext.settings import Settings
from mp4totext.transcriptions.steps.transcribe_windows import Clean

_VAD = Vad()


def cleaning(denoise: Denoise, settings: Settings) -> Clean | None:
    """The noise filter; None: off. Raises ProviderMisconfigured if none is installed."""
    if denoise == "off":
        return None
    clean = noise_filter(settings).clean

    def clean_noisy(samples: Samples) -> Samples:
        return clean(samples) if is_noisy(samples) else samples

    return clean if denoise == "on" else clean_noisy


def is_noisy(samples: Samples) -> bool:
    """Whether the noise is of a kind with which the filter was measured to help."""
    return is_even_noise(samples) or is_babble(samples, _VAD.probabilities(levelled(samples)))
