"""Errors of shares. A revoked, an expired and an unknown link get the same response."""

from mp4totext.kit.errors import Forbidden, NotFound, WrongState


class ShareNotFound(NotFound):
    code = "share_not_found"


class PasswordNeeded(Forbidden):
    code = "share_password"


class NotShared(Forbidden):
    code = "not_shared"


class CommentsOff(Forbidden):
    code = "comments_off"


class CommentNotFound(NotFound):
    code = "comment_not_found"

    def __init__(self, comment_id: str) -> None:
        super().__init__(values={"comment_id": comment_id})


class TooManyComments(WrongState):
    code = "too_many_comments"


class TooManyShares(WrongState):
    code = "too_many_shares"
