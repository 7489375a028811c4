"""The client against the service as processes, over connections that are interrupted."""

import asyncio
import threading
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from mp4totext.client import AsyncClient, Client, JobFailed, ServiceError, flows
from tests.support.servers import free_port
from tests.support.service_processes import PASSWORD, Api, Service
from tests.support.speech_samples import recording
from tests.support.tcp_gate import Gate

TALK = recording("beckett.wav")  # ten seconds
SHORT = recording("clone-test.wav")  # four seconds
EMAIL = "client@example.com"


@pytest.fixture(scope="module")
def api(started_service: tuple[Service, Api]) -> Api:
    return started_service[1]


@pytest.fixture(scope="module")
def gate(api: Api) -> Gate:
    return Gate(int(api.url.rpartition(":")[2]))


@pytest.fixture(scope="module")
def key(api: Api) -> str:
    with httpx.Client(base_url=f"{api.url}/api/v1", timeout=30) as http:
        login = {"email": EMAIL, "password": PASSWORD}
        http.post("/auth/register", json=login).raise_for_status()
        token = http.post("/auth/login", json=login).raise_for_status().json()["access_token"]
        scopes = ["transcriptions:read", "transcriptions:write", "jobs:read", "jobs:write"]
        made = http.post(
            "/auth/keys",
            json={"name": "client", "scopes": scopes},
            headers={"Authorization": f"Bearer {token}"},
        )
        return str(made.raise_for_status().json()["key"])


@pytest.fixture
def client(gate: Gate, key: str) -> Iterator[Client]:
    with Client(f"http://127.0.0.1:{gate.port}", key=key) as client:
        yield client


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Of several chunks."""
    path = tmp_path / "large.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, 48_000, 0, "NONE", ""))
        file.writeframes(bytes(3 * flows.CHUNK_BYTES))
    return path


def test_a_recording_is_transcribed_read_exported_and_written_from(client: Client) -> None:
    steps: list[tuple[int, int]] = []
    accepted = client.submit(
        TALK, title="Talk", language="en", on_upload=lambda *step: steps.append(step)
    )
    assert steps[0] == (0, TALK.stat().st_size)
    assert steps[-1] == (TALK.stat().st_size, TALK.stat().st_size)
    types = [event["type"] for event in client.events(accepted["task_id"])]
    assert types[-1] == "job_complete"
    assert client.wait(accepted["task_id"])["state"] == "succeeded"
    talk = client.request("GET", f"/transcriptions/{accepted['id']}")
    assert talk["title"] == "Talk"
    assert "fail better" in talk["segments"][-1]["text"].lower()
    assert client.export(accepted["id"], "srt", max_columns=30).startswith(b"1\n00:00:0")
    text = client.write_text(accepted["id"], "clean", provider="local")
    assert "fail better" in text["body"].lower()
    assert [item["id"] for item in client.items("/transcriptions", search="Talk")] == [talk["id"]]
    assert list(client.events(accepted["task_id"]))[-1]["type"] == "job_complete"  # once more


def test_asyncio_has_the_same(gate: Gate, key: str) -> None:
    async def story() -> tuple[Any, ...]:
        async with AsyncClient(f"http://127.0.0.1:{gate.port}", key=key) as client:
            accepted = await client.submit(SHORT, language="en")
            events = [event async for event in client.events(accepted["task_id"])]
            job = await client.wait(accepted["task_id"])
            found = await client.items("/transcriptions")
            captions = await client.export(accepted["id"], "vtt")
            renamed = await client.request(
                "PATCH", f"/transcriptions/{accepted['id']}", body={"title": "Mine"}
            )
            again = await client.transcribe(SHORT, language="en", quality="fast")
            upload_id = await client.upload(SHORT)
            with pytest.raises(ServiceError, match="poem"):
                await client.write_text(accepted["id"], "poem")
            return events[-1]["type"], job["state"], found, captions, renamed, again, upload_id

    kind, state, found, captions, renamed, again, upload_id = asyncio.run(story())
    assert (kind, state) == ("job_complete", "succeeded")
    assert len(found) >= 1
    assert captions.startswith(b"WEBVTT")
    assert renamed["title"] == "Mine"
    assert again["segments"]
    assert upload_id.startswith("upl_")


def test_an_upload_goes_on_where_the_line_broke(
    client: Client, gate: Gate, large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offsets: list[int] = []

    def cut_once(done: int, _total: int) -> None:
        offsets.append(done)
        if offsets == [0, flows.CHUNK_BYTES]:
            gate.refuse()
            threading.Timer(0.7, gate.open).start()

    upload_id = client.upload(large, on_progress=cut_once)
    assert offsets[-1] == large.stat().st_size
    assert offsets.count(0) == 1  # nothing was begun anew
    accepted = client.submit(large, upload_id=upload_id, title="Silence", language="en")
    assert client.wait(accepted["task_id"])["operation"] == "transcribe"


def test_another_process_goes_on_with_an_upload(client: Client, gate: Gate, large: Path) -> None:
    class Killed(Exception):
        pass

    def die(done: int, _total: int) -> None:
        if done:
            raise Killed

    ids: list[str] = []

    def remember(answer: httpx.Response) -> None:
        if "/uploads/upl_" in str(answer.url):
            ids.append(answer.url.path.rpartition("/")[2])

    client._http.event_hooks = {"response": [remember]}
    with pytest.raises(Killed):
        client.upload(large, on_progress=die)
    steps: list[int] = []
    again = client.upload(
        large, upload_id=ids[0], on_progress=lambda done, _total: steps.append(done)
    )
    assert again == ids[0]
    assert steps[:2] == [flows.CHUNK_BYTES, 2 * flows.CHUNK_BYTES]
    assert steps[-1] == large.stat().st_size


def test_events_go_on_after_a_lost_connection(client: Client, gate: Gate) -> None:
    accepted = client.submit(TALK, language="en")
    seqs = []
    for event in client.events(accepted["task_id"]):
        seqs.append(event["seq"])
        if len(seqs) == 1:
            gate.refuse()
            threading.Timer(0.3, gate.open).start()
    assert seqs == sorted(set(seqs))  # none twice
    assert event["type"] == "job_complete"


def test_what_the_service_refuses_and_what_fails_is_raised(client: Client, tmp_path: Path) -> None:
    (tmp_path / "page.mp4").write_text("<html>no recording</html>" * 100)
    with pytest.raises(ServiceError) as no_media:
        client.transcribe(tmp_path / "page.mp4")
    assert (no_media.value.status, no_media.value.code) == (415, "not_media")
    with pytest.raises(ServiceError, match="There is no job"):
        client.wait("job_" + "0" * 26)
    with pytest.raises(ServiceError, match="There is no job"):
        list(client.events("job_" + "0" * 26))
    accepted = client.submit("https://127.0.0.1:9/talk.mp4")
    client.request("POST", f"/jobs/{accepted['task_id']}/cancel")
    with pytest.raises(JobFailed) as cancelled:
        client.wait(accepted["task_id"])
    assert cancelled.value.code == "cancelled"
    nothing = flows.json_of(flows.Call(method="GET", path="/", repeat=False))
    with (
        Client(f"http://127.0.0.1:{free_port()}", key="mp4_none") as nowhere,
        pytest.raises(httpx.ConnectError),
    ):
        nowhere.run(nothing)


@pytest.mark.parametrize("value", ["../webhook-secret?a=", "..", "job_1/cancel", "job_%2e", ""])
def test_no_id_leads_to_another_route(tmp_path: Path, value: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise AssertionError(request.url)

    http = httpx.Client(base_url="http://service", transport=httpx.MockTransport(answer))
    file = tmp_path / "talk.wav"
    file.write_bytes(b"RIFF")
    with Client("http://service", key="key", http=http) as client:
        for call in (
            lambda: client.export(value, "srt"),
            lambda: client.write_text(value, "summary"),
            lambda: client.wait(value),
            lambda: list(client.events(value)),
            lambda: client.upload(file, upload_id=value),
        ):
            with pytest.raises(ValueError, match="is not an ID"):
                call()
