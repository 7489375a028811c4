"""The calls of Modal's gRPC API that a spawned function needs, served locally for its real SDK."""

import asyncio
import base64
import json
import pickle
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.empty_pb2 import Empty as _Empty
from grpclib import GRPCError, Status
from grpclib.const import Cardinality, Handler
from grpclib.server import Server, Stream
from modal_proto import api_pb2

TOKEN_ID, TOKEN_SECRET = "ak-test", "as-test-0123456789"
APP, FUNCTION = "mp4totext", "transcribe"
_SERVICE = "/modal.client.ModalClient/"


@dataclass
class ModalApi:
    """``run`` stands in for the deployed function; ``pending`` answers come before it is ready."""

    run: Callable[[dict[str, Any]], str]
    pending: int = 0
    failure: Status | None = None
    outcome: Any = api_pb2.GenericResult.GENERIC_STATUS_SUCCESS
    deployed: bool = True
    functions: frozenset[tuple[str, str]] = frozenset({(APP, FUNCTION)})  # app and name
    orders: list[dict[str, Any]] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    url: str = ""

    def __mapping__(self) -> dict[str, Handler]:
        calls = {
            "ClientHello": (self._hello, None, api_pb2.ClientHelloResponse),
            "AuthTokenGet": (
                self._token,
                api_pb2.AuthTokenGetRequest,
                api_pb2.AuthTokenGetResponse,
            ),
            "FunctionGet": (self._get, api_pb2.FunctionGetRequest, api_pb2.FunctionGetResponse),
            "FunctionMap": (self._map, api_pb2.FunctionMapRequest, api_pb2.FunctionMapResponse),
            "FunctionGetOutputs": (
                self._outputs,
                api_pb2.FunctionGetOutputsRequest,
                api_pb2.FunctionGetOutputsResponse,
            ),
            "FunctionCallCancel": (self._cancel, api_pb2.FunctionCallCancelRequest, None),
        }
        return {
            _SERVICE + name: Handler(
                self._serving(answer), Cardinality.UNARY_UNARY, asked or _Empty, given or _Empty
            )
            for name, (answer, asked, given) in calls.items()
        }

    def _serving(self, answer: Callable[[Any], Any]) -> Callable[[Stream[Any, Any]], Any]:
        async def serve(stream: Stream[Any, Any]) -> None:
            request = await stream.recv_message()
            metadata: Mapping[str, Any] = stream.metadata or {}
            given = (metadata.get("x-modal-token-id"), metadata.get("x-modal-token-secret"))
            if given != (TOKEN_ID, TOKEN_SECRET):
                raise GRPCError(Status.UNAUTHENTICATED, "Token ID or secret is wrong")
            if self.failure is not None:
                raise GRPCError(self.failure, "as the test wants")
            await stream.send_message(answer(request))

        return serve

    def _hello(self, _request: Any) -> Any:
        return api_pb2.ClientHelloResponse()

    def _token(self, _request: Any) -> Any:
        claims = base64.urlsafe_b64encode(json.dumps({"exp": time.time() + 3_600}).encode())
        return api_pb2.AuthTokenGetResponse(token=f"e30.{claims.decode().rstrip('=')}.e30")

    def _get(self, request: Any) -> Any:
        if not self.deployed or (request.app_name, request.object_tag) not in self.functions:
            raise GRPCError(Status.NOT_FOUND, "No such function")
        metadata = api_pb2.FunctionHandleMetadata(
            function_name=request.object_tag,
            function_type=api_pb2.Function.FUNCTION_TYPE_FUNCTION,
            supported_input_formats=[api_pb2.DATA_FORMAT_PICKLE],
            supported_output_formats=[api_pb2.DATA_FORMAT_PICKLE],
        )
        ranked = api_pb2.FunctionData.RankedFunction(rank=0, function=api_pb2.Function())
        return api_pb2.FunctionGetResponse(
            function_id="fu-test",
            handle_metadata=metadata,
            function=api_pb2.FunctionData(ranked_functions=[ranked]),
        )

    def _map(self, request: Any) -> Any:
        (item,) = request.pipelined_inputs
        (order,), _ = pickle.loads(item.input.args)
        self.orders.append(order)
        return api_pb2.FunctionMapResponse(
            function_call_id=f"fc-{len(self.orders)}",
            pipelined_inputs=[api_pb2.FunctionPutInputsResponseItem(idx=0, input_id="in-1")],
        )

    def _outputs(self, request: Any) -> Any:
        if self.pending > 0:
            self.pending -= 1
            return api_pb2.FunctionGetOutputsResponse(num_unfinished_inputs=1)
        order = self.orders[int(request.function_call_id.removeprefix("fc-")) - 1]
        result = api_pb2.GenericResult(status=self.outcome, exception="as the test wants")
        if self.outcome == api_pb2.GenericResult.GENERIC_STATUS_SUCCESS:
            result.data = pickle.dumps(self.run(order))
        return api_pb2.FunctionGetOutputsResponse(
            outputs=[
                api_pb2.FunctionGetOutputsItem(
                    idx=0, result=result, data_format=api_pb2.DATA_FORMAT_PICKLE
                )
            ]
        )

    def _cancel(self, request: Any) -> Any:
        self.cancelled.append(request.function_call_id)
        return _Empty()


@contextmanager
def serving(api: ModalApi) -> Iterator[ModalApi]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> Server:
        server = Server([api])
        await server.start("127.0.0.1", 0)
        return server

    server = asyncio.run_coroutine_threadsafe(start(), loop).result()
    listener = server._server
    assert isinstance(listener, asyncio.Server)
    port = listener.sockets[0].getsockname()[1]
    api.url = f"http://127.0.0.1:{port}"
    try:
        yield api
    finally:
        asyncio.run_coroutine_threadsafe(_closed(server), loop).result(timeout=60)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _closed(server: Server) -> None:
    """After the clients' last words: the side that notices the other go closes the connection."""
    await asyncio.sleep(0.02)
    server.close()
    await server.wait_closed()
    await asyncio.sleep(0.02)
