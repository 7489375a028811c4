"""Errors of the library."""

from mp4totext.kit.errors import NotFound, WrongState


class TagNotFound(NotFound):
    code = "tag_not_found"

    def __init__(self, tag_id: str) -> None:
        super().__init__(f"There is no tag {tag_id!r}.")


class TagExists(WrongState):
    code = "tag_exists"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is a tag {name!r} already: use it, or choose another name.")


class TooManyTags(WrongState):
    code = "too_many_tags"
