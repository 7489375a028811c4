"""Makes pictures on this machine."""

from dataclasses import dataclass
from typing import Any

from mp4totext.images import queries as images_of
from mp4totext.images import service as images
from mp4totext.images.files import picture_key
from mp4totext.images.schemas import ImageRequestBody
from mp4totext.local_run.service import LocalRuntime, OnProgress, local_caller, run_job
from mp4totext.media.stills import Still, read_still


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagesOutcome:
    """``pictures`` is empty when the job failed; the facts are JSON values."""

    pictures: tuple[tuple[Still, dict[str, Any]], ...]
    warnings: tuple[str, ...]
    error_code: str | None
    error_message: str | None


def generate_images(
    runtime: LocalRuntime, request: ImageRequestBody, *, on_progress: OnProgress
) -> ImagesOutcome:
    """Raises AppError for a picture that no model can make."""
    caller = local_caller(runtime)
    with runtime.database.write() as session:
        accepted = images.generate(runtime, session, caller, request)
    job = run_job(runtime, accepted.task_id, on_progress)
    with runtime.database.read() as session:
        rows = images_of.of_job(session, user_id=caller.user_id, job_id=job.id)
    pictures = []
    for row in rows:
        target = runtime.settings.work_dir / row.id
        still = read_still(runtime.storage.fetch(picture_key(row.id), target))
        facts = {"seed": row.seed, "provider": row.provider, "model": row.model}
        pictures.append((still, facts))
    return ImagesOutcome(
        pictures=tuple(pictures),
        warnings=(*accepted.warnings, *job.warnings),
        error_code=job.error_code,
        error_message=job.error_message,
    )
