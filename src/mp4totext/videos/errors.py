from mp4totext.kit.errors import Invalid, NotFound, WrongState


class VideoNotFound(NotFound):
    code = "video_not_found"
    sentence = "There is no video {video_id!r}."

    def __init__(self, video_id: str) -> None:
        super().__init__(values={"video_id": video_id})


class NothingSpoken(Invalid):
    code = "nothing_spoken"
    sentence = "Nothing is spoken in this recording."


class BadStretch(Invalid):
    """From and to do not fit the recording or the preset."""

    code = "bad_stretch"
    sentence = "The part of the recording that was chosen does not fit."


class NoPictureTrack(Invalid):
    code = "no_picture_track"
    sentence = "The recording has no picture."


class CaptionsNotDrawable(Invalid):
    """The script has no font here."""

    code = "captions_not_drawable"
    sentence = "There is no font here for these captions."


class NoRecording(WrongState):
    code = "no_recording"
    sentence = "The recording's file is not here."
