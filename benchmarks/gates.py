"""Checks frames, sound, loudness and memory of videos of different lengths, cuts, and the voice.

python -m benchmarks.gates [--hours 1 3] [--speech FOLDER]

``--speech``: its recordings are made as loud as a video's sound, beside twenty composed ones, and
their storyboards are checked for cuts that part a phrase or a word.
"""

import argparse
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import av
import httpx
import psutil
from rich.console import Console

from benchmarks.bench import table_of
from benchmarks.bench_jobs import peak_bytes, seconds, submit
from benchmarks.measure import Figure
from benchmarks.said import said
from mp4totext.kit.errors import AppError
from mp4totext.local_run.recordings import transcribe_file
from mp4totext.local_run.service import local_service
from mp4totext.media.produced import facts_of
from mp4totext.settings import Settings
from mp4totext.transcript import Transcript
from mp4totext.transcriptions.options import TranscriptionOptions
from mp4totext.videos.models import Video
from tests.support.ffmpeg import ffmpeg
from tests.support.loud import RECORDINGS, loudness_and_peak, sound_of, write
from tests.support.recordings import record
from tests.support.scene_cuts import Cuts, cuts_of
from tests.support.service_processes import Account, Api, Process, service

FPS = 30
MINUTE_S = 60.017  # not a whole number of frames
SOUND_SUFFIXES = (".flac", ".wav", ".m4a", ".mp3")
LOUD_MS_MAX = 600_000  # of each recording of a folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, nargs="*", default=[1, 3])
    parser.add_argument("--speech", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mp4totext-gates-") as name:
        folder = Path(name)
        figures = [*loudness(folder, given.speech), *said(), *lengths(folder, given.hours)]
        figures += scene_cuts(given.speech) if given.speech else []
    Console().print(table_of(figures))
    sys.exit(any(figure.holds is False for figure in figures))


def loudness(folder: Path, speech: Path | None) -> Iterator[Figure]:
    paths = [write(name, folder / f"{name}.wav") for name in RECORDINGS]
    yield from _loudness("composed recordings", paths, folder)
    if speech is not None:
        found = sorted(p for p in speech.rglob("*") if p.suffix in SOUND_SUFFIXES)
        yield from _loudness(f"recordings of {speech.name}", found, folder)


def _loudness(name: str, paths: Sequence[Path], folder: Path) -> Iterator[Figure]:
    off: dict[str, float] = {}
    peaks: dict[str, float] = {}
    for path in paths:
        with av.open(str(path)) as container:
            length_ms = min((container.duration or 0) // 1_000, LOUD_MS_MAX)
        made = sound_of(path, folder / "loud.m4a", milliseconds=length_ms)
        measured = loudness_and_peak(made)
        sys.stderr.write(f"{path.name}: {measured[0]} LUFS, {measured[1]} dBTP\n")
        if measured[1] > float("-inf"):  # not silence, which stays as it is
            off[path.name], peaks[path.name] = abs(measured[0] + 16), measured[1]
    worst, loudest = max(off, key=off.__getitem__), max(peaks, key=peaks.__getitem__)
    yield Figure(
        name=f"loudness of {len(off)} {name}, farthest from -16 LUFS",
        value=off[worst],
        unit="LU",
        target="<= 0.5",
        facts={"of": worst},
    )
    yield Figure(
        name=f"true peak of {len(off)} {name}, highest",
        value=peaks[loudest],
        unit="dBTP",
        target="<= -1",
        facts={"of": loudest},
    )


def scene_cuts(speech: Path) -> Iterator[Figure]:
    """Of the local storyboards of all presets, for the English recordings with speech."""
    cuts, recordings = Cuts(), 0
    for path in sorted(p for p in speech.rglob("*") if p.suffix in SOUND_SUFFIXES):
        spoken = _english(path)
        if spoken is None or not spoken.segments:
            continue
        recordings += 1
        for has_video in (False, True):
            cuts_of(spoken, cuts, has_video=has_video)
    sys.stderr.write("\n".join([*cuts.elsewhere, *cuts.inside, ""]))
    yield Figure(
        name=f"cuts of scenes at the ends of phrases, {recordings} recordings of {speech.name}",
        value=100 * cuts.at_phrase_ends,
        unit="%",
        target=">= 99",
        facts={"cuts": cuts.count},
    )
    yield Figure(name="cuts of scenes inside a word", value=len(cuts.inside), target="<= 0")


def _english(path: Path) -> Transcript | None:
    """The transcript of a recording; None if it has another language or cannot be read."""
    with local_service(Settings()) as runtime:
        try:
            made = transcribe_file(
                runtime, path, TranscriptionOptions(), name=path.name, on_progress=lambda _: None
            ).transcript
        except AppError:
            return None
    return made if made and made.language == "en" else None


def lengths(folder: Path, hours: Sequence[float]) -> Iterator[Figure]:
    short = None
    for length_s in (MINUTE_S, *(each * 3_600 for each in hours)):
        label = "1 min" if length_s == MINUTE_S else f"{length_s / 3_600:g} h"
        with _rendered(folder / label.replace(" ", ""), length_s) as (path, frames, peaks):
            facts = facts_of(path)
        apart_ms = abs(facts.video_ms - facts.audio_ms)
        yield Figure(
            name=f"frames of {label} too many or too few",
            value=abs(facts.frames - frames) + (not facts.steady),
            target="<= 0",
            facts={"frames": facts.frames, "all of one length": facts.steady},
        )
        yield Figure(
            name=f"sound and picture of {label} end apart",
            value=apart_ms,
            unit="ms",
            target=f"<= {1_000 / FPS:.1f}",
        )
        if short is None:
            short = peaks
            continue
        for who, bytes_max in peaks.items():
            yield Figure(
                name=f"peak memory of the {who}, {label} / 1 min",
                value=bytes_max / short[who],
                target="<= 1.10",
                facts={
                    label: f"{bytes_max / 2**20:.0f} MB",
                    "1 min": f"{short[who] / 2**20:.0f} MB",
                },
            )


@contextmanager
def _rendered(folder: Path, length_s: float) -> Iterator[tuple[Path, int, dict[str, int]]]:
    """A captioned video of a small film: its file, its frames, and peaks of memory in bytes."""
    folder.mkdir()
    talk = record(folder / "talk.m4a", seconds=length_s, speech_s=6)
    film = folder / "film.mp4"
    picture = ("-f", "lavfi", "-i", "testsrc=size=64x36:rate=5")
    codecs = ("-c:v", "libx264", "-preset", "ultrafast", "-g", 50, "-c:a", "copy")
    ffmpeg(*picture, "-i", talk, *codecs, "-t", length_s, film)
    with service(folder / "service") as made, made.api() as api:
        account = made.account(api, granted=100_000)
        with made.worker():
            seconds(made, submit(api, account, film, quality="fast"))
        with made.worker() as worker, _peak_of_encoders(worker) as encoders:  # another one
            job_id, video_id = _ordered(api, account)
            seconds(made, job_id)
            worker_bytes = max(peak_bytes(child.pid) for child in worker.children())
        with made.runtime.database.read() as session:
            video = session.get_one(Video, video_id)
        key = f"videos/{video_id}/{video.rendered_revision}/video.mp4"
        path = made.runtime.storage.fetch(key, folder / "video.mp4")
        length_ms = video.storyboard["to_ms"] - video.storyboard["from_ms"]
        yield (
            path,
            round(length_ms * FPS / 1_000),
            {"worker": worker_bytes, "encoder": max(encoders)},
        )


def _ordered(api: Api, account: Account) -> tuple[str, str]:
    with httpx.Client(base_url=f"{api.url}/api/v1", headers=account.headers, timeout=60) as client:
        (item,) = client.get("/transcriptions").raise_for_status().json()["items"]
        path = f"/transcriptions/{item['id']}/videos"
        answer = client.post(path, json={"preset": "captioned"}).raise_for_status().json()
    return answer["task_id"], answer["id"]


@contextmanager
def _peak_of_encoders(worker: Process) -> Iterator[list[int]]:
    """What FFmpeg's processes below a worker take, looked at ten times a second."""
    peaks, over = [0], threading.Event()

    def look() -> None:
        while not over.wait(0.1):
            for child in psutil.Process(worker.pid).children(recursive=True):
                try:
                    if "ffmpeg" in child.name():
                        peaks.append(child.memory_info().rss)
                except psutil.NoSuchProcess:
                    continue

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield peaks
    finally:
        over.set()
        thread.join()


if __name__ == "__main__":
    main()
