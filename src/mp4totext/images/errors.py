from mp4totext.kit.errors import Invalid, NotFound, WrongState


class ImageNotFound(NotFound):
    code = "image_not_found"

    def __init__(self, image_id: str) -> None:
        super().__init__(values={"image_id": image_id})


class UnknownImageProvider(Invalid):
    code = "unknown_provider"


class UnknownStyle(Invalid):
    code = "unknown_style"


class ImageNotReady(Invalid):
    """A key or a package is missing. The message names it."""

    code = "provider_not_ready"


class ImageCannot(Invalid):
    """The model lacks a requested feature. The message names models that have it."""

    code = "image_cannot"


class NoPrompt(Invalid):
    code = "prompt_empty"


class TextNotDrawable(Invalid):
    """No installed font has the characters."""

    code = "text_not_drawable"


class NotAnImage(Invalid):
    """An upload that is not a picture, or is too large."""

    code = "not_a_picture"


class NoPictureTrack(Invalid):
    code = "no_picture_track"


class NoRecording(WrongState):
    code = "no_recording"
