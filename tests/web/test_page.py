"""The page's routes, also while the page is not built."""

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from mp4totext.operations import OPERATIONS
from mp4totext.runtime import Runtime
from mp4totext.settings import AppSettings, Settings
from mp4totext.web.built import BuiltPage
from mp4totext.web.endpoints import ADDRESSES
from tests.conftest import SECRET, app_for

ROOT = Path(__file__).parent.parent.parent
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
INDEX = '<!doctype html><base href="/" /><script type="module" src="./assets/a-1.js"></script>'
SCRIPT = b"export {};"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A page as the build leaves it."""
    folder = tmp_path / "static"
    assets = folder / "assets"
    assets.mkdir(parents=True)
    (folder / "index.html").write_text(INDEX, encoding="utf-8")
    (folder / "docs.html").write_text(INDEX, encoding="utf-8")
    (folder / "licences.txt").write_text("MIT", encoding="utf-8")
    (assets / "a-1.js").write_bytes(SCRIPT)
    (assets / "a-1.js.gz").write_bytes(gzip.compress(SCRIPT))
    (assets / "a-1.css").write_bytes(b"body {}")
    return folder


@pytest.fixture
def client(runtime: Runtime, folder: Path) -> TestClient:
    return TestClient(app_for(runtime, page=BuiltPage(folder)))


@pytest.mark.parametrize("address", ADDRESSES)
def test_each_address_is_the_same_document_and_never_kept(client: TestClient, address: str) -> None:
    path = re.sub(r"\{\w+\}", "some-thing", address)
    answer = client.get(path)
    assert (answer.status_code, answer.text) == (200, INDEX)
    assert answer.headers["cache-control"] == "no-cache"
    assert client.head(path).status_code == 200


def test_addresses_are_those_that_the_page_knows() -> None:
    routes = (ROOT / "web" / "src" / "routes.ts").read_text(encoding="utf-8")
    paths = re.findall(r'path: "(/[^"]*)"', routes)
    assert paths == list(ADDRESSES)


def test_the_page_may_only_use_what_comes_from_its_own_address(client: TestClient) -> None:
    headers = client.get("/").headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "microphone=(self)" in headers["permissions-policy"]


@pytest.mark.parametrize("path", ["/health", "/api/v1/credits/pricing", "/nothing"])
def test_what_is_not_the_page_runs_nothing_in_a_browser(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert headers["x-content-type-options"] == "nosniff"


def test_assets_are_kept_for_a_year_and_come_compressed(client: TestClient) -> None:
    answer = client.get("/assets/a-1.js", headers={"Accept-Encoding": "br;q=1, gzip"})
    assert answer.content == SCRIPT
    assert answer.headers["content-encoding"] == "gzip"  # no .br was built
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"


def test_who_takes_nothing_compressed_gets_the_plain_file(client: TestClient) -> None:
    answer = client.get("/assets/a-1.js", headers={"Accept-Encoding": "identity"})
    assert answer.content == SCRIPT
    assert "content-encoding" not in answer.headers
    assert answer.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("name", ["b-2.js", "..%2Findex.html", "a-1.js.gz", "a-1.exe", "%2e%2e"])
def test_no_other_file_is_served(client: TestClient, name: str) -> None:
    assert client.get(f"/assets/{name}").status_code == 404


def test_a_browser_at_an_unknown_address_gets_the_page(client: TestClient) -> None:
    answer = client.get("/no/such/place", headers=BROWSER)
    assert (answer.status_code, answer.text) == (404, INDEX)


def test_a_program_at_an_unknown_address_gets_a_problem(client: TestClient) -> None:
    answer = client.get("/api/v1/nothing")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
    assert client.post("/nothing", headers=BROWSER).json()["code"] == "not_found"


def test_addresses_stay_under_the_path_that_a_proxy_strips(
    settings: Settings, make_runtime: Callable[[Settings], Runtime], folder: Path
) -> None:
    app = AppSettings(
        app_env="test", data_dir=settings.data_dir, secret_key=SECRET, root_path="/mp4"
    )
    runtime = make_runtime(settings.model_copy(update={"app": app}))
    client = TestClient(app_for(runtime, page=BuiltPage(folder)))
    assert '<base href="/mp4/" />' in client.get("/").text
    assert '<base href="/mp4/" />' in client.get("/docs").text


def test_the_description_of_the_interface_needs_no_other_address(client: TestClient) -> None:
    answer = client.get("/docs")
    assert answer.text == INDEX
    assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_the_sample_is_a_recording(client: TestClient) -> None:
    answer = client.get("/sample.wav")
    assert answer.headers["content-type"] == "audio/wav"
    assert answer.content[:4] == b"RIFF"


def test_licences_of_what_is_compiled_in_are_served(client: TestClient) -> None:
    assert client.get("/licences.txt").text == "MIT"


def test_without_a_built_page_the_service_says_what_is_missing(
    runtime: Runtime, tmp_path: Path
) -> None:
    client = TestClient(app_for(runtime, page=BuiltPage(tmp_path)))
    answer = client.get("/")
    assert answer.status_code == 503
    assert "make web" in answer.text
    assert "style-src 'sha256-" in answer.headers["content-security-policy"]
    assert client.get("/docs").status_code == 503
    assert client.get("/licences.txt").status_code == 404
    assert client.get("/health").status_code == 200


def test_every_operation_has_a_name_on_the_page() -> None:
    sentences = (ROOT / "web/src/languages/en.service.ts").read_text(encoding="utf-8")
    operations = sentences.partition("operations: named({")[2].partition("})")[0]
    named = set(re.findall(r"^\s+(\w+): ", operations, re.M))
    assert set(OPERATIONS) <= named
