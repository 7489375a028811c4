from mp4totext.kit.errors import Invalid, NotFound, WrongState


class TextNotFound(NotFound):
    code = "text_not_found"
    sentence = "There is no text {text_id!r}."

    def __init__(self, text_id: str) -> None:
        super().__init__(values={"text_id": text_id})


class StillBeingWritten(WrongState):
    code = "still_being_written"
    sentence = "The text is still being written."


class NothingToCompare(WrongState):
    code = "nothing_to_compare"
    sentence = "These texts cannot be compared."


class EmptyTranscript(Invalid):
    code = "empty_transcript"
    sentence = "Nothing was said in this recording."


class TooShort(Invalid):
    code = "text_too_short"
    sentence = "The recording is too short for this text."


class NothingFound(Invalid):
    """No recording has a word of the question."""

    code = "nothing_found"
    sentence = "Nothing was found."
