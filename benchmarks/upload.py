"""Uploads 2 GB to a real server: speed, memory, latency of other requests. Needs curl; 30 s.

python -m benchmarks.upload [GIGABYTES]
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from tests.support.uvicorn_processes import Server, serving
from tests.support.waiting import until

GB = 1 << 30
CURL = shutil.which("curl") or "curl"
WAYS = {
    "raw": ["-T", "{file}", "-H", "X-Filename: big.mp4"],
    "form": ["-F", "language=en", "-F", "file=@{file}"],
}


def main(gigabytes: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "big.mp4"
        with source.open("wb") as file:
            file.truncate(gigabytes * GB)
        folder = Path(name) / "uploads"
        with serving("tests.support.upload_app", str(folder), str(gigabytes * GB)) as server:
            for way, options in WAYS.items():
                _say({"way": way, **_measure(server, source, options, gigabytes)})
                assert list(folder.iterdir()) == []
            _say({"way": "cut", "files_left": _cut(server, source, folder)})


def _measure(
    server: Server, source: Path, options: list[str], gigabytes: int
) -> dict[str, float | int]:
    command = [CURL, "-sS", "-X", "POST", f"{server.url}/upload"]
    command += [option.format(file=source) for option in options]
    before, started = server.rss(), time.monotonic()
    curl = subprocess.Popen(command, stdout=subprocess.PIPE)  # noqa: S603  # ours
    peak, waits = 0, []
    with httpx.Client() as client:
        while curl.poll() is None:
            peak = max(peak, server.rss())
            asked = time.monotonic()
            client.get(f"{server.url}/health")
            waits.append((time.monotonic() - asked) * 1_000)
            time.sleep(0.01)
    took = time.monotonic() - started
    assert curl.stdout is not None
    assert json.loads(curl.stdout.read())["size_bytes"] == source.stat().st_size
    waits.sort()
    return {
        "mb_per_s": round(gigabytes * 1024 / took),
        "rss_growth_mb": round((peak - before) / (1 << 20), 1),
        "other_p50_ms": round(waits[len(waits) // 2], 1),
        "other_p99_ms": round(waits[len(waits) * 99 // 100], 1),
        "other_max_ms": round(waits[-1], 1),
    }


def _cut(server: Server, source: Path, folder: Path) -> int:
    command = [CURL, "-sS", "-T", str(source), f"{server.url}/upload"]
    curl = subprocess.Popen(command)  # noqa: S603  # ours
    until(lambda: any(path.stat().st_size > GB // 4 for path in folder.iterdir()))
    curl.kill()
    curl.wait()
    until(lambda: list(folder.iterdir()) == [])
    return len(list(folder.iterdir()))


def _say(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
