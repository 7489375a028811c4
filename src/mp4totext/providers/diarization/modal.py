"""Modal: pyannote on a GPU, in the function that ``deploy/modal`` deploys, without its words."""

from mp4totext.providers.base import Report
from mp4totext.providers.diarization.base import DiarizationCapabilities, DiarizationRequest
from mp4totext.providers.diarization.speaker_limits import check_limits
from mp4totext.providers.speech import modal
from mp4totext.settings import Settings
from mp4totext.transcript import Turn


class ModalDiarizer:
    capabilities = DiarizationCapabilities(overlap=True)

    def __init__(self, calls: modal.ModalSpeech) -> None:
        self._calls = calls

    def diarize(self, request: DiarizationRequest, report: Report) -> tuple[Turn, ...]:
        """The call is paid for once: after a restart its answer is collected.

        Raises ProviderBusy with code "in_progress" when it takes longer than a worker waits.
        """
        check_limits(request, provider=modal.NAME)
        order = {
            "url": request.media_url,
            "words": False,
            "diarize": True,
            "min_speakers": request.min_speakers,
            "max_speakers": request.max_speakers,
        }
        reference = request.once(lambda: self._calls.call(order, report))
        turns = modal.turns_of(self._calls.answer(reference, report), request.duration_ms)
        report(request.duration_ms)
        return turns

    def close(self) -> None:
        self._calls.close()


def build(settings: Settings) -> ModalDiarizer:
    """For the registry."""
    return ModalDiarizer(modal.build(settings))
