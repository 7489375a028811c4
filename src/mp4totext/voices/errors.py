from mp4totext.kit.errors import Invalid, NotFound


class SpeechNotFound(NotFound):
    code = "speech_not_found"

    def __init__(self, speech_id: str) -> None:
        super().__init__(values={"speech_id": speech_id})


class UnknownVoice(Invalid):
    code = "unknown_voice"


class VoiceCannot(Invalid):
    """The voice lacks a requested feature."""

    code = "voice_cannot"


class VoiceNotReady(Invalid):
    """A key, a package, a model or a program is missing. The message names it."""

    code = "provider_not_ready"


class NothingToSay(Invalid):
    code = "nothing_to_say"
