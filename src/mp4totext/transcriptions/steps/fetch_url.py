"""Downloads a recording from a URL into storage."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from mp4totext.jobs.context import Context
from mp4totext.media.download import Pace, download
from mp4totext.media.download_errors import DownloadError
from mp4totext.media.errors import MediaError
from mp4totext.media.probe import MediaInfo, ProbeLimits, probe
from mp4totext.providers.errors import ProviderRejected, ProviderUnreachable
from mp4totext.transcriptions.files import media_key
from mp4totext.transcriptions.models import Transcription
from mp4totext.uploads.quota import StorageQuotaExceeded


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    media_key: str
    title: str
    filename: str
    sha256: str
    info: MediaInfo

    @property
    def duration_ms(self) -> int:
        return self.info.duration_ms


def run(
    url: str,
    transcription_id: str,
    ctx: Context,
    *,
    require_space: Callable[[Session, int], None],
) -> Fetched:
    """Raises ProviderRejected with the reason if there is no recording to download."""
    limits = ctx.runtime.settings.ingest

    def report(done_bytes: int, total_bytes: int | None) -> None:
        ctx.progress("download", done_bytes, max(total_bytes or 0, done_bytes + 1), unit="bytes")

    try:
        got = download(
            url,
            ctx.workdir,
            max_bytes=limits.max_upload_bytes,
            timeout_s=limits.download_timeout_s,
            pace=Pace(bytes_per_s_min=limits.download_bytes_per_s_min),
            allow_private=limits.download_allow_private,
            report=report,
        )
        info = probe(
            got.path,
            limits=ProbeLimits(
                duration_ms_max=limits.max_duration_s * 1000, timeout_s=limits.probe_timeout_s
            ),
        )
        with ctx.runtime.database.read() as session:
            require_space(session, info.size_bytes)
    except StorageQuotaExceeded as error:
        raise ProviderRejected(error.message, code=error.code) from error
    except DownloadError as error:
        refusal = ProviderUnreachable if error.retryable else ProviderRejected
        raise refusal(error.message, code=error.code) from error
    except MediaError as error:
        raise ProviderRejected(error.message, code=error.code) from error
    sha256 = _sha256(got.path)
    ctx.check()
    key = media_key(transcription_id)
    ctx.runtime.storage.adopt(got.path, key)
    return Fetched(
        media_key=key,
        title=got.title,
        filename=".".join(filter(None, (got.title, got.ext)))[:255],
        sha256=sha256,
        info=info,
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def describe(transcription: Transcription, file: Fetched) -> None:
    """Store the recording's properties known since the download."""
    if transcription.title == transcription.source_url:
        transcription.title = file.title[:255]
    transcription.filename = file.filename
    transcription.media_key = file.media_key
    transcription.sha256 = file.sha256
    note_media(transcription, file.info)


def note_media(transcription: Transcription, info: MediaInfo) -> None:
    transcription.media_type = info.container[:80]
    transcription.size_bytes = info.size_bytes
    transcription.duration_ms = info.duration_ms
    transcription.channels = info.channels
    transcription.has_video = info.has_video
