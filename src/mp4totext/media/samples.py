"""The format of decoded sound in the whole product: 16 kHz, 32-bit floats of full scale 1."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 16_000
PER_MS = SAMPLE_RATE // 1_000

Samples: TypeAlias = NDArray[np.float32]  # one channel
Pcm: TypeAlias = NDArray[np.int16]  # 16-bit integers, the format of live sessions
Channels: TypeAlias = NDArray[np.float32]  # (channels, samples)
