"""Amounts are integer millionths of a credit; only displayed amounts have two decimals."""

from decimal import ROUND_HALF_UP, Decimal

UC_PER_CREDIT = 1_000_000
UC_PER_CENT = 10_000  # charges are rounded to a hundredth of a credit


def to_uc(amount: str | Decimal | int) -> int:
    """Does not accept floats, which are inexact."""
    return int((Decimal(amount) * UC_PER_CREDIT).to_integral_value(ROUND_HALF_UP))


def to_credits(amount_uc: int) -> float:
    """For responses: two decimals, halves rounded away from zero."""
    cents = (abs(amount_uc) + UC_PER_CENT // 2) // UC_PER_CENT
    return (cents if amount_uc >= 0 else -cents) / 100


def share(unit_uc: int, quantity: int, per: int) -> int:
    """``unit_uc * quantity / per``, halves rounded up. None of them may be negative."""
    return (2 * unit_uc * quantity + per) // (2 * per)


def round_to_cents(amount_uc: int) -> int:
    return (amount_uc + UC_PER_CENT // 2) // UC_PER_CENT * UC_PER_CENT
