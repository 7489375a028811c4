"""Calls of the function that ``deploy/modal`` deploys: faster-whisper and pyannote on a GPU.

A call is started and collected in two steps, which may run in different processes: all that has to
be kept between them is the call's id.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any

import modal
from modal.exception import (
    AuthError,
    ConnectionError,  # noqa: A004  # the SDK's own names
    FunctionTimeoutError,
    InternalFailure,
    NotFoundError,
    OutputExpiredError,
    PermissionDeniedError,
    RemoteError,
    ResourceExhaustedError,
    ServiceError,
)

from mp4totext.providers import vendor_errors
from mp4totext.providers.base import Report
from mp4totext.providers.errors import (
    ProviderBusy,
    ProviderMisconfigured,
    ProviderRejected,
    ProviderUnreachable,
)
from mp4totext.providers.json_fields import JsonObject, number, objects, seconds_to_ms
from mp4totext.settings import Settings
from mp4totext.transcript import Turn

NAME, TITLE, KEY = "modal", "Modal", "MODAL_TOKEN_ID and MODAL_TOKEN_SECRET"
FUNCTION = "transcribe"
_COLLECT_AGAIN_S = 15.0  # a worker that gave the job back is asked again after this


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    token_id: str
    token_secret: str
    app: str
    environment: str | None
    poll_s: float
    wait_s: float


class ModalCalls:
    """One object serves a process and its threads."""

    def __init__(self, options: Options, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._options = options
        self._clock = clock
        self._connecting = Lock()

    def start(self, order: Mapping[str, Any], report: Report) -> str:
        """The id of the call, which runs from now on and is paid for.

        Raises ProviderMisconfigured when the order has no link that Modal could reach.
        """
        if order["url"] is None:
            raise ProviderMisconfigured(
                f"{TITLE} fetches the recording by a signed link that it can reach: store media in "
                "S3 (MINIO_ENDPOINT and its keys), or choose another engine.",
                provider=NAME,
                code="no_media_url",
            )
        report(0)  # a cancelled job stops before anything is paid for
        with _errors(self._options.app):
            function: Any = modal.Function.from_name(
                self._options.app,
                FUNCTION,
                environment_name=self._options.environment,
                client=self._client,
            )
            return str(function.spawn(dict(order)).object_id)

    def answer(self, call_id: str, report: Report) -> JsonObject:
        """Waits for the function's answer; ``report`` is called at each poll, so it can cancel.

        Raises ProviderRejected with the function's own reason, and ProviderBusy with the code
        "in_progress" when it takes longer than a worker waits.
        """
        give_up_at = self._clock() + self._options.wait_s
        while True:
            report(0)
            with _errors(self._options.app):
                call: Any = modal.FunctionCall.from_id(call_id, client=self._client)
                try:
                    return _checked(call.get(timeout=self._options.poll_s))
                except TimeoutError:
                    pass  # still running
            if self._clock() >= give_up_at:
                raise ProviderBusy(
                    f"The function at {TITLE} is still working on the recording.",
                    provider=NAME,
                    code="in_progress",
                    retry_after_s=_COLLECT_AGAIN_S,
                )

    def cancel(self, call_id: str) -> None:
        """Stops a call that still runs. The function keeps nothing of its own."""
        with _errors(self._options.app):
            call: Any = modal.FunctionCall.from_id(call_id, client=self._client)
            call.cancel()

    def close(self) -> None:
        """Closes the connection, if there is one; the next call opens another."""
        with self._connecting:
            connection = self.__dict__.pop("_connection", None)
        if connection is not None:
            connection.close()

    @property
    def _client(self) -> modal.Client:
        with self._connecting:  # opened after a worker has forked, and once
            return self._connection

    @cached_property
    def _connection(self) -> modal.Client:
        return modal.Client.from_credentials(self._options.token_id, self._options.token_secret)


def calls_from(settings: Settings) -> ModalCalls:
    engines = settings.engines
    if engines.modal_token_id is None or engines.modal_token_secret is None:
        raise ProviderMisconfigured(f"modal: set {KEY}", provider=NAME)
    return ModalCalls(
        Options(
            token_id=engines.modal_token_id.get_secret_value(),
            token_secret=engines.modal_token_secret.get_secret_value(),
            app=engines.modal_app_name,
            environment=engines.modal_environment,
            poll_s=engines.vendor_poll_s,
            wait_s=engines.vendor_wait_s,
        )
    )


def turns_of(answer: JsonObject, duration_ms: int) -> tuple[Turn, ...]:
    """Turns inside the recording; speakers are S1, S2, ... in order of appearance. Pure."""
    names: dict[str, str] = {}
    turns: list[Turn] = []
    by_start = sorted(objects(answer.get("turns")), key=lambda turn: number(turn.get("start")) or 0)
    for turn in by_start:
        start_ms, end_ms = seconds_to_ms(turn.get("start")), seconds_to_ms(turn.get("end"))
        label = turn.get("speaker")
        if start_ms is None or end_ms is None or not isinstance(label, str):
            continue
        low = min(max(round(start_ms), 0), duration_ms)
        high = min(max(round(end_ms), 0), duration_ms)
        if low < high:
            name = names.setdefault(label, f"S{len(names) + 1}")
            turns.append(Turn(start_ms=low, end_ms=high, speaker=name))
    return tuple(turns)


def _checked(content: object) -> JsonObject:
    """The answer as JSON. Raises ProviderRejected when it is the function's own error."""
    try:
        answer = json.loads(content) if isinstance(content, str) else None
    except ValueError as error:
        raise vendor_errors.not_understood(NAME, TITLE) from error
    if not isinstance(answer, dict):
        raise vendor_errors.not_understood(NAME, TITLE)
    reason = answer.get("error")
    if isinstance(reason, dict):
        raise ProviderRejected(
            f"The function at {TITLE} could not work on the recording: "
            f"{vendor_errors.readable(reason.get('message'))}",
            provider=NAME,
            code=str(reason.get("code") or "transcription_failed"),
        )
    return answer


@contextmanager
def _errors(app: str) -> Iterator[None]:
    try:
        yield
    except (AuthError, PermissionDeniedError) as error:
        raise ProviderMisconfigured(
            f"{TITLE} does not accept {KEY}.", provider=NAME, code="unauthenticated"
        ) from error
    except NotFoundError as error:
        raise ProviderMisconfigured(
            f"{TITLE} has no function {FUNCTION!r} in the app {app!r}: run "
            "`modal deploy deploy/modal/transcribe.py`.",
            provider=NAME,
            code="not_deployed",
        ) from error
    except ResourceExhaustedError as error:
        raise ProviderBusy(f"{TITLE} is busy.", provider=NAME, code="busy") from error
    except FunctionTimeoutError as error:
        raise ProviderRejected(
            f"The function at {TITLE} ran into its time limit.", provider=NAME, code="timeout"
        ) from error
    except OutputExpiredError as error:
        raise ProviderRejected(
            f"{TITLE} no longer has the answer; it keeps one for a week.",
            provider=NAME,
            code="expired",
        ) from error
    except RemoteError as error:
        raise ProviderRejected(
            f"The function at {TITLE} failed: {vendor_errors.readable(error)}",
            provider=NAME,
            code="remote_error",
        ) from error
    except (ConnectionError, ServiceError, InternalFailure) as error:
        raise ProviderUnreachable(
            f"{TITLE} could not be reached.", provider=NAME, code="connection"
        ) from error
