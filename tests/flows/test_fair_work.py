"""One account that uses everything at once does not delay another."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest

from tests.support.dripping_site import dripping_site
from tests.support.in_process_service import FOUR_SECONDS, recording
from tests.support.service_processes import QUICK, Account, Api, Service, service

pytestmark = pytest.mark.slow

API = "/api/v1"
# What takes a reader long: an AMR file whose every byte is a frame of 20 ms.
SLOW_TO_PROBE = b"#!AMR\n" + b"\x7c" * (1 << 20)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder: Path = tmp_path_factory.mktemp("fair")
    private = {"DOWNLOAD_ALLOW_PRIVATE": "true", "WEBHOOK_ALLOW_PRIVATE": "true"}
    with service(folder, QUICK | private | {"PROBE_TIMEOUT_S": "2"}) as made:
        yield made


@pytest.fixture(scope="module")
def api(made: Service) -> Iterator[Api]:
    with made.api() as api, made.batch_worker(2), made.network_worker(4):
        yield api


def client_of(api: Api, account: Account) -> httpx.Client:
    return httpx.Client(base_url=f"{api.url}{API}", headers=account.headers, timeout=60)


def upload(client: httpx.Client, content: bytes, **fields: str) -> httpx.Response:
    return client.post("/transcriptions", files={"file": ("talk.wav", content)}, data=fields)


def ended_after_s(client: httpx.Client, job_id: str) -> float:
    began = time.monotonic()
    while client.get(f"/jobs/{job_id}").json()["state"] != "succeeded":
        assert time.monotonic() - began < 60, client.get(f"/jobs/{job_id}").json()
        time.sleep(0.05)
    return time.monotonic() - began


def test_the_worker_of_downloads_runs_behind_recordings(made: Service) -> None:
    with made.network_worker(1) as worker:
        assert psutil.Process(worker.pid).nice() == 1 + 5  # WORKER_NICE here, and 5 more


def test_dripping_servers_hold_up_nobody_elses_recording(made: Service, api: Api) -> None:
    sound = recording(FOUR_SECONDS).read_bytes()
    with (
        dripping_site() as site,
        client_of(api, made.account(api)) as greedy,
        client_of(api, made.account(api)) as other,
    ):
        upload(other, sound)  # its engine is loaded, as in a service that has run for a while
        for number in range(8):
            body = {"url": f"{site}/{number}.wav", "options": {"priority": "critical"}}
            taken = greedy.post("/transcriptions/from-url", json=body)
            assert taken.status_code == 202, taken.text
            assert "administrators" in taken.json()["warnings"][0]
        webhook = {"webhook_url": f"{site}/hook"}
        for _ in range(4):
            job = upload(greedy, sound, **webhook).json()["task_id"]
            greedy.post(f"/jobs/{job}/cancel")  # ends at once, and is told to the address
        accepted = upload(other, sound)
        assert ended_after_s(other, accepted.json()["task_id"]) < 15
        states = [
            job["state"] for job in greedy.get("/jobs", params={"limit": 100}).json()["items"]
        ]
        assert 1 <= states.count("running") <= 3  # one thread of four is kept for others
        for job in greedy.get("/jobs", params={"limit": 100}).json()["items"]:
            greedy.post(f"/jobs/{job['id']}/cancel")


def test_one_account_has_all_processes_but_one(made: Service, api: Api) -> None:
    sound = recording(FOUR_SECONDS).read_bytes()
    with (
        client_of(api, made.account(api)) as greedy,
        client_of(api, made.account(api)) as other,
    ):
        jobs = [upload(greedy, sound).json()["task_id"] for _ in range(20)]
        accepted = upload(other, sound).json()["task_id"]
        most = 0
        while other.get(f"/jobs/{accepted}").json()["state"] != "succeeded":
            running = greedy.get("/jobs", params={"state": "running"}).json()["items"]
            most = max(most, len(running))
        assert most <= 1
        for job in jobs:
            greedy.post(f"/jobs/{job}/cancel")


def test_probes_in_masses_delay_no_other_request(made: Service, api: Api) -> None:
    with (
        client_of(api, made.account(api)) as greedy,
        client_of(api, made.account(api)) as other,
        ThreadPoolExecutor(16) as pool,
    ):
        asked = [pool.submit(upload, greedy, SLOW_TO_PROBE) for _ in range(16)]
        slowest_s, most, over = 0.0, 0, threading.Event()
        threading.Timer(6, over.set).start()
        while not over.is_set():
            began = time.monotonic()
            assert other.get("/auth/me").status_code == 200
            slowest_s = max(slowest_s, time.monotonic() - began)
            most = max(most, len(api.process.children()))
            time.sleep(0.05)
        assert slowest_s < 1
        assert 1 <= most <= 2  # files that are looked at, of this account
        began = time.monotonic()
        assert upload(other, recording(FOUR_SECONDS).read_bytes()).status_code == 202
        assert time.monotonic() - began < 10
        assert {future.result().status_code for future in asked} <= {202, 413, 422, 429}
