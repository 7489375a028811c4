"""Requests of unauthenticated attackers to a real process: memory, latency and status."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import httpx
import pytest

from tests.support.api_watch import Watch, port_of, send_endless
from tests.support.raw_http import chunk, connection, endless, head
from tests.support.route_rights import EXPECTED
from tests.support.service_processes import QUICK, Api, Service, service
from tests.support.slow_tests import one_in

MB = 1 << 20
UPLOADS = {
    "POST /api/v1/transcriptions",
    "POST /api/v1/transcriptions/upload",
    "POST /api/v1/uploads",
    "PATCH /api/v1/uploads/{upload_id}",
    "POST /api/v1/images",
    "PUT /api/v1/brands/{brand_id}/font",
    "PUT /api/v1/brands/{brand_id}/{place}",
    "POST /v1/audio/transcriptions",
    "POST /v1/audio/translations",
}
REGISTER = "/api/v1/auth/register"
ID = {"transcription_id": "trn", "job_id": "job", "upload_id": "upl", "user_id": "usr"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder: Path = tmp_path_factory.mktemp("hostile")
    with service(folder, QUICK) as made:
        yield made


@pytest.fixture(scope="module")
def api(made: Service) -> Iterator[Api]:
    with made.api() as api:
        yield api


def test_an_endless_body_is_cut_off_with_413_while_it_arrives(api: Api) -> None:
    with Watch(api) as watch:
        answer, sent = send_endless(api, "POST", REGISTER)
    assert answer.status == 413, answer.text
    assert '"code":"body_too_large"' in answer.text
    assert sent < 16 * MB  # what the system's own buffers took is among it
    assert watch.grown < 8 * MB
    assert watch.slowest_s < 1


def test_two_hundred_at_once_cost_no_memory_and_nobody_waits(api: Api) -> None:
    with Watch(api) as watch, ThreadPoolExecutor(200) as pool:
        answers = list(pool.map(lambda _: send_endless(api, "POST", REGISTER), range(200)))
    assert {answer.status for answer, _ in answers} == {413}
    assert watch.grown < 40 * MB
    assert watch.slowest_s < 2


@pytest.mark.parametrize("route", one_in(3, [route for route in EXPECTED if route not in UPLOADS]))
def test_every_route_but_uploads_refuses_what_is_announced_too_large(api: Api, route: str) -> None:
    method, _, path = route.partition(" ")
    for name, prefix in ID.items():
        path = path.replace(f"{{{name}}}", f"{prefix}_{'0' * 26}")
    path = path.replace("{", "").replace("}", "")
    with connection(port_of(api)) as raw:
        raw.send(head(method, path, Content_Type="application/json", Content_Length=str(1 << 30)))
        raw.socket.shutdown(socket.SHUT_WR)  # so that the server need not wait for more
        assert raw.answer().status == 413


def test_an_upload_without_a_login_is_refused_without_its_body(api: Api) -> None:
    for route in UPLOADS:
        method, _, path = route.partition(" ")
        path = path.replace("{upload_id}", f"upl_{'0' * 26}")
        sent = {"Content_Type": "application/octet-stream", "Tus_Resumable": "1.0.0"}
        with Watch(api) as watch, connection(port_of(api)) as raw:
            raw.send(head(method, path, Transfer_Encoding="chunked", **sent))
            taken = raw.send_while_taken(islice(endless(), 3_200))
            answer = raw.answer()
        assert answer.status == 401, answer.text
        assert taken < 16 * MB
        assert watch.grown < 8 * MB


@pytest.mark.parametrize(
    "pieces",
    [
        [b"GET /health HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * MB, *[b"a" * MB] * 100],
        [b"GET /" + b"a" * MB, *[b"a" * MB] * 100],
        [b"GET /health HTTP/1.1\r\n" + b"A: b\r\n" * 100_000, *[b"A: b\r\n" * 100_000] * 100],
        [b"GET /health?" + b"a=b&" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"],
    ],
    ids=["one header", "address", "many headers", "query"],
)
def test_a_head_above_64_kb_is_431(api: Api, pieces: list[bytes]) -> None:
    with Watch(api) as watch, connection(port_of(api)) as raw:
        sent = raw.send_while_taken(pieces)
        answer = raw.answer()
    assert answer.status == 431, answer.text
    problem = json.loads(answer.text.partition("\r\n\r\n")[2])
    assert (problem["code"], problem["status"]) == ("headers_too_large", 431)
    assert f"x-request-id: {problem['request_id']}" in answer.text
    assert sent < 16 * MB
    assert watch.grown < 8 * MB


def test_a_head_within_64_kb_is_read(api: Api) -> None:
    large = {f"X-{n}": "a" * 6_000 for n in range(10)}
    assert httpx.get(f"{api.url}/health", headers=large).status_code == 200


def test_trailers_and_pipelines_have_limits_too(api: Api) -> None:
    with Watch(api) as watch:
        with connection(port_of(api)) as raw:
            raw.send(head("POST", REGISTER, Transfer_Encoding="chunked"))
            raw.send(chunk(b"{}") + b"0\r\nX-Trailer: ")
            assert raw.send_while_taken([b"a" * MB] * 100) < 16 * MB
        with connection(port_of(api)) as raw:
            raw.send_while_taken([head("GET", "/health") * 100_000] * 10)
            assert raw.answer().text.count("HTTP/1.1 200") < 2_000
    assert watch.grown < 32 * MB
    assert watch.slowest_s < 1


def test_what_is_no_http_is_a_problem_as_well(api: Api) -> None:
    with connection(port_of(api)) as raw:
        raw.send(b"\x16\x03\x01 hello\r\n\r\n")
        answer = raw.answer()
    assert answer.status == 400
    assert '"malformed_request"' in answer.text


@pytest.mark.slow
def test_thousands_of_idle_connections_leave_room_for_others(made: Service) -> None:
    """Under a limit of files that they exceed: the oldest of those that say nothing are closed."""
    limited = Service(
        folder=made.folder,
        environment=made.environment,
        runtime=made.runtime,
        started=made.started,
        under=("prlimit", "--nofile=512:512"),
    )
    with limited.api() as api:
        idle = [socket.create_connection(("127.0.0.1", port_of(api))) for _ in range(1_000)]
        try:
            for _ in range(3):
                assert httpx.get(f"{api.url}/health", timeout=5).status_code == 200
        finally:
            for opened in idle:
                opened.close()
        assert httpx.get(f"{api.url}/ready", timeout=5).status_code == 200


def test_a_refusal_is_one_line_with_the_request_id(made: Service, api: Api) -> None:
    answer = httpx.get(f"{api.url}/api/v1/jobs", headers={"X-Request-ID": "look-for-me"})
    assert answer.status_code == 401
    lines = [line for line in api.process.log.read_text().splitlines() if "look-for-me" in line]
    assert len(lines) == 1
    assert "unauthenticated" in lines[0]
    assert "/api/v1/jobs" in lines[0]
