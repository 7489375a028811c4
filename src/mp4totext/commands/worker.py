"""``mp4totext worker``: replaces this process with a Celery worker."""

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import click

from mp4totext.commands.checks import refuse_broken
from mp4totext.commands.output import data_option, is_debug, settings_for
from mp4totext.commands.worker_process import celery_command
from mp4totext.kit.queue import LIVE_QUEUE, QUEUES
from mp4totext.runtime import Runtime
from mp4totext.settings import Settings, environment


@click.command()
@click.option("--queues", help=f"Comma-separated: {', '.join(QUEUES)}. Default: all of them.")
@click.option(
    "--concurrency",
    type=click.IntRange(1),
    help="Processes. Default: WORKER_CONCURRENCY, or one for each core.",
)
@data_option
def worker(queues: str | None, concurrency: int | None, data: Path | None) -> None:
    """Start workers without the HTTP service. SIGTERM returns running jobs to the queue.

    With only the queue live it is one process with a thread for each session.
    """
    settings = settings_for(data)
    settings.refuse_weak_secrets()
    chosen = [name.strip() for name in (queues or "").split(",") if name.strip()]
    unknown = sorted(set(chosen) - set(QUEUES))
    if unknown:
        raise click.UsageError(
            f"There is no queue {unknown[0]!r}: choose from {', '.join(QUEUES)}."
        )
    with closing(Runtime(settings)) as runtime:
        refuse_broken(runtime)
    if chosen == [LIVE_QUEUE]:
        command, child = live_worker(settings, concurrency=concurrency, debug=is_debug())
    else:
        command = celery_command(
            concurrency=concurrency or processes(settings),
            pool=pool(settings),
            queues=chosen,
            debug=is_debug(),
        )
        child = environment(DATA_DIR=str(settings.data_dir))
    if sys.platform == "win32":  # exec there does not keep the terminal
        sys.exit(subprocess.call(command, env=child))  # noqa: S603  our own interpreter
    os.execve(command[0], command, child)  # noqa: S606  our own interpreter, no shell


def processes(settings: Settings) -> int:
    return settings.jobs.worker_concurrency or os.cpu_count() or 1


def pool(settings: Settings) -> str:
    return settings.jobs.celery_pool or ("solo" if sys.platform == "win32" else "prefork")


def live_worker(
    settings: Settings, *, concurrency: int | None = None, debug: bool, **more: str
) -> tuple[list[str], dict[str, str]]:
    """Command and environment of a worker for live sessions only.

    It uses threads: a session mostly waits for its speaker, and all share one loaded model.
    """
    pool_name = settings.jobs.celery_pool or "threads"
    command = celery_command(
        concurrency=concurrency or max(settings.live.live_sessions, 1),
        pool=pool_name,
        queues=(LIVE_QUEUE,),
        node=LIVE_QUEUE,
        debug=debug,
    )
    return command, environment(DATA_DIR=str(settings.data_dir), CELERY_POOL=pool_name, **more)
