"""What decoded sound is, everywhere in the product: 16 kHz, 32-bit floats of full scale 1."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 16_000
PER_MS = SAMPLE_RATE // 1_000

Samples: TypeAlias = NDArray[np.float32]  # one channel
Pcm: TypeAlias = NDArray[np.int16]  # the same as whole numbers, as live sessions have them
Channels: TypeAlias = NDArray[np.float32]  # (channels, samples)
