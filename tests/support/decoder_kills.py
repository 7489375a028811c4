"""Kills processes that decode a recording, at random moments, to simulate crashes."""

import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from mp4totext.jobs.models import ENDED, Job, JobState
from tests.support.job_kills import OPTIONS, KillBench

# The error code of a job after each signal, and words of its message.
ANSWERS = {
    signal.SIGSEGV: ("media_damaged", "crashed the decoder"),
    signal.SIGKILL: ("media_too_complex", "more memory or time"),
}
ANSWER_S = 10
_GIVE_UP_S = 120


def decoders(process: psutil.Process) -> list[psutil.Process]:
    """The decoding processes that a process started, without those of a database server."""
    found = []
    for child in process.children():
        with suppress(psutil.NoSuchProcess):  # a zombie is one too
            if any("sandbox_process" in argument for argument in child.cmdline()):
                found += child.children()
    return found


def end(decoder: psutil.Process, how: signal.Signals) -> None:
    """Kill a decoder, which is stopped first so that it cannot finish its work meanwhile."""
    with suppress(psutil.NoSuchProcess):
        for step in (signal.SIGSTOP, how, signal.SIGCONT):
            decoder.send_signal(step)


@dataclass
class Kill:
    at: float | None = None  # time.monotonic(), once it happened


@contextmanager
def killing(
    processes: Callable[[], list[psutil.Process]], how: signal.Signals, *, after_s: float
) -> Iterator[Kill]:
    """Kill the first decoder of these processes that is found after ``after_s``, and no other."""
    over, kill = threading.Event(), Kill()

    def watch() -> None:
        over.wait(after_s)
        while not over.is_set():
            for process in processes():
                with suppress(psutil.NoSuchProcess):
                    for decoder in decoders(process):
                        end(decoder, how)
                        kill.at = time.monotonic()
                        return
            over.wait(0.001)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield kill
    finally:
        over.set()
        watcher.join()


@dataclass(kw_only=True)
class DecoderOutcome:
    where: str  # "worker" or "API"
    how: str
    after_s: float
    hit: bool  # else nothing was decoded any more, or the one that died had done its work
    answer_s: float = 0.0
    problems: list[str] = field(default_factory=list)


class DecoderKills:
    """Kills decoders of a service whose worker and API keep running."""

    def __init__(self, bench: KillBench, lengths_s: float) -> None:
        """``lengths_s``: about how long a worker decodes one of the bench's recordings."""
        self._bench = bench
        self._lengths_s = lengths_s
        self._pids = self._alive()

    def kill_in_worker(self, chance: random.Random) -> DecoderOutcome:
        how, after_s = chance.choice(list(ANSWERS)), chance.uniform(0, self._lengths_s)
        job_id = self._bench.submit()
        with killing(self._bench.worker.children, how, after_s=after_s) as kill:
            job = self._ended(job_id)
        outcome = self._outcome("worker", how, after_s, kill)
        if job.state == JobState.SUCCEEDED:
            outcome.hit = False  # so the time to the job's end says nothing
            outcome.problems = self._bench.problems_of(job_id, JobState.SUCCEEDED)
            return outcome
        outcome.problems += self._bench.problems_of(job_id, JobState.FAILED)
        outcome.problems += self._wrong(how, job.error_code, job.error_message)
        if job.crashes or job.attempt != 1:
            outcome.problems.append(f"{job.crashes} crashes, attempt {job.attempt}")
        return outcome

    def kill_in_api(self, chance: random.Random) -> DecoderOutcome:
        """Kill the decoder of the API while it probes an upload."""
        how, after_s = chance.choice(list(ANSWERS)), chance.uniform(0, 0.05)
        api = psutil.Process(self._bench.api.process.pid)
        with (
            killing(lambda: [api], how, after_s=after_s) as kill,
            Path(self._bench.recording).open("rb") as file,
        ):
            answer = httpx.post(
                f"{self._bench.api.url}/api/v1/transcriptions",
                headers=self._bench.account.headers,
                data=OPTIONS,
                files={"file": ("talk.m4a", file)},
                timeout=60,
            )
        outcome = self._outcome("API", how, after_s, kill)
        if answer.status_code == 202:
            outcome.hit, outcome.problems = False, []
            self._ended(answer.json()["task_id"])
            return outcome
        body = answer.json()
        if answer.status_code != 422:
            outcome.problems.append(f"the API answered {answer.status_code}")
        outcome.problems += self._wrong(how, body.get("code"), body.get("detail"))
        return outcome

    def _outcome(
        self, where: str, how: signal.Signals, after_s: float, kill: Kill
    ) -> DecoderOutcome:
        made = DecoderOutcome(where=where, how=how.name, after_s=after_s, hit=kill.at is not None)
        if kill.at is not None:
            made.answer_s = time.monotonic() - kill.at
        if made.answer_s > ANSWER_S:
            made.problems.append(f"answered after {made.answer_s:.1f} s")
        if self._alive() != self._pids:
            made.problems.append("a process of the service has died")
        made.problems += self._bench.leftovers()
        return made

    def _wrong(self, how: signal.Signals, code: str | None, message: str | None) -> list[str]:
        right_code, words = ANSWERS[how]
        if code == right_code and words in (message or ""):
            return []
        return [f"{how.name} is told as {code}: {message}"]

    def _alive(self) -> set[int]:
        pool = {child.pid for child in self._bench.worker.children()}
        return {self._bench.worker.pid, self._bench.api.process.pid} | pool

    def _ended(self, job_id: str) -> Job:
        deadline = time.monotonic() + _GIVE_UP_S
        while True:
            with self._bench.service.runtime.database.read() as session:
                job = session.get_one(Job, job_id)
            if job.state in ENDED or time.monotonic() > deadline:
                return job
            time.sleep(0.02)
