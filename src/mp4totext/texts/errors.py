from mp4totext.kit.errors import Invalid, NotFound, WrongState


class TextNotFound(NotFound):
    code = "text_not_found"

    def __init__(self, text_id: str) -> None:
        super().__init__(values={"text_id": text_id})


class StillBeingWritten(WrongState):
    code = "still_being_written"


class NothingToCompare(WrongState):
    code = "nothing_to_compare"


class UnknownKind(Invalid):
    code = "unknown_kind"


class InvalidOptions(Invalid):
    code = "invalid_options"


class UnknownProvider(Invalid):
    code = "unknown_provider"


class ProviderNotReady(Invalid):
    """A key or a package is missing; the message names it."""

    code = "provider_not_ready"


class NeedsModel(Invalid):
    """This kind cannot be written without a model, or not in this language."""

    code = "needs_model"


class EmptyTranscript(Invalid):
    code = "empty_transcript"


class TooShort(Invalid):
    code = "text_too_short"


class NothingFound(Invalid):
    """No recording contains a word of the question."""

    code = "nothing_found"
