"""The user and request behind paid work, and the key that identifies a repeated request."""

from dataclasses import dataclass

from mp4totext.kit.queue_names import DEFAULT_PRIORITY, PRIORITIES, Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    user_id: str
    metered: bool  # False: credits are neither held nor charged
    may_hurry: bool = False  # may request a priority above the default
    request_id: str | None = None
    idempotency_key: str | None = None

    def priority(self, requested: Priority) -> Priority:
        """The requested priority, or the default where the caller may not ask for a higher one."""
        is_above = PRIORITIES.index(requested) > PRIORITIES.index(DEFAULT_PRIORITY)
        return DEFAULT_PRIORITY if is_above and not self.may_hurry else requested
