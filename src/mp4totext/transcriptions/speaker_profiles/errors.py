from mp4totext.kit.errors import Invalid, NotFound, WrongState


class SpeakerProfileNotFound(NotFound):
    code = "speaker_profile_not_found"

    def __init__(self, profile_id: str) -> None:
        super().__init__(values={"profile_id": profile_id})


class NoConsent(WrongState):
    """Profiles are learned only for accounts with consent."""

    code = "no_consent"


class NotNamed(WrongState):
    code = "speaker_not_named"


class TooManySpeakerProfiles(WrongState):
    code = "too_many_speaker_profiles"


class TooLittleSpeech(Invalid):
    code = "too_little_speech"
