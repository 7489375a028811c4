"""All that an adapter needs of the settings to reach its vendor or its model."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from mp4totext.providers.vendor_errors import Vendor

Capabilities = TypeVar("Capabilities")
"""A kind's own class, e.g. SpeechCapabilities."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    connect_s: float
    silence_s: float  # the longest pause in an answer
    poll_s: float  # between two questions whether long work is done
    wait_s: float  # for long work, before a worker gives the job back to the queue


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """For models that run here."""

    models_dir: Path
    bundled_models_dir: Path  # of the installation, only read
    threads: int  # processor threads of one model


@dataclass(frozen=True, slots=True, kw_only=True)
class Access(Generic[Capabilities]):
    """Made by the registry, which has checked that everything the row needs is set."""

    vendor: Vendor
    capabilities: Capabilities  # the row's own
    key: str = field(repr=False)  # "" where none is set and none is needed
    base_url: str  # "" for the vendor's own address
    timeouts: Timeouts
    machine: Machine
