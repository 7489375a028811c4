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
    """The model lacks what was asked for. The message names those that have it."""

    code = "image_cannot"


class NoPrompt(Invalid):
    code = "prompt_empty"


class TextNotDrawable(Invalid):
    """The letters have no font here."""

    code = "text_not_drawable"


class NotAnImage(Invalid):
    """An upload that is no picture, or more than one may be."""

    code = "not_a_picture"


class NoPictureTrack(Invalid):
    code = "no_picture_track"


class NoRecording(WrongState):
    code = "no_recording"
