"""The true spacing of packets that an MP4 times wrongly. Pure.

Some devices write a table of times in which every packet lasts as long as a video picture, one
unit, nothing, or a rounded number. FFmpeg decodes all of it nevertheless.
"""

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mp4totext.media.timeline import JITTER_US, Pace, Times

_REGULAR_SHARE = 0.9
_RIGHT_SHARE = 0.002  # a clock that drifts is not wrong
_FAR_SHARE = 0.1  # less is rounding, and an edit list still shows nearly what it should
_US = 1_000_000


def pace_of(
    stamps: NDArray[np.int64], unit_us: float, samples: Collection[int], rate: int
) -> Pace | None:
    """The pace of packets whose ``stamps`` (in units) are wrong; None if they are right.

    ``samples``: of each packet that was decoded.
    """
    steps = np.diff(stamps)
    if not len(steps) or not samples or not unit_us:
        return None
    usual = int(np.median(list(samples)))
    step = int(np.median(steps))
    regular = steps[np.abs(steps - step) <= 1]
    true_us = usual * _US / rate
    drift_us = abs(float(regular.sum()) * unit_us - len(regular) * true_us)
    if len(regular) < len(steps) * _REGULAR_SHARE or drift_us <= JITTER_US:
        return None
    longer = float(regular.mean()) * unit_us / true_us - 1
    misleads = longer > 0 or longer < -_FAR_SHARE
    return Pace(step, usual, rate, misleads=misleads) if abs(longer) > _RIGHT_SHARE else None


def paced(stamps: NDArray[np.int64], unit_us: float, pace: Pace) -> Times:
    """The true times, in microseconds, of packets with these stamps in units."""
    steps = np.diff(stamps)
    irregular = np.abs(steps - pace.step) > 1
    true_us = np.where(irregular, np.maximum(steps * unit_us, pace.packet_us), pace.packet_us)
    places = float(stamps[0]) * unit_us + np.concatenate([[0.0], np.cumsum(true_us)])
    return np.rint(places).astype(np.int64)


class Pacer:
    """Gives packets their true stamps, as ``paced``, while they are read."""

    def __init__(self, pace: Pace, unit_us: float) -> None:
        self._pace = pace
        self._unit_us = unit_us
        self._stamp: int | None = None
        self._place_us = 0.0

    def correct(self, packet: Any) -> None:
        stamp = int(packet.pts)
        if self._stamp is None:
            self._place_us = stamp * self._unit_us
        else:
            step = stamp - self._stamp
            is_regular = abs(step - self._pace.step) <= 1
            true_us = self._pace.packet_us
            self._place_us += true_us if is_regular else max(step * self._unit_us, true_us)
        self._stamp = stamp
        packet.pts = packet.dts = round(self._place_us / self._unit_us)
        packet.duration = round(self._pace.packet_us / self._unit_us)
