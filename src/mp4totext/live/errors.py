from mp4totext.kit.errors import AppError, NotFound, TooManyRequests, Unavailable, WrongState


class NoLiveWorker(Unavailable):
    """All sessions are in use, or no worker serves the live queue."""

    code = "no_live_worker"
    sentence = "No live session is free now."


class TooManyLiveSessions(TooManyRequests):
    """The account has as many as one may have."""

    code = "too_many_live_sessions"
    sentence = "The account has as many live sessions as one may have."


class NoLiveSession(NotFound):
    code = "live_session_not_found"
    sentence = "There is no live session {transcription_id!r}."

    def __init__(self, transcription_id: str) -> None:
        super().__init__(values={"transcription_id": transcription_id})


class OutOfStep(WrongState):
    """The client has sent less than is stored, so it is resuming with another stream."""

    code = "out_of_step"
    sentence = "The sound does not continue what is stored."


class Replaced(WrongState):
    """A newer connection continues the session."""

    code = "replaced"
    sentence = "A newer connection continues this session, so this one is closed."


class TooMuchAtOnce(TooManyRequests):
    code = "too_much_at_once"
    sentence = "Too much sound arrived at once."


class MessageTooLarge(AppError):
    status, code = 413, "message_too_large"
    sentence = "The message is too large."


class NoFirstMessage(AppError):
    """The client connected and sent nothing."""

    status, code = 408, "no_message"
    sentence = "No first message arrived."
