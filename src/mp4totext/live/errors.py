"""Errors of live sessions."""

from mp4totext.kit.errors import AppError, NotFound, TooManyRequests, Unavailable, WrongState


class NoLiveWorker(Unavailable):
    """All live workers are busy, or none is running."""

    code = "no_live_worker"


class TooManyLiveSessions(TooManyRequests):
    """The account has reached its limit of open sessions."""

    code = "too_many_live_sessions"


class NoLiveSession(NotFound):
    code = "live_session_not_found"

    def __init__(self, transcription_id: str) -> None:
        super().__init__(values={"transcription_id": transcription_id})


class OutOfStep(WrongState):
    """The client has sent less audio than is stored, so it resumes with another stream."""

    code = "out_of_step"


class Replaced(WrongState):
    """A newer connection continues the session."""

    code = "replaced"


class TooMuchAtOnce(TooManyRequests):
    code = "too_much_at_once"


class MessageTooLarge(AppError):
    status, code = 413, "message_too_large"


class NoFirstMessage(AppError):
    """The client connected and sent nothing."""

    status, code = 408, "no_message"
