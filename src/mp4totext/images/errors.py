from mp4totext.kit.errors import Invalid, NotFound, WrongState


class ImageNotFound(NotFound):
    code = "image_not_found"
    sentence = "There is no picture {image_id!r}."

    def __init__(self, image_id: str) -> None:
        super().__init__(values={"image_id": image_id})


class UnknownImageProvider(Invalid):
    code = "unknown_provider"
    sentence = "There is no such provider."


class UnknownStyle(Invalid):
    code = "unknown_style"
    sentence = "There is no such style."


class ImageNotReady(Invalid):
    """A key or a package is missing. The message names it."""

    code = "provider_not_ready"
    sentence = "The provider is not set up here."


class ImageCannot(Invalid):
    """The model lacks what was asked for. The message names those that have it."""

    code = "image_cannot"
    sentence = "The model cannot make such a picture."


class NoPrompt(Invalid):
    code = "prompt_empty"
    sentence = "There is no description of the picture."


class TextNotDrawable(Invalid):
    """The letters have no font here."""

    code = "text_not_drawable"
    sentence = "There is no font here for this text."


class NotAnImage(Invalid):
    """An upload that is no picture, or more than one may be."""

    code = "not_a_picture"
    sentence = "The file is not a picture that can be used."


class NoPictureTrack(Invalid):
    code = "no_picture_track"
    sentence = "The recording has no picture."


class NoRecording(WrongState):
    code = "no_recording"
    sentence = "The recording's file is not here."
