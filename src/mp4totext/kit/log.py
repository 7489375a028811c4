"""Logs as events: ``log.info("job.succeeded", job_id=...)``, as JSON or as lines with a prefix."""

import logging
import sys
from typing import Literal

import structlog
from structlog.types import EventDict, WrappedLogger

_PREFIXES = (
    ("credit", "💰"),
    ("started", "🚀"),
    ("succeeded", "✅"),
    ("ready", "✅"),
    ("failed", "❌"),
)
_LEVEL_PREFIXES = {"warning": "⚠️", "error": "❌", "critical": "❌"}
# Libraries whose messages repeat our own events, such as a worker's start. Warnings remain.
_NOISY = (
    "alembic.runtime",
    "celery.apps.worker",
    "celery.utils",
    "celery.worker.consumer.connection",
    "httpcore",
    "httpx",
)
_SECRET_WORDS = ("password", "secret", "token", "api_key", "authorization")


def configure(*, log_format: Literal["human", "json"], debug: bool) -> None:
    """Called once in each process, before it logs."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _hide_secrets,
    ]
    if log_format == "json":
        shared.append(structlog.processors.format_exc_info)
        renderer: structlog.types.Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    else:
        shared.append(_prefix)
        renderer = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            pad_event_to=28,
            # The default formatter prints local variables, including passwords and keys.
            exception_formatter=structlog.dev.plain_traceback,
        )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.DEBUG if debug else logging.INFO)
    for noisy in _NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # It warns about a broker that is a folder, because that has no host name.
    logging.getLogger("kombu.connection").setLevel(logging.ERROR)


def leave_to_the_host() -> None:
    """For programs that use the library: events go to their own ``logging``."""
    if structlog.is_configured():
        return
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            _hide_secrets,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["event"]),
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


def _prefix(_logger: WrappedLogger, _name: str, entry: EventDict) -> EventDict:
    """🚀 start, ✅ success, ❌ error, 💰 credits, 📊 status, ⚠️ warning."""
    event = str(entry.get("event", ""))
    sign = _LEVEL_PREFIXES.get(str(entry.get("level")))
    if sign is None:
        sign = next((sign for word, sign in _PREFIXES if word in event), "📊")
    entry["event"] = f"{sign} {event}"
    return entry


def _hide_secrets(_logger: WrappedLogger, _name: str, entry: EventDict) -> EventDict:
    for key in entry:
        if any(word in key.lower() for word in _SECRET_WORDS):
            entry[key] = "***"
    return entry


def get_logger() -> structlog.stdlib.BoundLogger:
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger()
    return logger
