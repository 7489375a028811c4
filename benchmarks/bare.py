"""The engine alone, in this process, for comparison: ``python -m benchmarks.bare FILE MODELS``.

Prints the seconds of the second run: models are loaded then, as they are in a worker.
"""

import sys
from pathlib import Path

from benchmarks.measure import timed
from benchmarks.transcribe import transcribe_file
from mp4totext.providers.speech.moonshine import Moonshine


def main(recording: Path, warm_up: Path, models: Path) -> None:
    engine = Moonshine(cache_dir=models)
    transcribe_file(warm_up, engine)
    sys.stdout.write(f"{timed(lambda: transcribe_file(recording, engine))}\n")


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
