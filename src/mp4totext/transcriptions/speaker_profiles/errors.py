from mp4totext.kit.errors import Invalid, NotFound, WrongState


class VoiceNotFound(NotFound):
    code = "voice_not_found"

    def __init__(self, voice_id: str) -> None:
        super().__init__(f"There is no voice {voice_id!r}.")


class NoConsent(WrongState):
    """Voices are learned only for accounts that asked for it."""

    code = "no_consent"


class NotNamed(WrongState):
    code = "speaker_not_named"


class TooManyVoices(WrongState):
    code = "too_many_voices"


class TooLittleSpeech(Invalid):
    code = "too_little_speech"
