"""Diarization on Modal: pyannote on a GPU, in the function that also transcribes."""

from mp4totext.providers.access import Access
from mp4totext.providers.base import Report
from mp4totext.providers.diarization.base import DiarizationCapabilities, DiarizationRequest
from mp4totext.providers.diarization.speaker_limits import check_limits
from mp4totext.providers.modal_calls import ModalCalls, turns_of
from mp4totext.transcript import Turn


class ModalDiarizer:
    def __init__(self, calls: ModalCalls) -> None:
        self._calls = calls

    def diarize(self, request: DiarizationRequest, report: Report) -> tuple[Turn, ...]:
        """Turns by start. The call is paid once: after a restart its result is collected.

        Raises ProviderBusy with the code "in_progress" if it takes longer than a worker waits.
        """
        check_limits(request, provider="modal")
        order = {
            "url": request.media_url,
            "words": False,
            "diarize": True,
            "min_speakers": request.limits.min_speakers,
            "max_speakers": request.limits.max_speakers,
        }
        call_id = request.once(lambda: self._calls.start(order, report))
        turns = turns_of(self._calls.answer(call_id, report), request.duration_ms)
        report(request.duration_ms)
        return turns

    def close(self) -> None:
        self._calls.close()


def build(
    access: Access[DiarizationCapabilities], *, token_id: str, app: str, environment: str | None
) -> ModalDiarizer:
    return ModalDiarizer(ModalCalls(access, token_id=token_id, app=app, environment=environment))
