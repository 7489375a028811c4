"""Measures diarization on one core against transcribing the same file, and memory over hours.

python -m benchmarks.bench_speakers FILE    # one measurement, as JSON, in a process of its own
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.measure import Figure, middle
from mp4totext.media.decode import AudioReader
from mp4totext.media.probe import probe
from mp4totext.providers.base import no_report
from mp4totext.providers.diarization.base import DiarizationRequest
from mp4totext.providers.diarization.local import LocalDiarizer
from mp4totext.providers.diarization.voice_pieces import CHUNK_MS
from tests.support.recordings import record
from tests.support.service_processes import ROOT

_ONE_CORE = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def speakers(folder: Path, *, minutes: float, hours: float, rounds: int) -> Iterator[Figure]:
    talk = record(folder / "talk.m4a", seconds=60 * minutes)
    runs = [_measured(talk) for _ in range(rounds)]
    yield Figure(
        name="finding speakers, processor time / length of the recording, one core",
        value=middle([run["diarize_s"] / run["seconds"] for run in runs]),
        target="<= 0.05",
        facts={"speakers": runs[0]["speakers"], "minutes": minutes},
    )
    yield Figure(
        name="finding speakers / decoding the same file",
        value=middle([run["diarize_s"] / run["decode_s"] for run in runs]),
        facts={"decode_s": [round(run["decode_s"], 2) for run in runs]},
    )
    # A third of it is speech, so that it takes minutes and not a quarter of an hour.
    long = record(folder / "long.flac", seconds=3_600 * hours, speech_s=20)
    found = _measured(long)
    yield Figure(
        name=f"peak memory of finding speakers in {hours:g} h",
        value=found["peak_mb"],
        unit="MB",
        target="<= 2000",
        facts={"speakers": found["speakers"]},
    )


def _measured(recording: Path) -> dict[str, Any]:
    done = subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, "-m", "benchmarks.bench_speakers", str(recording)],
        cwd=ROOT,
        env=os.environ | _ONE_CORE | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},  # noqa: TID251  passed on
        stdout=subprocess.PIPE,
        check=True,
        timeout=900,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def main() -> None:
    path = Path(sys.argv[1])
    duration_ms = probe(path).duration_ms
    began = time.process_time()
    with AudioReader(path) as reader:
        for start_ms in range(0, duration_ms, CHUNK_MS):
            reader.read(start_ms, min(start_ms + CHUNK_MS, duration_ms))
    decode_s = time.process_time() - began
    began = time.process_time()
    with AudioReader(path) as reader:
        request = DiarizationRequest(path=path, duration_ms=duration_ms, read=reader.read)
        turns = LocalDiarizer().diarize(request, no_report)
    diarize_s = time.process_time() - began
    facts = {
        "seconds": duration_ms / 1_000,
        "decode_s": decode_s,
        "diarize_s": diarize_s,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024,
        "speakers": len({turn.speaker for turn in turns}),
    }
    sys.stdout.write(json.dumps(facts) + "\n")


if __name__ == "__main__":
    main()
