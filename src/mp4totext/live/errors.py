from mp4totext.kit.errors import AppError, NotFound, TooManyRequests, Unavailable, WrongState


class NoLiveWorker(Unavailable):
    """Too many sessions, or nobody who hears them."""

    code = "no_live_worker"


class TooManyLiveSessions(TooManyRequests):
    """The account has as many as one may have."""

    code = "too_many_live_sessions"


class NoLiveSession(NotFound):
    code = "live_session_not_found"

    def __init__(self, transcription_id: str) -> None:
        super().__init__(f"There is no live session {transcription_id!r}.")


class OutOfStep(WrongState):
    """The client has sent less than is here: it is not this session's stream."""

    code = "out_of_step"


class Replaced(WrongState):
    """Another connection went on with the session."""

    code = "replaced"

    def __init__(self) -> None:
        super().__init__("Another connection goes on with this session, so this one is closed.")


class TooMuchAtOnce(TooManyRequests):
    code = "too_much_at_once"


class MessageTooLarge(AppError):
    status, code = 413, "message_too_large"


class NothingSaid(AppError):
    """No message came in the time there is for it."""

    status, code = 408, "no_message"
