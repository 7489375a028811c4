"""The resources of a process, created from the settings: database, storage, queue, limits."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.engine import make_url

from mp4totext.kit.db import Database
from mp4totext.kit.queue_names import QUEUES
from mp4totext.kit.realtime import ChangeSignals, PollingSignals, SqliteSignals
from mp4totext.kit.scratch import Scratch
from mp4totext.kit.storage import Storage, local_storage, s3_storage
from mp4totext.settings import Settings, SettingsError

# Half a second of imports that commands on one machine never need: imported where they are used.
if TYPE_CHECKING:
    from celery import Celery

    from mp4totext.kit.queue import WorkerNotifier
    from mp4totext.kit.ratelimit import RateLimiter


@dataclass(frozen=True)
class Runtime:
    settings: Settings

    @cached_property
    def database(self) -> Database:
        return Database(
            self.settings.database_url,
            pool_size=self.settings.database.database_pool_size,
            info={
                "wake": self.wake,
                "publish": self.publish,
            },
        )

    @cached_property
    def storage(self) -> Storage:
        return _storage(self.settings)

    @cached_property
    def celery(self) -> "Celery":
        """The Celery application of workers, which ``celery -A mp4totext.worker`` loads."""
        return _celery(self.settings, sends_only=False)

    @cached_property
    def worker_notifier(self) -> "WorkerNotifier":
        from mp4totext.kit.queue import WorkerNotifier  # noqa: PLC0415  # see above

        return WorkerNotifier(_celery(self.settings, sends_only=True))

    @cached_property
    def change_signals(self) -> ChangeSignals:
        if self.settings.live_url is not None:
            from mp4totext.kit.redis_signals import RedisSignals  # noqa: PLC0415  # see above

            return RedisSignals(self.settings.live_url)
        url = make_url(self.settings.database_url)
        if url.get_backend_name() == "sqlite" and url.database:
            return SqliteSignals(Path(url.database))
        return PollingSignals()

    def wake(self, queue: str) -> None:
        """Notify the workers of a queue. Sessions call it after a commit.

        The first call connects to the broker.
        """
        self.worker_notifier.notify(queue)

    def publish(self, user_id: str) -> None:
        self.change_signals.publish(user_id)

    @cached_property
    def limiter(self) -> "RateLimiter":
        from mp4totext.kit.ratelimit import RateLimiter  # noqa: PLC0415  # see above

        auth = self.settings.auth
        return RateLimiter(
            {
                "login": auth.rate_limit_login,
                "register": auth.rate_limit_register,
                "expensive": auth.rate_limit_expensive,
                "shared": auth.rate_limit_shared,
                "comment": auth.rate_limit_comment,
            },
            redis_url=self.settings.live_url,
            enabled=auth.rate_limit_enabled,
        )

    @cached_property
    def scratch(self) -> Scratch:
        return Scratch(self.settings.work_dir)

    def close(self) -> None:
        if "scratch" in self.__dict__:
            self.scratch.close()
        if "database" in self.__dict__:
            self.database.close()


def _celery(settings: Settings, *, sends_only: bool) -> "Celery":
    from mp4totext.kit.queue import celery_app  # noqa: PLC0415  # see above

    return celery_app(
        broker_url=settings.broker_url,
        result_backend=settings.broker.celery_result_backend or settings.redis_url(2),
        folder=settings.data_dir / "broker",
        worker_queues=QUEUES,
        visibility_timeout_s=settings.broker.celery_visibility_timeout,
        sends_only=sends_only,
    )


def _storage(settings: Settings) -> Storage:
    s3 = settings.storage
    if s3.minio_endpoint is None:
        return local_storage(settings.data_dir / "media")
    if s3.minio_access_key is None or s3.minio_secret_key is None:
        raise SettingsError(
            "MINIO_ENDPOINT is set, but MINIO_ACCESS_KEY or MINIO_SECRET_KEY is not: set both."
        )
    return s3_storage(
        endpoint=s3.minio_endpoint,
        access_key=s3.minio_access_key.get_secret_value(),
        secret_key=s3.minio_secret_key.get_secret_value(),
        bucket=s3.minio_bucket,
        region=s3.s3_region,
        secure=s3.minio_secure,
        virtual_host_style=s3.s3_virtual_host_style,
        public_endpoint=s3.s3_public_endpoint,
    )
