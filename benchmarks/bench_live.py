"""Measures the latency of live words, alone and with many sessions at once."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil

from benchmarks.live_clients import Spoken, speak
from benchmarks.measure import Figure, middle
from tests.support.recordings import RATE, READERS, Samples, _reader
from tests.support.service_processes import Process, service

PARTIAL_S, FINAL_S = 1.0, 2.0


def live_text(folder: Path, *, streams: tuple[int, ...] = (1, 8)) -> Iterator[Figure]:
    """Stream two readings in real time in ``streams`` sessions at once, and measure the latency."""
    with (
        service(folder / "livetext", models=folder / "models") as made,
        made.api() as api,
        made.live_worker(max(streams)) as worker,
    ):
        people = [made.account(api) for _ in range(max(streams))]
        tokens = [person.headers["Authorization"].removeprefix("Bearer ") for person in people]
        asyncio.run(speak(api.url, tokens[0], _sound()[: 4 * RATE]))  # loads the engine
        for count in streams:
            before = _cpu_s(worker), _cpu_s(api.process)
            found = asyncio.run(_together(api.url, tokens[:count]))
            used = _cpu_s(worker) - before[0], _cpu_s(api.process) - before[1]
            yield from _figures(count, found, used)


def _sound() -> Samples:
    pause = np.zeros(RATE, np.float32)
    return np.concatenate([part for name in READERS for part in (pause, _reader(name))] + [pause])


async def _together(url: str, tokens: list[str]) -> list[Spoken]:
    """Run the sessions with offsets, as speakers do not pause at the same time."""
    speaking = [speak(url, token, _sound(), after_s=0.7 * n) for n, token in enumerate(tokens)]
    return await asyncio.gather(*speaking)


def _cpu_s(process: Process) -> float:
    used = psutil.Process(process.pid).cpu_times()
    return float(used.user + used.system)


def _figures(count: int, found: list[Spoken], used: tuple[float, float]) -> Iterator[Figure]:
    partials = [lag for spoken in found for lag in spoken.first_lags()]
    finals = [lag for spoken in found for lag in spoken.final_lags()]
    after = [spoken.of("job_complete")[0][0] - spoken.ended for spoken in found]
    seconds = count * len(_sound()) / RATE
    who = "1 stream" if count == 1 else f"{count} streams at once"
    yield Figure(
        name=f"{who}: from the start of speech to its first words, 95 of 100",
        value=_p95(partials),
        unit="s",
        target=f"<= {PARTIAL_S:g}",
        facts={"median": round(middle(partials), 2), "worst": round(max(partials), 2)},
    )
    yield Figure(
        name=f"{who}: from the end of an utterance to its final text, worst",
        value=max(finals),
        unit="s",
        target=f"<= {FINAL_S:g}",
        facts={
            "median": round(middle(finals), 2),
            "utterances": len(finals),
            "transcript_after_end_s": round(max(after), 2),
        },
    )
    yield Figure(
        name=f"{who}: processor seconds for a second of sound",
        value=sum(used) / seconds,
        facts={"worker": round(used[0] / seconds, 3), "api": round(used[1] / seconds, 3)},
    )


def _p95(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * 95 // 100)]
