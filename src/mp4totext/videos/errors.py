from mp4totext.kit.errors import Invalid, NotFound, WrongState


class VideoNotFound(NotFound):
    code = "video_not_found"

    def __init__(self, video_id: str) -> None:
        super().__init__(values={"video_id": video_id})


class BrandNotFound(NotFound):
    code = "brand_not_found"

    def __init__(self, brand_id: str) -> None:
        super().__init__(values={"brand_id": brand_id})


class NotAFont(Invalid):
    """An upload that is not a font, or is too large."""

    code = "not_a_font"


class BadBrandClip(Invalid):
    """An upload that cannot be an intro or an outro."""

    code = "bad_brand_clip"


class NothingSpoken(Invalid):
    code = "nothing_spoken"


class BadStretch(Invalid):
    """The range does not fit the recording or the preset."""

    code = "bad_stretch"


class NoPictureTrack(Invalid):
    code = "no_picture_track"


class CaptionsNotDrawable(Invalid):
    """No installed font has the script."""

    code = "captions_not_drawable"


class NoRecording(WrongState):
    code = "no_recording"


class BadStoryboard(Invalid):
    """Its fact ``errors`` has the path and the fault of each."""

    code = "bad_storyboard"


class CardNotDrawable(Invalid):
    code = "card_not_drawable"


class StoryboardChanged(WrongState):
    """Somebody else, or another window, changed it first."""

    code = "storyboard_changed"

    def __init__(self, revision: int) -> None:
        super().__init__(values={"revision": revision}, revision=revision)


class SceneNotFound(NotFound):
    code = "scene_not_found"

    def __init__(self, scene_id: str) -> None:
        super().__init__(values={"scene_id": scene_id})


class PictureMissing(WrongState):
    """A scene's picture is still being made, failed, or was deleted."""

    code = "picture_missing"


class AlreadyRendered(WrongState):
    code = "already_rendered"


class NoPreview(Invalid):
    code = "no_preview"
