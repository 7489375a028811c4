"""Errors of shares. What was revoked, has expired or never was is the same to who asks."""

from mp4totext.kit.errors import Forbidden, NotFound, WrongState


class ShareNotFound(NotFound):
    code = "share_not_found"
    sentence = (
        "This link leads nowhere: it was revoked, has expired or is not complete. Ask whoever gave "
        "it to you for another one."
    )


class PasswordNeeded(Forbidden):
    code = "share_password"
    sentence = "This link has a password: send the right one as X-Share-Password."


class NotShared(Forbidden):
    code = "not_shared"
    sentence = "This is not part of what was shared."


class TooManyShares(WrongState):
    code = "too_many_shares"
    sentence = "The recording has as many links as one may have."
