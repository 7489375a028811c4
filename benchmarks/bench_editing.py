"""Measures edits, captions and words of a recording of ten hours against one of six minutes."""

import gzip
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.measure import Figure, middle
from tests.support.long_transcripts import WORDS_A_SEGMENT, made_transcript, store
from tests.support.servers import ProgramMissing, postgres_server
from tests.support.service_processes import service

LONG, SHORT = 100_000, 1_000  # words
EDITS = 100
WARM_UP = 5  # the first ones build statements
ROUNDS = 5


def editing(folder: Path) -> Iterator[Figure]:
    with _recordings(folder / "sqlite", None) as (long, short):
        yield from _edits("SQLite", long, short)
        yield from _captions(long, short)
        yield from _words(long)
    try:
        with (
            postgres_server() as server,
            server.database() as url,
            _recordings(folder / "postgresql", url) as (long, short),
        ):
            yield from _edits("PostgreSQL", long, short)
    except ProgramMissing as missing:
        yield Figure(name=f"edits on PostgreSQL: {missing}", value=float("nan"))


@dataclass(frozen=True)
class Recording:
    """One recording on a service of its own process."""

    client: httpx.Client
    pid: int
    id: str
    words: int

    @property
    def cpu_s(self) -> float:
        """The processor time of the server so far, in seconds."""
        return time.clock_gettime((~self.pid << 3) | 2)

    def get(self, path: str, **query: str) -> httpx.Response:
        answer = self.client.get(f"/api/v1/transcriptions/{self.id}{path}", params=query)
        return answer.raise_for_status()

    def edit(self, segment_id: str, text: str, revision: int) -> httpx.Response:
        body = {"revision": revision, "edits": [{"id": segment_id, "text": text}]}
        answer = self.client.patch(f"/api/v1/transcriptions/{self.id}/segments", json=body)
        return answer.raise_for_status()


@contextmanager
def _recordings(folder: Path, url: str | None) -> Iterator[tuple[Recording, Recording]]:
    with service(folder, database_url=url) as made, made.api() as api:
        account = made.account(api)
        made_ids = [
            store(made.runtime.database, account.id, made_transcript(words))
            for words in (LONG, SHORT)
        ]
        with httpx.Client(base_url=api.url, headers=account.headers, timeout=120) as client:
            yield (
                Recording(client, api.process.pid, made_ids[0], LONG),
                Recording(client, api.process.pid, made_ids[1], SHORT),
            )


def _edits(database: str, long: Recording, short: Recording) -> Iterator[Figure]:
    """Measure both recordings in turns, so that the load of the machine affects them equally."""
    spent: dict[str, list[float]] = {long.id: [], short.id: []}
    sizes = []
    for number in range(EDITS + WARM_UP):
        for recording in (long, short):
            segments = recording.words // WORDS_A_SEGMENT
            text = f"Somebody corrected this line for the {number} time: it has a dozen words"
            began = recording.cpu_s
            answer = recording.edit(f"s{1 + number * 7919 % segments}", text, number)
            if number >= WARM_UP:
                spent[recording.id].append(recording.cpu_s - began)
                sizes.append(len(answer.content))
    of_long, of_short = middle(spent[long.id]), middle(spent[short.id])
    yield Figure(
        name=f"one edit in {LONG:,} words, processor of the server, {database}",
        value=of_long * 1e3,
        unit="ms",
        target="<= 50",
        facts={"largest_answer_bytes": max(sizes)},
    )
    yield Figure(
        name=f"an edit in {LONG:,} words / in {SHORT:,}, {database}",
        value=of_long / of_short,
        target="<= 1.5",
        facts={"ms": round(of_long * 1e3, 1), "short_ms": round(of_short * 1e3, 1)},
    )


def _captions(long: Recording, short: Recording) -> Iterator[Figure]:
    for name in ("srt", "vtt"):
        seconds, a_cue = _caption_s(long, name, repeats=1)
        short_seconds, short_cue = _caption_s(short, name, repeats=50)
        yield Figure(
            name=f"{name.upper()} of {LONG:,} words, processor of the server",
            value=seconds,
            unit="s",
            target="<= 1.0",
        )
        yield Figure(
            name=f"{name.upper()}, seconds a cue of {LONG:,} words / of {SHORT:,}",
            value=a_cue / short_cue,
            target="<= 1.3",
            facts={"short_ms": round(short_seconds * 1e3, 1)},
        )


def _caption_s(recording: Recording, name: str, *, repeats: int) -> tuple[float, float]:
    """Seconds of the server's processor for one file, and for one cue of it."""
    rounds, cues = [], 1
    for _ in range(ROUNDS):
        began = recording.cpu_s
        for _ in range(repeats):
            cues = recording.get("/export", format=name).text.count(" --> ")
        rounds.append((recording.cpu_s - began) / repeats)
    return middle(rounds), middle(rounds) / cues


def _words(long: Recording) -> Iterator[Figure]:
    began = long.cpu_s
    answer = long.get("/words")
    seconds = long.cpu_s - began
    with long.client.stream(
        "GET",
        f"/api/v1/transcriptions/{long.id}/words",
        headers={"Accept-Encoding": "gzip"},
    ) as sent:
        packed = len(b"".join(sent.iter_raw()))
    yield Figure(
        name=f"packed words of {LONG:,} words",
        value=len(answer.content) / 1e6,
        unit="MB",
        target="<= 2.0",
        facts={"s": round(seconds, 2)},
    )
    yield Figure(
        name="the same, compressed",
        value=packed / 1e6,
        unit="MB",
        target="<= 0.8",
        facts={"by_gzip_9": round(len(gzip.compress(answer.content)) / 1e6, 2)},
    )
