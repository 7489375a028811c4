"""Errors of renditions."""

from mp4totext.kit.errors import NotFound


class NotMade(NotFound):
    code = "not_made"


class NoPicture(NotFound):
    code = "no_picture"
