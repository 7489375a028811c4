from mp4totext.kit.errors import Invalid, NotFound, WrongState


class SpeakerProfileNotFound(NotFound):
    code = "speaker_profile_not_found"
    sentence = "There is no speaker profile {profile_id!r}."

    def __init__(self, profile_id: str) -> None:
        super().__init__(values={"profile_id": profile_id})


class NoConsent(WrongState):
    """Profiles are learned only for accounts that asked for it."""

    code = "no_consent"
    sentence = "Speaker recognition is off for this account."


class NotNamed(WrongState):
    code = "speaker_not_named"
    sentence = "The speaker has no name yet."


class TooManySpeakerProfiles(WrongState):
    code = "too_many_speaker_profiles"
    sentence = "The account has as many speaker profiles as one may have."


class TooLittleSpeech(Invalid):
    code = "too_little_speech"
    sentence = "There is too little speech for a speaker profile."
