"""The queues that jobs wait in, and what their priorities are called."""

from typing import Literal

PRIORITIES = ("low", "default", "high", "critical")
Priority = Literal["low", "default", "high", "critical"]
DEFAULT_PRIORITY: Priority = "default"
GPU_QUEUE = "gpu"
LIVE_QUEUE = "live"  # separate: a person who speaks cannot wait for a batch job to end
NETWORK_QUEUE = "network"  # separate: a slow server elsewhere must not hold up transcription
BATCH_QUEUES = ("critical", "high", "default", "low", GPU_QUEUE)
QUEUES = (LIVE_QUEUE, NETWORK_QUEUE, *BATCH_QUEUES)
# Whose running jobs count together when an account's share of the workers is limited. Live sessions
# have a limit of their own.
SHARED = (("critical", "high", "default", "low"), (GPU_QUEUE,), (NETWORK_QUEUE,))
