"""Errors of renditions."""

from mp4totext.kit.errors import NotFound


class NotMade(NotFound):
    code = "not_made"

    def __init__(self) -> None:
        super().__init__(
            "This was not made of the recording yet: POST to its /renditions, and follow the job."
        )


class NoPicture(NotFound):
    code = "no_picture"

    def __init__(self) -> None:
        super().__init__("The recording has no picture.")
