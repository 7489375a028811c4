from mp4totext.kit.errors import Invalid, NotFound, WrongState


class VideoNotFound(NotFound):
    code = "video_not_found"

    def __init__(self, video_id: str) -> None:
        super().__init__(f"There is no video {video_id!r}.")


class NothingSpoken(Invalid):
    code = "nothing_spoken"


class BadStretch(Invalid):
    """From and to do not fit the recording or the preset."""

    code = "bad_stretch"


class NoPictureTrack(Invalid):
    code = "no_picture_track"


class CaptionsNotDrawable(Invalid):
    """The script has no font here."""

    code = "captions_not_drawable"


class NoRecording(WrongState):
    code = "no_recording"
