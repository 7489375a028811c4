"""Errors of shares. What was revoked, has expired or never was is the same to who asks."""

from mp4totext.kit.errors import Forbidden, NotFound, WrongState


class ShareNotFound(NotFound):
    code = "share_not_found"


class PasswordNeeded(Forbidden):
    code = "share_password"


class NotShared(Forbidden):
    code = "not_shared"


class TooManyShares(WrongState):
    code = "too_many_shares"
