from mp4totext.credits.money import to_credits
from mp4totext.kit.errors import AppError, Invalid


class InsufficientCredits(AppError):
    status, code = 402, "insufficient_credits"

    def __init__(self, *, required_uc: int, available_uc: int) -> None:
        required, available = to_credits(required_uc), to_credits(available_uc)
        super().__init__(
            values={"required": required, "available": available},
            required=required,
            available=available,
        )


class UnknownPrice(Invalid):
    code = "unknown_price"
