"""When a decoding process dies, only its job ends."""

import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
import pytest

from tests.support.decoder_kills import ANSWER_S, ANSWERS, decoders, end, killing
from tests.support.in_process_service import ApiUser, Harness, recording
from tests.support.media_files import Audio, write
from tests.support.recordings import record
from tests.support.slow_tests import one_in
from tests.support.speech_samples import two_cities


@contextmanager
def deaths_of_decoders(how: signal.Signals, *, after: int) -> Iterator[None]:
    """Every decoder that is seen dies from the ``after``-th on."""
    over = threading.Event()

    def kill() -> None:
        seen: list[int] = []
        while not over.is_set():
            for child in decoders(psutil.Process()):
                if child.pid in seen:
                    continue
                seen.append(child.pid)
                if len(seen) > after:
                    end(child, how)
            over.wait(0.001)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield
    finally:
        over.set()
        killer.join()


@pytest.mark.parametrize("how", ANSWERS)
@pytest.mark.parametrize("after", one_in(3, range(3)))
def test_one_clear_answer_at_once_and_no_charge(
    harness: Harness, user: ApiUser, tmp_path: Path, how: signal.Signals, after: int
) -> None:
    file = record(tmp_path / "long.m4a", seconds=400, speech_s=2)
    accepted = user.upload(file, language="en").json()
    began = time.monotonic()
    with deaths_of_decoders(how, after=after):
        harness.work()
    job = user.get(f"/jobs/{accepted['task_id']}")
    code, words = ANSWERS[how]
    assert (job["state"], job["error"]["code"], job["attempt"]) == ("failed", code, 1)
    assert words in job["error"]["message"]
    assert time.monotonic() - began < 10
    assert not job["charged"]
    assert harness.rows(user.account)["holds"] == 0
    assert harness.audit() == []
    again = user.upload(recording("beckett.wav"), language="en").json()
    harness.work()
    assert user.get(f"/jobs/{again['task_id']}")["state"] == "succeeded"


@pytest.mark.parametrize("seed", one_in(2, range(2)))
def test_one_death_at_a_random_moment_is_the_end_of_one_job(
    harness: Harness, user: ApiUser, tmp_path: Path, seed: int
) -> None:
    """The quick cut; ``make chaos`` does fifty, with real processes."""
    chance = random.Random(seed)
    how = chance.choice(list(ANSWERS))
    file = record(tmp_path / "long.m4a", seconds=400, speech_s=2)
    accepted = user.upload(file, language="en").json()
    this = psutil.Process()
    with killing(lambda: [this], how, after_s=chance.uniform(0, 0.5)) as kill:
        harness.work()
    assert kill.at is not None
    assert time.monotonic() - kill.at < ANSWER_S
    job = user.get(f"/jobs/{accepted['task_id']}")
    if job["state"] == "succeeded":
        assert job["charged"], "the decoder that died had done its work"
        return
    code, words = ANSWERS[how]
    assert (job["state"], job["error"]["code"], job["charged"]) == ("failed", code, None)
    assert words in job["error"]["message"]
    assert harness.rows(user.account)["holds"] == 0


@pytest.mark.parametrize("channels", one_in(2, [8, 16]))
def test_many_channels_are_heard_like_few(
    harness: Harness, user: ApiUser, tmp_path: Path, channels: int
) -> None:
    """Eight planar channels used to crash the process."""
    audio: Audio = np.repeat(two_cities()[None], channels, axis=0)
    file = write(tmp_path / "surround.wav", audio, codec="pcm_s16le", rate=16_000)
    accepted = user.upload(file, language="en").json()
    harness.work()
    assert "it was the best of times" in user.recording(accepted["id"])["text"].lower()
