"""Celery only wakes workers: a message names no job, and the worker claims the best one itself.

So a message may be lost (the sweeper sends another) or duplicated (the second worker finds no job).
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from celery import Celery
from kombu import Exchange
from kombu import Queue as KombuQueue
from kombu.exceptions import OperationalError as BrokerError

from mp4totext.kit import file_broker
from mp4totext.kit.breaker import Breaker
from mp4totext.kit.log import get_logger

WAKE_TASK = "mp4totext.wake"

# Above the longest job (12 h of audio), so that Redis does not redeliver a running one. The
# claim makes redelivery harmless; this only avoids useless wake-ups.
VISIBILITY_TIMEOUT_S = 24 * 3600

WORKER_TIMEOUT_S = 10.0
SENDER_TIMEOUT_S = 0.5  # seconds; a request waits for this message, which may be lost

_EXCHANGE = Exchange("mp4totext", type="direct")

log = get_logger()
file_broker.install()


def celery_app(
    *,
    broker_url: str,
    result_backend: str | None,
    folder: Path,
    worker_queues: Sequence[str],
    visibility_timeout_s: int = VISIBILITY_TIMEOUT_S,
    sends_only: bool = False,
) -> Celery:
    """The Celery application of a worker or, with ``sends_only``, of a process that wakes workers.

    ``folder`` holds the messages when ``broker_url`` is ``filesystem://``.
    """
    app = Celery(
        "mp4totext", broker=broker_url, backend=result_backend, set_as_current=not sends_only
    )
    app.conf.update(
        task_ignore_result=True,
        # A message is only a wake-up: the job's row and its lease survive a worker that dies.
        task_acks_late=False,
        worker_prefetch_multiplier=1,  # no worker prefetches wake-ups that an idle one could act on
        worker_hijack_root_logger=False,
        worker_send_task_events=True,
        task_send_sent_event=True,
        task_queues=[KombuQueue(name, _EXCHANGE, routing_key=name) for name in worker_queues],
        task_default_queue="default",
        task_create_missing_queues=True,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options=_transport_options(
            broker_url,
            folder,
            visibility_timeout_s=visibility_timeout_s,
            timeout_s=SENDER_TIMEOUT_S if sends_only else WORKER_TIMEOUT_S,
        ),
        worker_pool="solo" if sys.platform == "win32" else "prefork",
        worker_proc_alive_timeout=60,  # a busy machine may need more than the default of 4 s
        # A broker's restart must not stop jobs: their claims are in the database.
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_detect_quorum_queues=False,  # only RabbitMQ has them
        enable_utc=True,
    )
    return app


def _transport_options(
    broker_url: str, folder: Path, *, visibility_timeout_s: int, timeout_s: float
) -> dict[str, object]:
    if broker_url.startswith("filesystem://"):
        for name in ("messages", "control"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        return {
            "data_folder_in": str(folder / "messages"),
            "data_folder_out": str(folder / "messages"),
            "control_folder": str(folder / "control"),
            "polling_interval": 0.05,  # with the default of 1 s messages would queue up
        }
    return {
        "visibility_timeout": visibility_timeout_s,
        "socket_timeout": timeout_s,
        "socket_connect_timeout": min(timeout_s, 3),
        "socket_keepalive": True,
        "health_check_interval": 25,
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0.2,
    }


class WorkerNotifier:
    """Wakes a worker. An unreachable broker is only logged: jobs are in the database."""

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._breaker = Breaker()

    def notify(self, queue: str) -> bool:
        """True if the broker accepted the message."""
        if self._breaker.is_open():
            return False
        try:
            self._app.send_task(WAKE_TASK, queue=queue, retry=False, ignore_result=True)
        except (BrokerError, OSError) as error:
            self._breaker.failed()
            log.warning("queue.unreachable", queue=queue, reason=type(error).__name__)
            return False
        return True

    def ping(self) -> None:
        """Raises BrokerError or OSError if the broker does not answer."""
        with self._app.connection_for_write(connect_timeout=3) as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=3)
