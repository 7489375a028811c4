"""Measures the latency of a user while another account edits, searches and exports hostile text."""

import itertools
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import httpx

from benchmarks.measure import Figure, p99
from mp4totext.exports.presets import PRESETS
from mp4totext.exports.registry import EXPORTS
from tests.support.long_transcripts import made_transcript, store
from tests.support.service_processes import Account, Api, Service

LENGTH = 10_000  # the longest text of a segment
TEXTS = {
    "marks": "a" + "\u0301" * (LENGTH - 1),
    "one word": "a" * LENGTH,
    "short words": "a " * (LENGTH // 2),
    "ellipses": "…" * (LENGTH - 1) + "x",
    "dots": "1." * (LENGTH // 2 - 1) + "x",
    "numbers": "twenty " * (LENGTH // 7),
    "and": "and " * (LENGTH // 4),
    "quotes": "“" * LENGTH,
    "spaces": "a" + " ." * (LENGTH // 2 - 1),
    "Chinese": "中" * LENGTH,
    "Thai": "ก" * LENGTH,
    "Japanese": "あ、" * (LENGTH // 2),
    "Hebrew": "\u05d0 " * (LENGTH // 2),
    "turns": "a\u05d0" * (LENGTH // 2),
    "bidi": "\u202e\u2066a" * (LENGTH // 3),
    "joined emoji": "👩\u200d" * (LENGTH // 2),
    "ligature": "ﬃ" * LENGTH,
    "markup": "<b>{\\an8}</c>-->" * (LENGTH // 16),
    "links": "[x](javascript:1) " * (LENGTH // 18),
}
REFUSED = {"NUL": "a\0b", "surrogate": "\\ud800"}
IDLE_REQUESTS, LONG_WORDS = 600, 100_000


@dataclass(kw_only=True)
class Slowest:
    """The slowest request of the account that sends hostile text."""

    seconds: float = 0.0
    what: str = ""
    requests: int = 0
    wrong: list[str] = field(default_factory=list)  # answers other than the expected ones

    def time(self, what: str, answer: httpx.Response, expected: Sequence[int] = (200,)) -> None:
        self.requests += 1
        if answer.elapsed.total_seconds() > self.seconds:
            self.seconds, self.what = answer.elapsed.total_seconds(), what
        if answer.status_code not in expected:
            self.wrong.append(f"{what}: {answer.status_code}")


def measured(made: Service, api: Api, hog: Account, other: Account) -> Iterator[Figure]:
    """The other user's requests alone, then beside hostile texts and 100,000 words."""
    small = made_transcript(100)
    recordings = [store(made.runtime.database, account.id, small) for account in (hog, other)]
    long = store(made.runtime.database, hog.id, made_transcript(LONG_WORDS))
    slowest, over = Slowest(), Event()
    with client_of(api, hog) as attacker, client_of(api, other) as client:
        requests = small_requests(client, recordings[1])
        alone = sorted(itertools.islice(requests, IDLE_REQUESTS))
        with ThreadPoolExecutor(2) as pool:
            texts = pool.submit(send_texts, attacker, recordings[0], slowest)
            pool.submit(export_long, api, hog, long, over)
            try:
                beside = [next(requests)]
                while not texts.done():
                    beside.append(next(requests))
            finally:
                over.set()
            texts.result()
    name = "small requests of somebody else beside hostile texts"
    yield Figure(
        name=f"{name}, 99th percentile / alone",
        value=p99(beside) / p99(alone),
        target="<= 2",
        facts={
            "alone": f"{p99(alone) * 1000:.0f} ms",
            "beside": f"{p99(beside) * 1000:.0f} ms of {len(beside)}",
        },
    )
    yield Figure(
        name="slowest request with hostile text",
        value=slowest.seconds,
        unit="s",
        target="<= 2",
        facts={"which": slowest.what, "of": slowest.requests},
    )
    yield Figure(
        name="wrong answers to hostile text",
        value=len(slowest.wrong),
        target="<= 0",
        facts={"which": slowest.wrong[:3]},
    )


def client_of(api: Api, account: Account) -> httpx.Client:
    base = f"{api.url}/api/v1"
    return httpx.Client(base_url=base, headers=account.headers, timeout=120)


def small_requests(client: httpx.Client, recording: str) -> Iterator[float]:
    """Seconds of each request of a user who reads and corrects a short transcript, without end."""
    path, revision = f"/transcriptions/{recording}", 0
    for number in itertools.count():
        for read in ("/auth/me", "/jobs", "/transcriptions", path, f"{path}/export?format=srt"):
            yield _seconds(client.get(read))
        edit = {"id": "s1", "text": f"Good morning, number {number}."}
        answer = client.patch(f"{path}/segments", json={"revision": revision, "edits": [edit]})
        yield _seconds(answer)
        revision = answer.json()["revision"]


def _seconds(answer: httpx.Response) -> float:
    return answer.raise_for_status().elapsed.total_seconds()


def send_texts(client: httpx.Client, recording: str, slowest: Slowest) -> None:
    """Write each text into every segment; search, replace and export it in every way."""
    path = f"/transcriptions/{recording}"
    segments = [segment["id"] for segment in client.get(path).json()["segments"]]
    for name, text in TEXTS.items():
        revision = client.get(path).json()["revision"]
        edits = [{"id": each, "text": text} for each in segments]
        body: dict[str, Any] = {"revision": revision, "edits": edits}
        slowest.time(f"{name}: edit", client.patch(f"{path}/segments", json=body))
        # Words that are too long to search for are refused.
        found = client.get("/search", params={"q": text[:200]})
        slowest.time(f"{name}: search", found, (200, 422))
        find = {"revision": revision + 1, "find": text[:100], "replace": "x", "preview": True}
        slowest.time(f"{name}: replace", client.post(f"{path}/replace", json=find), (200, 422))
        for export in EXPORTS:
            answer = client.get(f"{path}/export", params={"format": export})
            slowest.time(f"{name}: {export}", answer, (200, 409, 422))
        for preset in PRESETS:
            answer = client.get(f"{path}/export", params={"format": "srt", "preset": preset})
            slowest.time(f"{name}: {preset}", answer)
    for name, text in REFUSED.items():
        content = f'{{"revision": 0, "edits": [{{"id": "s1", "text": "{text}"}}]}}'
        headers = {"Content-Type": "application/json"}
        answer = client.patch(f"{path}/segments", content=content, headers=headers)
        slowest.time(name, answer, (422,))


def export_long(api: Api, account: Account, recording: str, over: Event) -> None:
    """Export a transcript of 100,000 words, and edit it, until the measurement ends."""
    path, revision = f"/transcriptions/{recording}", 0
    with client_of(api, account) as client:
        for export in itertools.cycle(("srt", "pdf", "docx", "ttml", "json")):
            if over.is_set():
                return
            client.get(f"{path}/export", params={"format": export}).raise_for_status()
            edit = {"id": "s7", "text": f"Changed at {time.time()}."}
            body = {"revision": revision, "edits": [edit]}
            answer = client.patch(f"{path}/segments", json=body).raise_for_status()
            revision = answer.json()["revision"]
