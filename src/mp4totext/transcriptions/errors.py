from mp4totext.kit.errors import AppError, Invalid, NotFound, WrongState


class TranscriptionNotFound(NotFound):
    code = "transcription_not_found"
    sentence = "There is no transcription {transcription_id!r}."

    def __init__(self, transcription_id: str) -> None:
        super().__init__(values={"transcription_id": transcription_id})


class VersionNotFound(NotFound):
    code = "version_not_found"
    sentence = "There is no version {number}."

    def __init__(self, number: int) -> None:
        super().__init__(values={"number": number})


class NotReady(WrongState):
    """The recording has no transcript (yet)."""

    code = "not_ready"
    sentence = "The recording has no transcript yet."


class StillRunning(WrongState):
    code = "still_running"
    sentence = "Another job of this recording is still running."


class EditConflict(WrongState):
    """Someone edited since the caller read."""

    code = "edit_conflict"
    sentence = "Somebody else changed this in the meantime."


class NoSuchSegment(Invalid):
    code = "no_such_segment"
    sentence = "There is no such segment."


class NotARecording(AppError):
    status, code = 415, "not_a_recording"
    sentence = "This is not a recording."


class UnusableRecording(Invalid):
    code = "unusable_recording"
    sentence = "The recording cannot be used."


class EngineMissing(WrongState):
    """The engine exists, but a model, package or key is missing here."""

    code = "engine_missing"
    sentence = "The engine is not set up here."


class UnsupportedFeature(Invalid):
    code = "unsupported_feature"
    sentence = "The engine cannot do this."
