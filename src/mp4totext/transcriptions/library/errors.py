"""Errors of the library."""

from mp4totext.kit.errors import NotFound, WrongState


class TagNotFound(NotFound):
    code = "tag_not_found"

    def __init__(self, tag_id: str) -> None:
        super().__init__(values={"tag_id": tag_id})


class TagExists(WrongState):
    code = "tag_exists"

    def __init__(self, name: str) -> None:
        super().__init__(values={"name": name})


class TooManyTags(WrongState):
    code = "too_many_tags"
