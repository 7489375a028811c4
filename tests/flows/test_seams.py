"""Speech without a pause longer than a breath, over the border of two windows."""

from pathlib import Path

import numpy as np

from mp4totext.media.decode import AudioReader
from mp4totext.transcriptions.steps import prepare
from tests.support.in_process_service import ApiUser, Harness
from tests.support.media_files import write_wav
from tests.support.speech_samples import recording

PHRASES = (
    "best of times",
    "worst of times",
    "age of wisdom",
    "age of foolishness",
    "epoch of belief",
    "season of light",
    "season of darkness",
    "spring of hope",
    "winter of despair",
)
TIMES = 3


def test_no_passage_is_lost_or_doubled_at_a_seam(
    harness: Harness, user: ApiUser, tmp_path: Path
) -> None:
    """One reading three times: the windows' border lies in the third."""
    with AudioReader(recording()) as reader:
        reading = reader.read(0, 60_000)
    breath = np.zeros(16_000 * 3 // 10, np.float32)
    file = write_wav(tmp_path / "seam.wav", np.concatenate([reading, breath] * TIMES)[None])
    duration_ms = TIMES * (len(reading) + len(breath)) // 16
    with AudioReader(file) as reader:
        (first, _) = prepare.windows(reader, duration_ms)
    assert first.end_ms > 2 * duration_ms // TIMES
    accepted = user.upload(file, language="en").json()
    harness.work()
    text = user.recording(accepted["id"])["text"].lower()
    assert {phrase: text.count(phrase) for phrase in PHRASES} == dict.fromkeys(PHRASES, TIMES)
