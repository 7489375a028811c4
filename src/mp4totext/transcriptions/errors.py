from mp4totext.kit.errors import AppError, Invalid, NotFound, WrongState


class TranscriptionNotFound(NotFound):
    code = "transcription_not_found"

    def __init__(self, transcription_id: str) -> None:
        super().__init__(values={"transcription_id": transcription_id})


class VersionNotFound(NotFound):
    code = "version_not_found"

    def __init__(self, number: int) -> None:
        super().__init__(values={"number": number})


class NotReady(WrongState):
    """The recording has no transcript (yet)."""

    code = "not_ready"


class StillRunning(WrongState):
    code = "still_running"


class NotARecording(AppError):
    status, code = 415, "not_a_recording"


class UnusableRecording(Invalid):
    code = "unusable_recording"


class EngineMissing(WrongState):
    """The engine exists, but a model, package or key is missing on this installation."""

    code = "engine_missing"


class UnsupportedFeature(Invalid):
    code = "unsupported_feature"
