"""Stores objects by key in a local folder or an S3 bucket."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import LocalStore, S3Store

from mp4totext.kit.clock import now
from mp4totext.kit.s3_signature import S3Keys, signed_put

CHUNK_BYTES = 1 << 20
FETCH_BYTES = 8 << 20  # bytes of one request, the most that a lost connection costs
PUT_BYTES_MAX = 5 << 30  # S3's limit for one PUT
_SENT_TO = "sent-to"  # metadata of an object that a client sent to a link: its key


class StorageUnavailable(Exception):
    """The store did not answer; a retry later may succeed."""


class StorageRefused(StorageUnavailable):
    """The store refused access with these keys."""


class ObjectMissing(Exception):
    """There is no object with this key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentObject:
    """An object that a client sent to a link of ``signed_put``."""

    size_bytes: int
    etag: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedPut:
    url: str
    headers: dict[str, str]  # the store refuses the file without exactly these


class Storage:
    """A store of objects. ``root`` is set for a local folder, where files are moved, not copied."""

    def __init__(
        self,
        store: LocalStore | S3Store,
        *,
        root: Path | None = None,
        public: S3Store | None = None,
        impatient: S3Store | None = None,
        keys: S3Keys | None = None,
    ) -> None:
        """``public`` signs links, where clients reach the store by another address.

        ``impatient`` is the same store with a short time-out and no retries, for ``ping``.
        ``keys``: of an S3 store.
        """
        self._store = store
        self._root = root
        self._public = public or store
        self._impatient = impatient or store
        self._keys = keys

    @property
    def is_local(self) -> bool:
        return self._root is not None

    def adopt(self, path: Path, key: str) -> None:
        """Store the file and remove ``path``. After a failure there is no object."""
        if self._root is not None:
            target = self._root / key
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(path, target)
            return
        with _translated(key):
            obstore.put(self._store, key, path, chunk_size=8 << 20, max_concurrency=3)
        path.unlink()

    def borrow(self, path: Path, key: str) -> None:
        """Like ``adopt``, but the file stays; a local store links to it."""
        if self._root is None:
            with _translated(key):
                obstore.put(self._store, key, path, chunk_size=8 << 20, max_concurrency=3)
            return
        target = self._root / key
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            target.symlink_to(path.resolve())
        except (OSError, NotImplementedError):  # Windows without the right to create links
            shutil.copyfile(path, target)

    def copy(self, key: str, to: str) -> None:
        """Copy within the store; a local one links to the same file. Raises ObjectMissing."""
        with _translated(key):
            obstore.copy(self._store, key, to)

    def put(self, key: str, data: bytes) -> None:
        with _translated(key):
            obstore.put(self._store, key, data)

    def local_path(self, key: str) -> Path | None:
        """The object's own file, or None when it is in S3."""
        return None if self._root is None else self._root / key

    def fetch(self, key: str, to: Path, *, range_bytes: int = FETCH_BYTES) -> Path:
        """Fetch an object and return a local file with its content.

        The file is ``to``, or the object's own file in a local store.
        """
        path = self.local_path(key)
        if path is not None:
            if not path.exists():
                raise ObjectMissing(key)
            return path
        # Renamed when complete, so that an interrupted download is never taken for the object.
        partial = to.with_suffix(to.suffix + ".partial")
        with _translated(key), partial.open("wb") as file:
            size = int(obstore.head(self._store, key)["size"])
            # In ranges, as the time-out of a request includes its whole response.
            for start in range(0, size, range_bytes):
                end = min(start + range_bytes, size)
                file.write(obstore.get_range(self._store, key, start=start, end=end))
        partial.rename(to)
        return to

    def size(self, key: str) -> int:
        with _translated(key):
            return int(obstore.head(self._store, key)["size"])

    def sent(self, key: str) -> SentObject:
        """Raises ObjectMissing, also for a copy of another object."""
        if self.is_local:
            return SentObject(size_bytes=self.size(key), etag=None)
        with _translated(key):
            found = obstore.get(self._store, key, options={"range": (0, 1)})
        if found.attributes.get(_SENT_TO) != key:
            raise ObjectMissing(key)
        return SentObject(size_bytes=int(found.meta["size"]), etag=found.meta["e_tag"])

    def stream(self, key: str, *, start: int, end: int, etag: str | None = None) -> Iterator[bytes]:
        """Yield bytes ``start`` to ``end`` (exclusive) in chunks of CHUNK_BYTES.

        ``etag``: raise StorageUnavailable if the object was replaced since it had this ETag.
        """
        at = start
        while at < end:
            upto = min(at + CHUNK_BYTES, end)
            with _translated(key):
                if etag is None:
                    chunk = obstore.get_range(self._store, key, start=at, end=upto)
                else:
                    options: obstore.GetOptions = {"range": (at, upto), "if_match": etag}
                    chunk = obstore.get(self._store, key, options=options).bytes()
            yield bytes(chunk)
            at = upto

    def delete_prefix(self, prefix: str) -> int:
        """Remove every object below ``prefix`` (whole path segments); returns how many."""
        with _translated(prefix):
            keys = [item["path"] for batch in obstore.list(self._store, prefix) for item in batch]
            for key in keys:
                obstore.delete(self._store, key)
        if self._root is not None:
            shutil.rmtree(self._root / prefix, ignore_errors=True)  # the empty folders
        return len(keys)

    def keys(self, prefix: str) -> list[str]:
        with _translated(prefix):
            return [item["path"] for batch in obstore.list(self._store, prefix) for item in batch]

    def signed_url(self, key: str, *, expires_s: int) -> str | None:
        """A link that S3 serves; None for a local folder, whose files have links of the service."""
        return self._signed("GET", key, expires_s)

    def signed_put(
        self, key: str, *, size_bytes: int, media_type: str, expires_s: int
    ) -> SignedPut | None:
        """A link for one PUT of exactly this file, up to PUT_BYTES_MAX; None for a local folder."""
        link = self._signed("PUT", key, expires_s)
        if link is None or self._keys is None:
            return None
        address = link.partition("?")[0]
        headers = {
            "Content-Length": str(size_bytes),
            "Content-Type": media_type,
            f"x-amz-meta-{_SENT_TO}": key,
        }
        if ".amazonaws.com" not in address:
            # Amazon refuses headers that are not signed. Other stores (MinIO, Ceph) obey them, and
            # x-amz-copy-source makes the request a copy of any object that the service may read.
            # With this directive a copy has the metadata of its source, and so not its own key;
            # and with this ACL nobody can read it without the service.
            headers |= {"x-amz-metadata-directive": "COPY", "x-amz-acl": "private"}
        url = signed_put(address, headers, self._keys, expires_s=expires_s, at=now())
        return SignedPut(url=url, headers=headers)

    def _signed(self, method: Literal["GET", "PUT"], key: str, expires_s: int) -> str | None:
        if isinstance(self._public, LocalStore):
            return None
        return str(obstore.sign(self._public, method, key, timedelta(seconds=expires_s)))

    def ping(self) -> None:
        """Raises StorageUnavailable if the store cannot be listed."""
        if self._root is not None and not self._root.is_dir():
            raise StorageUnavailable(f"the folder {self._root.name!r} is gone")
        with _translated("ping"):
            next(iter(obstore.list(self._impatient, "ping", chunk_size=1)), None)


@contextmanager
def _translated(key: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise ObjectMissing(key) from error
    except BaseError as error:
        if _is_refusal(error):
            raise StorageRefused("storage refused the access key or its secret") from error
        raise StorageUnavailable(f"storage did not answer: {type(error).__name__}") from error


def _is_refusal(error: BaseError) -> bool:
    """A refused listing raises a generic error with the status in its message."""
    if isinstance(error, PermissionDeniedError | UnauthenticatedError):
        return True
    return re.search(r"status code: 40[13]\b", str(error)) is not None


def local_storage(root: Path) -> Storage:
    root.mkdir(parents=True, exist_ok=True)
    return Storage(LocalStore(str(root)), root=root)


def s3_storage(
    *,
    endpoint: str,
    access_key: str,
    secret_key: str,
    bucket: str,
    region: str,
    secure: bool,
    virtual_host_style: bool,
    public_endpoint: str | None = None,
) -> Storage:
    def store_at(address: str, *, timeout_s: int = 30, retries: int = 2) -> S3Store:
        if "://" not in address:
            address = f"{'https' if secure else 'http'}://{address}"
        if virtual_host_style:
            scheme, _, host = address.partition("://")
            if not host.startswith(f"{bucket}."):
                address = f"{scheme}://{bucket}.{host}"
        return S3Store(
            bucket,
            endpoint=address,
            access_key_id=access_key,
            secret_access_key=secret_key,
            region=region,
            virtual_hosted_style_request=virtual_host_style,
            client_options={
                "allow_http": address.startswith("http://"),
                "timeout": timedelta(seconds=timeout_s),
                "connect_timeout": timedelta(seconds=3),
            },
            retry_config={"max_retries": retries, "retry_timeout": timedelta(seconds=10)},
        )

    public = store_at(public_endpoint) if public_endpoint is not None else None
    return Storage(
        store_at(endpoint),
        public=public,
        impatient=store_at(endpoint, timeout_s=3, retries=0),
        keys=S3Keys(access_key=access_key, secret_key=secret_key, region=region),
    )
