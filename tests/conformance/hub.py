"""The part of the Hugging Face hub's API that a download needs."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from tests.conformance.server import Received, Reply

_COMMIT = "0123456789abcdef0123456789abcdef01234567"
_LARGE = 100_000  # what a hub keeps outside of git, with a SHA-256


@dataclass
class Hub:
    repositories: dict[str, Path]  # "owner/name" -> folder
    gated: frozenset[str] = frozenset()
    damaged: set[str] = field(default_factory=set)  # file names that arrive with other bytes

    def answer(self, request: Received) -> Reply:
        match request.path.strip("/").split("/"):
            case ["api", "models", owner, name, *_]:
                return self._info(f"{owner}/{name}")
            case [owner, name, "resolve", _revision, file]:
                return self._file(f"{owner}/{name}", file)
        return Reply(status=404, body={"error": "Not found"})

    def _info(self, repository: str) -> Reply:
        refused = self._refused(repository)
        if refused is not None:
            return refused
        files = sorted(path for path in self.repositories[repository].iterdir() if path.is_file())
        body = {"id": repository, "modelId": repository, "sha": _COMMIT, "tags": []}
        return Reply(body=body | {"siblings": [_sibling(path) for path in files]})

    def _file(self, repository: str, file: str) -> Reply:
        refused = self._refused(repository)
        if refused is not None:
            return refused
        path = self.repositories[repository] / file
        if not path.is_file():
            return Reply(status=404, body={}, headers={"X-Error-Code": "EntryNotFound"})
        data = path.read_bytes()
        headers = {
            "X-Repo-Commit": _COMMIT,
            "ETag": f'"{_etag(data)}"',
            "Accept-Ranges": "bytes",
            "Content-Type": "application/octet-stream",
        }
        if file in self.damaged:
            data = bytes([data[0] ^ 1]) + data[1:]
        return Reply(body=data, headers=headers)

    def _refused(self, repository: str) -> Reply | None:
        if repository in self.gated:
            return Reply(status=403, body={}, headers={"X-Error-Code": "GatedRepo"})
        if repository not in self.repositories:
            return Reply(status=404, body={}, headers={"X-Error-Code": "RepoNotFound"})
        return None


def _sibling(path: Path) -> dict[str, object]:
    data = path.read_bytes()
    found: dict[str, object] = {
        "rfilename": path.name,
        "size": len(data),
        "blobId": hashlib.sha1(f"blob {len(data)}\0".encode() + data).hexdigest(),
    }
    if len(data) >= _LARGE:
        sha256 = hashlib.sha256(data).hexdigest()
        found["lfs"] = {"size": len(data), "sha256": sha256, "pointerSize": 134}
    return found


def _etag(data: bytes) -> str:
    if len(data) >= _LARGE:
        return hashlib.sha256(data).hexdigest()
    return hashlib.sha1(f"blob {len(data)}\0".encode() + data).hexdigest()
