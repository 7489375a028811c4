"""Runs in a fresh environment: uses the service, its page, the library and MCP."""

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters

import mp4totext
from mp4totext.media.sample import sample_file

PROGRAM = str(Path(sys.executable).parent / "mp4totext")


def read(address: str) -> str:
    with urllib.request.urlopen(address, timeout=30) as answer:
        return str(answer.read().decode())


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def alive(url: str, service: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert service.poll() is None, "the service ended"
        try:
            read(f"{url}/health")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(url)


async def tools(url: str) -> list[str]:
    variables = dict(os.environ)  # noqa: TID251  the data folder of the service
    parameters = StdioServerParameters(command=PROGRAM, args=["mcp", "--url", url], env=variables)
    async with Client(parameters, read_timeout_seconds=120) as client:
        return [tool.name for tool in (await client.list_tools()).tools]


def main() -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    service = subprocess.Popen([PROGRAM, "serve", "--port", str(port), "--no-worker"])
    try:
        alive(url, service)
        page = read(url)
        script = re.search(r'src="([^"]+\.js)"', page)
        assert script, page
        asset = read(f"{url}/{script[1].lstrip('./')}")
        found = asyncio.run(tools(url))
    finally:
        service.terminate()
        service.wait(60)
    text = mp4totext.transcribe(sample_file(), language="en").text
    told = {"title": "MP4toText" in page, "script": len(asset), "tools": found, "text": text}
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
