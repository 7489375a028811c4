"""What an adapter needs from the settings to reach its vendor or model."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from mp4totext.providers.vendor_errors import Vendor

Capabilities = TypeVar("Capabilities")
"""A kind's own class, e.g. SpeechCapabilities."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    connect_s: float
    silence_s: float  # seconds: the longest pause within an answer
    poll_s: float  # seconds between two polls of a long-running call
    wait_s: float  # seconds to poll before a worker returns the job to the queue


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where models are on this machine, and how they run."""

    models_dir: Path
    bundled_models_dir: Path  # of the installation, read-only
    threads: int  # CPU threads of one model


@dataclass(frozen=True, slots=True, kw_only=True)
class Access(Generic[Capabilities]):
    """Created by the registry after it has checked that all required settings are set."""

    vendor: Vendor
    capabilities: Capabilities  # the row's own
    key: str = field(repr=False)  # "" if none is set and none is required
    base_url: str  # "" for the vendor's default address
    timeouts: Timeouts
    machine: Machine
