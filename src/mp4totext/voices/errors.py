from mp4totext.kit.errors import Invalid, NotFound, WrongState


class SpeechNotFound(NotFound):
    code = "speech_not_found"
    sentence = "There is no speech {speech_id!r}."

    def __init__(self, speech_id: str) -> None:
        super().__init__(values={"speech_id": speech_id})


class UnknownVoice(Invalid):
    code = "unknown_voice"
    sentence = "There is no such voice."


class VoiceCannot(Invalid):
    """The voice lacks what was asked for."""

    code = "voice_cannot"
    sentence = "The voice cannot do this."


class VoiceNotReady(Invalid):
    """A key, a package, a model or a program is missing. The message names it."""

    code = "provider_not_ready"
    sentence = "The provider is not set up here."


class NothingToSay(Invalid):
    code = "nothing_to_say"
    sentence = "There is nothing to speak."


class StillBeingSpoken(WrongState):
    code = "still_being_spoken"
    sentence = "The text is still being spoken."
