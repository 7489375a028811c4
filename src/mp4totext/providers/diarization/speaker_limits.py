"""The numbers of speakers that a request may ask for, whichever diarizer it uses."""

from mp4totext.providers.base import MAX_SPEAKERS
from mp4totext.providers.diarization.base import DiarizationRequest
from mp4totext.providers.errors import ProviderRejected


def check_limits(request: DiarizationRequest, *, provider: str) -> None:
    """Raises ProviderRejected if min_speakers and max_speakers are impossible."""
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
