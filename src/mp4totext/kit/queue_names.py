"""The queues of jobs, and their priorities."""

from typing import Literal

PRIORITIES = ("low", "default", "high", "critical")
Priority = Literal["low", "default", "high", "critical"]
DEFAULT_PRIORITY: Priority = "default"
GPU_QUEUE = "gpu"
LIVE_QUEUE = "live"  # separate: a person who talks cannot wait for the end of a batch job
NETWORK_QUEUE = "network"  # separate: a slow server elsewhere must not delay transcription
BATCH_QUEUES = ("critical", "high", "default", "low", GPU_QUEUE)
QUEUES = (LIVE_QUEUE, NETWORK_QUEUE, *BATCH_QUEUES)
# Queues whose running jobs count together for an account's share of the workers. Live sessions
# have a separate limit.
SHARED = (("critical", "high", "default", "low"), (GPU_QUEUE,), (NETWORK_QUEUE,))
