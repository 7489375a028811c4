"""Runs uvicorn in processes on free loopback ports."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import uvicorn
from fastapi import FastAPI

from mp4totext.kit.storage import Storage, s3_storage

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass
class Server:
    url: str
    port: int
    process: psutil.Process

    def rss(self) -> int:
        return int(self.process.memory_info().rss)


@contextmanager
def serving(
    module: str, *arguments: str, variables: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Run ``python -m module FD ARGUMENTS...``, whose main calls ``serve(app, FD)``."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        port = listener.getsockname()[1]
        fd = listener.fileno()
        process = subprocess.Popen(
            [sys.executable, "-m", module, str(fd), *arguments],
            cwd=ROOT,
            pass_fds=[fd],
            stdout=sys.__stderr__,  # its log; what runs it may print results
            env={
                "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
                **(variables or {}),
            },
        )
    try:
        _wait(port, process)
        yield Server(f"http://127.0.0.1:{port}", port, psutil.Process(process.pid))
    finally:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def serve(app: FastAPI, fd: int) -> None:
    """Serve the app in the child process. uvicorn's own ``fd=`` would not set TCP_NODELAY."""
    with socket.socket(fileno=fd) as listener:
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server did not start"
        try:
            httpx.get(f"http://127.0.0.1:{port}/health", timeout=1)
        except httpx.HTTPError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the server does not answer")


def unreachable_storage() -> Storage:
    """Settings of an S3 store that is not reachable."""
    return s3_storage(
        endpoint="127.0.0.1:9",
        access_key="a",
        secret_key="b",
        bucket="c",
        region="us-east-1",
        secure=False,
        virtual_host_style=False,
    )
