"""Kills a worker or cancels a video at a chosen stage, and checks the invariants afterwards."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import ClassVar

import httpx
import psutil
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mp4totext.jobs.models import ENDED, Job, JobState, JobStep
from mp4totext.videos import pieces
from mp4totext.videos.models import Video, VideoPiece
from tests.support.filmed import filmed
from tests.support.job_kills import JobSnapshot, KillBench
from tests.support.recordings import record
from tests.support.service_processes import QUICK, Process, service
from tests.support.waiting import until

STAGES = ("planning", "sound", "rendering", "joining", "finishing")
# A kill comes up to so many seconds after the stage was seen, to hit its end as well.
SPREAD_S = {"planning": 0.2, "sound": 0.6, "rendering": 0.8, "joining": 0.2, "finishing": 0.03}
TWICE_MS_MAX = 15_000  # of video that may be drawn again after a kill
LENGTH_S = 40
FPS = 30


@dataclass(frozen=True, kw_only=True)
class RenderSnapshot(JobSnapshot):
    @property
    def where(self) -> str:
        if self.state != JobState.RUNNING:
            return self.state
        if "scenery" not in self.steps:
            return "planning"
        if "sound" not in self.steps:
            return "sound"
        if not self.parts or self.parts_done < self.parts:
            return "rendering"
        return "finishing" if "join" in self.steps else "joining"


@dataclass(kw_only=True)
class RenderKills(KillBench):
    """Renders videos of one recording repeatedly; all must have equal bytes."""

    snapshot: ClassVar[type[JobSnapshot]] = RenderSnapshot

    recording_id: str
    spread_s: Mapping[str, float] = field(default_factory=lambda: SPREAD_S)
    sha256: str | None = None  # of the video that nothing interrupted
    drawn_ms: dict[str, int] = field(default_factory=dict)  # by segment, again and again
    drew: set[str | None] = field(default_factory=set)  # workers, as "host:pid"
    helpers_killed: int = 0  # workers that drew a segment of another worker's job

    def submit(self) -> str:
        """Order the video. Segments of the one before are deleted, or nothing would be drawn."""
        with self.service.runtime.database.write() as session:
            kept = VideoPiece.user_id == self.account.id
            pieces.remove_where(session, self.service.runtime, kept)
        answer = httpx.post(
            f"{self.api.url}/api/v1/transcriptions/{self.recording_id}/videos",
            headers=self.account.headers,
            json={"preset": "captioned"},
            timeout=60,
        )
        assert answer.status_code == 202, answer.text
        self.drawn_ms, self.drew, self.helpers_killed = {}, set(), 0
        return str(answer.json()["task_id"])

    def undisturbed(self) -> list[str]:
        job_id = self.submit()
        until(lambda: self.look(job_id).state in ENDED)
        problems = self.problems_of(job_id, JobState.SUCCEEDED)
        with self.service.runtime.database.read() as session:
            self.sha256 = session.scalar(select(Video.sha256).where(Video.job_id == job_id))
        return problems

    def is_at(self, stage: str) -> Callable[[JobSnapshot], bool]:
        done = self.chance.randrange(3)  # segments that are finished before the kill
        if stage != "rendering":
            return super().is_at(stage)
        return lambda seen: seen.parts_running > 0 and seen.parts_done >= done

    def look(self, job_id: str) -> JobSnapshot:
        with self.service.runtime.database.read() as session:
            parts = select(JobStep).where(JobStep.job_id == job_id, JobStep.name.contains(":"))
            for part in session.scalars(parts):
                order = part.params or {}
                length_ms = (order.get("stop", 0) - order.get("first", 0)) * 1_000 // FPS
                self.drawn_ms[part.name] = part.attempt * length_ms
                self.drew |= {part.worker} - {None}
        return super().look(job_id)

    def problems_of(self, job_id: str, wanted: JobState) -> list[str]:
        problems = super().problems_of(job_id, wanted)
        problems += [f"left over: {encoder}" for encoder in self._encoders()]
        if wanted != JobState.SUCCEEDED:
            return problems
        with self.service.runtime.database.read() as session:
            made = session.scalar(select(Video.sha256).where(Video.job_id == job_id))
            attempts = session.get_one(Job, job_id).attempt
            own = select(VideoPiece.id).join(Video, Video.id == VideoPiece.video_id)
            segments = len(session.scalars(own.where(Video.job_id == job_id)).all())
        if segments != len(self.drawn_ms):
            problems.append(f"{segments} of {len(self.drawn_ms)} segments were drawn for it")
        if self.sha256 not in (None, made):
            problems.append(f"other bytes: {made}, not {self.sha256}")
        # An attempt that lost its lease on a busy machine has died as well.
        twice_ms = sum(self.drawn_ms.values()) - LENGTH_S * 1_000
        if twice_ms > TWICE_MS_MAX * (attempts - 1 + self.helpers_killed):
            problems.append(f"{twice_ms} ms were drawn again, in {attempts} attempts")
        return problems

    def results_of(self, session: Session, job_id: str) -> int:
        made = select(func.count()).where(Video.job_id == job_id, Video.sha256.is_not(None))
        return session.scalar(made) or 0

    def kill_helper(self, job_id: str, other: Process) -> None:
        """Kill the pool of that of two workers which does not lead the job."""
        with self.service.runtime.database.read() as session:
            leader = session.get_one(Job, job_id).worker
        workers = (self.worker, other)
        helper = next(
            worker
            for worker in workers
            if all(not str(leader).endswith(f":{child.pid}") for child in worker.children())
        )
        helper.kill_children()
        self.helpers_killed += 1

    def _encoders(self) -> list[str]:
        """The FFmpeg processes of this service, including those of killed workers."""
        found = []
        for process in psutil.process_iter(["name", "cwd"]):
            name, folder = process.info["name"] or "", process.info["cwd"] or ""
            if "ffmpeg" in name and folder.startswith(str(self.service.folder)):
                found.append(f"{name} in {folder}")
        return found


@contextmanager
def render_kills(folder: Path, chance: Random) -> Iterator[RenderKills]:
    """A service with a transcribed video of ``LENGTH_S``."""
    talk = record(folder / "talk.m4a", seconds=LENGTH_S)
    film = filmed(folder / "film.mp4", talk, picture="testsrc=size=128x72:rate=25")
    with service(folder / "service", QUICK) as made, made.api() as api, made.worker() as worker:
        account = made.account(api, granted=100_000)
        with film.open("rb") as file:
            answer = httpx.post(
                f"{api.url}/api/v1/transcriptions",
                headers=account.headers,
                data={"language": "en"},
                files={"file": (film.name, file)},
                timeout=60,
            )
        assert answer.status_code == 202, answer.text
        bench = RenderKills(
            service=made,
            api=api,
            worker=worker,
            account=account,
            recording=film,
            chance=chance,
            recording_id=answer.json()["id"],
        )
        until(lambda: bench.look(answer.json()["task_id"]).state in ENDED)
        yield bench
