"""How many speakers a user may ask for: the same with every diarizer."""

from mp4totext.providers.diarization.base import DiarizationRequest
from mp4totext.providers.errors import ProviderRejected

MAX_SPEAKERS = 30
"""No diarizer here tells more voices apart."""


def check_limits(request: DiarizationRequest, *, provider: str) -> None:
    """Raises ProviderRejected when min_speakers and max_speakers make no sense."""
    for name, value in (("min", request.limits.min_speakers), ("max", request.limits.max_speakers)):
        if value is not None and not 1 <= value <= MAX_SPEAKERS:
            raise ProviderRejected(
                f"{name}_speakers is {value}: ask for 1 to {MAX_SPEAKERS} speakers.",
                provider=provider,
                code="speaker_limits",
            )
    low, high = request.limits.min_speakers, request.limits.max_speakers
    if low is not None and high is not None and low > high:
        raise ProviderRejected(
            f"min_speakers ({low}) is more than max_speakers ({high}): swap them.",
            provider=provider,
            code="speaker_limits",
        )
