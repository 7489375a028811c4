"""Calls of functions deployed by ``deploy/modal``: engines, diarizers and images on GPUs.

A call is started and collected in two steps, possibly in different processes. Only its id must be
kept in between.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
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

from mp4totext.kit.counts import vendor_call
from mp4totext.providers import vendor_errors
from mp4totext.providers.access import Access
from mp4totext.providers.base import Report
from mp4totext.providers.connections import close_at_exit
from mp4totext.providers.errors import (
    ProviderBusy,
    ProviderMisconfigured,
    ProviderRejected,
    ProviderUnreachable,
)
from mp4totext.providers.json_fields import JsonObject, number, objects, parse_object, seconds_to_ms
from mp4totext.providers.vendor_errors import Vendor
from mp4totext.transcript import Turn

FUNCTION = "transcribe"
DEPLOYED_BY = "deploy/modal/transcribe.py"
# Seconds after which a worker that returned the job to the queue polls again.
_COLLECT_AGAIN_S = 15.0


class ModalCalls:
    """Calls of one function. One instance for each process; called from several threads."""

    def __init__(
        self,
        access: Access[Any],
        *,
        token_id: str,
        app: str,
        environment: str | None,
        function: str = FUNCTION,
        deployed_by: str = DEPLOYED_BY,
    ) -> None:
        """``access.key`` is the token's secret; ``app`` and ``environment`` are Modal's names."""
        self._access = access
        self._token_id = token_id
        self._app = app
        self._environment = environment
        self._function = function
        self._deployed_by = deployed_by
        self._connecting = Lock()
        close_at_exit(self)

    def start(self, order: Mapping[str, Any], report: Report) -> str:
        """Start the call, which is paid from now on, and return its id.

        Raises ProviderMisconfigured if the order has no link that Modal can reach.
        """
        if "url" in order and order["url"] is None:
            raise ProviderMisconfigured(
                f"{self._access.vendor.title} fetches the recording by a signed link that it can "
                "reach: store media in S3 (MINIO_ENDPOINT and its keys), or choose another engine.",
                provider=self._access.vendor.name,
                code="no_media_url",
            )
        report(0)  # raises if the job was cancelled, before anything is paid
        with vendor_call(self._access.vendor.name), self._errors():
            function: Any = modal.Function.from_name(
                self._app, self._function, environment_name=self._environment, client=self._client
            )
            return str(function.spawn(dict(order)).object_id)

    def answer(self, call_id: str, report: Report) -> JsonObject:
        """Wait for the result; ``report`` is called after each poll, and may raise.

        Raises ProviderRejected with the function's own reason, or ProviderBusy with the code
        "in_progress" if it takes longer than a worker waits.
        """
        give_up_at = time.monotonic() + self._access.timeouts.wait_s
        while True:
            report(0)
            with self._errors():
                call: Any = modal.FunctionCall.from_id(call_id, client=self._client)
                try:
                    content = call.get(timeout=self._access.timeouts.poll_s)
                    return _checked(content, self._access.vendor)
                except TimeoutError:
                    pass  # still running
            if time.monotonic() >= give_up_at:
                raise ProviderBusy(
                    f"The function at {self._access.vendor.title} is still working on the "
                    "recording.",
                    provider=self._access.vendor.name,
                    code="in_progress",
                    retry_after_s=_COLLECT_AGAIN_S,
                )

    def cancel(self, call_id: str) -> None:
        """Stop a running call. The function keeps no data."""
        with self._errors():
            call: Any = modal.FunctionCall.from_id(call_id, client=self._client)
            call.cancel()

    def _errors(self) -> AbstractContextManager[None]:
        return _errors(self._access.vendor, self._app, self._function, self._deployed_by)

    def close(self) -> None:
        """Close the connection, if any; the next call opens another one."""
        with self._connecting:
            connection = self.__dict__.pop("_connection", None)
        if connection is not None:
            connection.close()

    @property
    def _client(self) -> modal.Client:
        with self._connecting:  # opened after a worker has forked, and once only
            return self._connection

    @cached_property
    def _connection(self) -> modal.Client:
        return modal.Client.from_credentials(self._token_id, self._access.key)


def turns_of(answer: JsonObject, duration_ms: int) -> tuple[Turn, ...]:
    """Turns within the recording, of speakers S1, S2, ... by first appearance. Pure."""
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


def _checked(content: object, vendor: Vendor) -> JsonObject:
    """The result as JSON. Raises ProviderRejected if it is an error of the function."""
    try:
        answer = parse_object(content if isinstance(content, str) else "")
    except ValueError as error:
        raise vendor_errors.unreadable(vendor) from error
    reason = answer.get("error")
    if isinstance(reason, dict):
        raise ProviderRejected(
            f"The function at {vendor.title} could not do the work: "
            f"{vendor_errors.readable(reason.get('message'))}",
            provider=vendor.name,
            code=str(reason.get("code") or "transcription_failed"),
        )
    return answer


@contextmanager
def _errors(vendor: Vendor, app: str, function: str, deployed_by: str) -> Iterator[None]:
    try:
        yield
    except (AuthError, PermissionDeniedError) as error:
        raise ProviderMisconfigured(
            f"{vendor.title} does not accept MODAL_TOKEN_ID and MODAL_TOKEN_SECRET.",
            provider=vendor.name,
            code="unauthenticated",
        ) from error
    except NotFoundError as error:
        raise ProviderMisconfigured(
            f"{vendor.title} has no function {function!r} in the app {app!r}: run "
            f"`modal deploy {deployed_by}`.",
            provider=vendor.name,
            code="not_deployed",
        ) from error
    except ResourceExhaustedError as error:
        raise ProviderBusy(f"{vendor.title} is busy.", provider=vendor.name, code="busy") from error
    except FunctionTimeoutError as error:
        raise ProviderRejected(
            f"The function at {vendor.title} ran into its time limit.",
            provider=vendor.name,
            code="timeout",
        ) from error
    except OutputExpiredError as error:
        raise ProviderRejected(
            f"{vendor.title} no longer has the answer; it keeps one for a week.",
            provider=vendor.name,
            code="expired",
        ) from error
    except RemoteError as error:
        raise ProviderRejected(
            f"The function at {vendor.title} failed: {vendor_errors.readable(error)}",
            provider=vendor.name,
            code="remote_error",
        ) from error
    except (ConnectionError, ServiceError, InternalFailure) as error:
        raise ProviderUnreachable(
            f"{vendor.title} could not be reached.", provider=vendor.name, code="connection"
        ) from error
