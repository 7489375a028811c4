"""Errors of renditions."""

from mp4totext.kit.errors import NotFound


class NotMade(NotFound):
    code = "not_made"
    sentence = (
        "This was not made of the recording yet: POST to its /renditions, and follow the job."
    )


class NoPicture(NotFound):
    code = "no_picture"
    sentence = "The recording has no picture."
