"""Checks of the database, broker, storage and settings. Each names the variable to change."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass

from kombu.exceptions import OperationalError as BrokerError
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from mp4totext import migrations
from mp4totext.catalogue import service as catalogue
from mp4totext.catalogue.warnings import catalogue_warnings
from mp4totext.kit.db import DriverMissing
from mp4totext.kit.ids import new_id
from mp4totext.kit.storage import ObjectMissing, StorageRefused, StorageUnavailable
from mp4totext.providers.diarization.table import DIARIZATION
from mp4totext.providers.speech.table import SPEECH
from mp4totext.runtime import Runtime
from mp4totext.settings import Settings, SettingsError

FREE_BYTES_MIN = 1 << 30  # less free space is a warning, as one upload may have 4 GB


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The result of one check. ``detail`` describes it; ``fix`` suggests how to solve a problem."""

    part: str
    ok: bool
    detail: str
    fix: str | None = None
    warning: bool = False  # works now, but needs attention
    absent: bool = False  # optional, and not configured here


Check = Callable[[Runtime], Finding]


def data_folder(runtime: Runtime) -> Finding:
    folder = runtime.settings.data_dir
    fix = "set DATA_DIR (or --data) to a writable folder on a disk with free space"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".{new_id('try')}"
        probe.write_bytes(b"x")
        probe.unlink()
        free = shutil.disk_usage(folder).free
    except OSError as error:
        detail = f"{folder}: {error.strerror}"
        return Finding(part="data folder", ok=False, detail=detail, fix=fix)
    detail = f"{folder}, {free / 1e9:.1f} GB free"
    short = free < FREE_BYTES_MIN
    return Finding(
        part="data folder", ok=True, detail=detail, warning=short, fix=fix if short else None
    )


def secrets(runtime: Runtime) -> Finding:
    try:
        runtime.settings.refuse_weak_secrets()
    except SettingsError as error:
        return Finding(part="secrets", ok=False, detail="too weak for production", fix=str(error))
    detail = f"strong enough for APP_ENV={runtime.settings.app.app_env}"
    return Finding(part="secrets", ok=True, detail=detail)


def database(runtime: Runtime) -> Finding:
    address = shown_address(runtime.settings.database_url)
    fix = _database_fix(runtime.settings)
    try:
        runtime.database.ping()
    except (SQLAlchemyError, OSError) as error:
        detail = f"{address} did not answer: {_reason(error)}"
        return Finding(part="database", ok=False, detail=detail, fix=fix)
    except DriverMissing as error:
        detail = f"{address}: {error.driver} is not installed"
        return Finding(part="database", ok=False, detail=detail, fix=error.fix)
    except (ImportError, ValueError) as error:
        detail = f"{address}: {error}"
        return Finding(part="database", ok=False, detail=detail, fix=fix)
    return Finding(part="database", ok=True, detail=address)


def schema(runtime: Runtime) -> Finding:
    if migrations.at_head(runtime.database):
        return Finding(part="schema", ok=True, detail="matches this version")
    return Finding(
        part="schema",
        ok=False,
        detail="does not match this version of the program"
        if migrations.current(runtime.database)
        else "is not there yet",
        fix="run `mp4totext db upgrade`",
    )


def broker(runtime: Runtime) -> Finding:
    address = shown_address(runtime.settings.broker_url)
    if address.startswith("filesystem"):
        address = f"files in {runtime.settings.data_dir / 'broker'}"
    try:
        runtime.worker_notifier.ping()
    except (BrokerError, OSError) as error:
        return Finding(
            part="broker",
            ok=False,
            detail=f"{address} did not answer: {_reason(error)}",
            fix=f"start it, or set {_broker_variables(runtime.settings)}",
        )
    return Finding(part="broker", ok=True, detail=address)


def storage(runtime: Runtime) -> Finding:
    """Check the storage by writing, reading and deleting a small object."""
    s3 = runtime.settings.storage
    where = str(runtime.settings.data_dir / "media")
    fix = "set DATA_DIR to a writable folder"
    if s3.minio_endpoint is not None:
        where = f"bucket {s3.minio_bucket!r} at {shown_address(s3.minio_endpoint)}"
        fix = "set MINIO_ENDPOINT, MINIO_SECURE and MINIO_BUCKET (the bucket must exist)"
    try:
        _round_trip(runtime)
    except SettingsError as error:
        return Finding(part="storage", ok=False, detail=where, fix=str(error))
    except StorageRefused:
        detail = f"{where} refused the keys"
        fix = "set MINIO_ACCESS_KEY and MINIO_SECRET_KEY to a pair that may write there"
        return Finding(part="storage", ok=False, detail=detail, fix=fix)
    except ObjectMissing:
        return Finding(part="storage", ok=False, detail=f"{where} does not exist", fix=fix)
    except (StorageUnavailable, OSError) as error:
        detail = f"{where} did not answer: {_reason(error)}"
        return Finding(part="storage", ok=False, detail=detail, fix=fix)
    return Finding(part="storage", ok=True, detail=where)


def _round_trip(runtime: Runtime) -> None:
    prefix = f"checks/{new_id('check')}"
    runtime.storage.put(f"{prefix}/object", b"is it there?")
    try:
        content = b"".join(runtime.storage.stream(f"{prefix}/object", start=0, end=12))
        if content != b"is it there?":
            raise StorageUnavailable("it returned different bytes from those stored")
    finally:
        runtime.storage.delete_prefix(prefix)


def models(runtime: Runtime) -> Finding:
    """Check for models in use that are being retired or that their vendor no longer lists."""
    with runtime.database.read() as session:
        warnings = catalogue_warnings(session, runtime.settings)
        count = sum(row.entry.active for row in catalogue.rows(session))
    if not warnings:
        return Finding(part="models", ok=True, detail=f"{count} in the catalogue")
    return Finding(
        part="models",
        ok=True,
        warning=True,
        detail=warnings[0] + (f" {len(warnings) - 1} more." if len(warnings) > 1 else ""),
        fix="choose replacements: `mp4totext admin models list` says which, and until when",
    )


def gpu_engines(runtime: Runtime) -> Finding:
    known = SPEECH.keys() | DIARIZATION.keys()
    unknown = [name for name in runtime.settings.gpu_engines if name not in known]
    if unknown:
        return Finding(
            part="gpu queue",
            ok=False,
            detail=f"GPU_ENGINES names {unknown[0]!r}, which is not an engine",
            fix=f"set GPU_ENGINES to some of {', '.join(sorted(known))}",
        )
    detail = f"used by {', '.join(runtime.settings.gpu_engines) or 'no engine'}"
    return Finding(part="gpu queue", ok=True, detail=detail)


# Checks before `serve` and `worker` start. The database schema is checked or created after these.
START: tuple[Check, ...] = (data_folder, database, broker, storage, gpu_engines)


def refuse_broken(runtime: Runtime) -> None:
    """Run the checks, then upgrade SQLite's schema or check that of another database.

    Raises SettingsError that names each failed part.
    """
    broken = [finding for finding in (check(runtime) for check in START) if not finding.ok]
    if broken:
        raise SettingsError("; ".join(f"{f.part}: {f.detail}. Fix: {f.fix}" for f in broken))
    if runtime.database.is_sqlite:
        migrations.upgrade(runtime.database)
        return
    finding = schema(runtime)
    if not finding.ok:
        raise SettingsError(f"The database's schema {finding.detail}: {finding.fix}.")


def shown_address(address: str) -> str:
    """The address without its password."""
    try:
        return make_url(address).render_as_string(hide_password=True)
    except (ArgumentError, NoSuchModuleError, ValueError):
        return address.rpartition("@")[2]


def _database_fix(settings: Settings) -> str:
    if settings.database.database_url is None:
        return "set DATA_DIR to a writable folder"
    return "start it, or set DATABASE_URL to its address (PostgreSQL: postgresql+psycopg://...)"


def _broker_variables(settings: Settings) -> str:
    if settings.broker.celery_broker_url is not None:
        return "CELERY_BROKER_URL"
    return "REDIS_HOST, REDIS_PORT and REDIS_PASSWORD (without REDIS_HOST no server is needed)"


def _reason(error: BaseException) -> str:
    """The first line of the error, which never contains a password."""
    cause = getattr(error, "orig", None) or error
    lines = str(cause).strip().splitlines()
    return lines[0] if lines else type(cause).__name__
