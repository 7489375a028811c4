from mp4totext.kit.errors import Invalid, NotFound, WrongState


class VideoNotFound(NotFound):
    code = "video_not_found"
    sentence = "There is no video {video_id!r}."

    def __init__(self, video_id: str) -> None:
        super().__init__(values={"video_id": video_id})


class BrandNotFound(NotFound):
    code = "brand_not_found"
    sentence = "There is no brand {brand_id!r}."

    def __init__(self, brand_id: str) -> None:
        super().__init__(values={"brand_id": brand_id})


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


class BadStoryboard(Invalid):
    """Its fact ``errors`` has the path and the fault of each."""

    code = "bad_storyboard"
    sentence = "The storyboard cannot be used like this."


class CardNotDrawable(Invalid):
    code = "card_not_drawable"
    sentence = "There is no font here for this card."


class StoryboardChanged(WrongState):
    """Somebody else changed it first, or another window did."""

    code = "storyboard_changed"
    sentence = (
        "The storyboard was changed since you read it: it has revision {revision}. Read it again, "
        "and make your change to that one."
    )

    def __init__(self, revision: int) -> None:
        super().__init__(values={"revision": revision}, revision=revision)


class SceneNotFound(NotFound):
    code = "scene_not_found"
    sentence = "The storyboard has no scene {scene_id!r}."

    def __init__(self, scene_id: str) -> None:
        super().__init__(values={"scene_id": scene_id})


class PictureMissing(WrongState):
    """A scene's picture is still being made, was not made, or is deleted."""

    code = "picture_missing"
    sentence = "A scene's picture is not there."


class AlreadyRendered(WrongState):
    code = "already_rendered"
    sentence = "The video shows this storyboard already."


class NoPreview(Invalid):
    code = "no_preview"
    sentence = "There is no preview of this."
