"""The MCP server with the SDK's client, over stdio and HTTP, against the real service."""

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from itertools import islice, repeat
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from mp4totext.client import AsyncClient
from mp4totext.mcp_server import WORDS_MAX, _transcript, make_server
from tests.support.command_line import command, started
from tests.support.raw_http import connection, endless, head
from tests.support.servers import free_port
from tests.support.service_processes import Api, Service
from tests.support.speech_samples import recording
from tests.support.waiting import until

SHORT = recording("beckett.wav")  # ten seconds
Conversation = Callable[[Client], Coroutine[Any, Any, None]]


@pytest.fixture(scope="module")
def running(started_service: tuple[Service, Api]) -> Service:
    return started_service[0]


@pytest.fixture(scope="module")
def api(started_service: tuple[Service, Api]) -> Api:
    return started_service[1]


@pytest.fixture(scope="module")
def key(running: Service, api: Api) -> str:
    account = running.account(api)
    scopes = ["transcriptions:read", "transcriptions:write", "jobs:read", "jobs:write"]
    made = httpx.post(
        f"{api.url}/api/v1/auth/keys",
        json={"name": "assistant", "scopes": scopes},
        headers=account.headers,
        timeout=30,
    )
    return str(made.raise_for_status().json()["key"])


def over_stdio(running: Service, api: Api, conversation: Conversation, *arguments: str) -> None:
    program, *rest = command("mcp", "--url", api.url, *arguments)
    parameters = StdioServerParameters(command=program, args=rest, env=dict(running.environment))

    async def session() -> None:
        async with Client(parameters, read_timeout_seconds=120) as client:
            await conversation(client)

    asyncio.run(session())


async def called(client: Client, tool: str, **arguments: Any) -> Any:
    """The result as data. Raises AssertionError when the tool failed."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    structured = result.structured_content
    assert structured is not None
    return structured["result"] if set(structured) == {"result"} else structured


async def refused(client: Client, tool: str, **arguments: Any) -> str:
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    return str(result.content)


def test_a_recording_goes_from_a_file_to_texts(running: Service, api: Api, key: str) -> None:
    async def conversation(client: Client) -> None:
        tools = {tool.name for tool in (await client.list_tools()).tools}
        assert {"transcribe", "search", "ask", "get_transcript", "export", "get_text"} <= tools
        talk = await called(client, "transcribe", source=str(SHORT), language="en", diarize=True)
        assert talk["status"] == "succeeded"
        assert "fail better" in talk["segments"][-1]["text"].lower()
        assert talk["segments"][0]["speaker"] == "Speaker 1"
        known = talk["transcription_id"]
        again = await called(client, "get_transcript", transcription_id=known, from_ms=8_000)
        assert 0 < len(again["segments"]) < len(talk["segments"])
        (listed,) = await called(client, "list_recordings")
        assert listed["id"] == known
        (found,) = await called(client, "search", words="fail better")
        assert found["transcription_id"] == known
        assert "better" in found["passages"][-1]["text"]
        passages = await called(client, "ask", question="What should I do when I fail?")
        assert any("fail better" in passage["text"].lower() for passage in passages)
        text = await called(
            client, "write_text", transcription_id=known, kind="clean", provider="local"
        )
        assert "fail better" in text["body"].lower()
        (written,) = await called(client, "list_texts", transcription_id=known)
        same = await called(client, "get_text", transcription_id=known, text_id=written["id"])
        assert same["body"] == text["body"]
        captions = await called(client, "export", transcription_id=known, format="vtt")
        assert captions.startswith("WEBVTT")
        assert "choose txt" in await refused(
            client, "export", transcription_id=known, format="docx"
        )
        assert "There is no transcription" in await refused(
            client, "get_transcript", transcription_id="trn_" + "0" * 26
        )
        assert "No such file" in await refused(client, "transcribe", source="/nowhere/talk.mp4")

    over_stdio(running, api, conversation, "--key", key)


def test_without_a_key_it_is_this_machines_own_account(running: Service, api: Api) -> None:
    async def conversation(client: Client) -> None:
        assert await called(client, "list_recordings") == []

    over_stdio(running, api, conversation)
    over_stdio(running, api, conversation)
    with running.runtime.database.read() as session:
        from_command = session.connection().exec_driver_sql(
            "select revoked_at from api_keys where name = 'MCP on this machine'"
        )
        assert all(revoked for (revoked,) in from_command)


@pytest.mark.slow
def test_over_http_every_caller_brings_a_key(running: Service, api: Api, key: str) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/mcp"
    arguments = ("mcp", "--http", "--port", port, "--url", api.url)

    async def talk(headers: dict[str, str]) -> tuple[Any, str]:
        async with (
            httpx2.AsyncClient(headers=headers, timeout=60) as http,
            Client(streamable_http_client(url, http_client=http)) as client,
        ):
            result = await client.call_tool("list_recordings", {})
            refusal = await client.call_tool("transcribe", {"source": "/etc/hostname"})
            return result, str(refusal.content)

    with started(*arguments, environment=dict(running.environment)):
        until(lambda: accepts(port), within_s=60)
        result, refusal = asyncio.run(talk({"Authorization": f"Bearer {key}"}))
        assert not result.is_error
        assert "reads no files" in refusal
        result, _ = asyncio.run(talk({}))
        assert result.is_error
        assert "Send an API key" in str(result.content)
        result, _ = asyncio.run(talk({"X-API-Key": "mp4_wrong"}))
        assert result.is_error
        body = head("POST", "/mcp", Transfer_Encoding="chunked")
        assert status_of(port, body, endless()) == 413
        header = b"GET /mcp HTTP/1.1\r\nHost: x\r\nX-A: "
        assert status_of(port, header, repeat(b"a" * 65_536)) == 431


def status_of(port: int, begun: bytes, more: Iterable[bytes]) -> int:
    """Of a request that never ends."""
    with connection(port) as raw:
        raw.send(begun)
        assert raw.send_while_taken(islice(more, 1_600)) < 16 << 20  # of 100 MB
        return raw.answer().status


def accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


HOSTILE_IDS = (
    "../webhook-secret?a=",
    "../auth/keys#",
    "..",
    "trn_%2e%2e/%2e%2e/jobs",
    "trn_1/texts",
    "",
)


@pytest.mark.parametrize("value", HOSTILE_IDS)
@pytest.mark.parametrize(
    ("tool", "ids"),
    [
        ("get_transcript", ("transcription_id",)),
        ("export", ("transcription_id",)),
        ("list_texts", ("transcription_id",)),
        ("write_text", ("transcription_id",)),
        ("get_text", ("transcription_id", "text_id")),
    ],
)
def test_no_id_leads_to_another_route(tool: str, ids: tuple[str, ...], value: str) -> None:
    """A recording may talk a model into it."""
    sent: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.url.raw_path)
        return httpx.Response(404, json={})

    @asynccontextmanager
    async def connect(_ctx: Any) -> AsyncIterator[AsyncClient]:
        http = httpx.AsyncClient(base_url="http://service", transport=httpx.MockTransport(answer))
        async with AsyncClient("http://service", key="key", http=http) as client:
            yield client

    async def talk() -> None:
        async with Client(make_server(connect, local_files=False)) as client:
            kind = {"kind": "summary"} if tool == "write_text" else {}
            good = dict.fromkeys(ids, f"trn_{'0' * 26}") | kind
            await refused(client, tool, **good)
            assert len(sent) == 1
            for name in ids:
                await refused(client, tool, **{**good, name: value})

    asyncio.run(talk())
    assert len(sent) == 1


def test_a_long_transcript_comes_in_parts() -> None:
    segments = [
        {"start_ms": n * 1_000, "end_ms": n * 1_000 + 900, "text": "word " * 5_000, "speaker": None}
        for n in range(6)
    ]
    whole = {"id": "trn_1", "title": "t", "status": "completed", "segments": segments}
    first = _transcript(whole, from_ms=0)
    assert sum(len(s["text"].split()) for s in first["segments"]) <= WORDS_MAX
    rest = _transcript(whole, from_ms=first["next_from_ms"])
    assert first["segments"] + rest["segments"] == _lines(segments)
    assert rest["next_from_ms"] is None


def _lines(segments: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**segment, "speaker": None} for segment in segments]


def test_without_the_package_the_command_says_what_to_run(tmp_path: Path) -> None:
    program = "import sys; sys.modules['mcp'] = None; from mp4totext.cli import main; main(['mcp'])"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "[mcp]" in done.stderr
    assert json.dumps(done.stdout) == '""'
