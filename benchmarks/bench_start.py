"""Measures the overhead of the command around the recognition of a clip of ten seconds."""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.measure import Figure, middle
from tests.support.command_line import BECKETT, command, environment_of

# What nearly every transcript needs of others' packages.
LIBRARIES = "import numpy, onnxruntime, pydantic_settings, sqlalchemy.orm"


def start(folder: Path, rounds: int) -> Iterator[Figure]:
    environment = environment_of(folder, PATH=os.defpath)
    clip = command("transcribe", BECKETT, "-o", folder, "--overwrite", "-q")
    _processor_s(clip, environment)  # derives the model once an installation
    pairs = [
        (
            _processor_s(clip, environment),
            _processor_s([sys.executable, "-c", LIBRARIES], environment),
        )
        for _ in range(rounds)
    ]
    yield Figure(
        name="transcript of a clip of 10 s / importing its libraries, in processor time",
        value=middle([whole / libraries for whole, libraries in pairs]),
        facts={"command_s": round(middle([whole for whole, _ in pairs]), 2)},
    )


def _processor_s(arguments: Sequence[str], environment: dict[str, str]) -> float:
    """Processor seconds of a process and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(arguments, env=environment, stdout=subprocess.DEVNULL, check=True)  # noqa: S603  ours
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
