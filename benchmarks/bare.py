"""Runs the engine alone, for comparison: ``python -m benchmarks.bare FILE MODELS``.

Prints the wall and processor seconds of the second run, when models are loaded as in a worker.
"""

import sys
import time
from pathlib import Path

from benchmarks.measure import timed
from benchmarks.transcribe import transcribe_file
from mp4totext.providers.speech.moonshine import Moonshine


def main(recording: Path, warm_up: Path, models: Path) -> None:
    engine = Moonshine(cache_dir=models)
    transcribe_file(warm_up, engine)
    before = time.process_time()
    wall_s = timed(lambda: transcribe_file(recording, engine))
    sys.stdout.write(f"{wall_s} {time.process_time() - before}\n")


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
