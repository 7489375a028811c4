"""Converts times to frames and time code of video editing programs."""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameRate:
    """A frame rate. ``drops``: drop-frame time code, which skips two numbers a minute."""

    name: str
    exact: Fraction  # frames a second
    drops: bool = False

    @property
    def nominal(self) -> int:
        """The number of frames in a second of time code."""
        return round(self.exact)

    def frame(self, ms: int) -> int:
        """The number of the frame nearest to a time."""
        return round(Fraction(ms, 1000) * self.exact)

    def timecode(self, frame: int) -> str:
        """SMPTE ``HH:MM:SS:FF``; ``;`` where numbers are dropped (SMPTE ST 12-1)."""
        if self.drops:
            left_out = self.nominal // 15
            ten_minutes = self.nominal * 600 - 9 * left_out
            tens, rest = divmod(frame, ten_minutes)
            minutes = max(0, rest - left_out) // (self.nominal * 60 - left_out)
            frame += left_out * (9 * tens + minutes)
        seconds, frames = divmod(frame, self.nominal)
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        mark = ";" if self.drops else ":"
        return f"{hours % 24:02}:{minutes:02}:{seconds:02}{mark}{frames:02}"


_RATES = (
    FrameRate(name="23.976", exact=Fraction(24_000, 1001)),
    FrameRate(name="24", exact=Fraction(24)),
    FrameRate(name="25", exact=Fraction(25)),
    FrameRate(name="29.97", exact=Fraction(30_000, 1001), drops=True),
    FrameRate(name="30", exact=Fraction(30)),
    FrameRate(name="50", exact=Fraction(50)),
    FrameRate(name="59.94", exact=Fraction(60_000, 1001), drops=True),
    FrameRate(name="60", exact=Fraction(60)),
)
RATES: dict[str, FrameRate] = {rate.name: rate for rate in _RATES}
DEFAULT_RATE = RATES["25"]
